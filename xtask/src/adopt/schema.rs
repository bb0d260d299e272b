//! Schemas of a page in our conventions: named components, tolerant answers, no descriptions yet.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use zapmail_openapi::document::reference::{reference, schema_name};

use crate::document::Document;
use crate::drift::severity::Side;
use crate::rules::money::says_money;
use crate::rules::schemas::is_identifier;
use crate::rules::secrets::sounds_secret;
use crate::schema::{Kind, Schema};

/// How deep schemas are followed; deeper ones contain themselves.
const DEPTH: usize = 24;

/// Components that are made for a page.
pub struct Components<'a> {
    document: &'a Document,
    side: Side,
    /// Whether the formats of text are true. Those of pages are not.
    has_formats: bool,
    pub made: BTreeMap<String, Value>,
}

impl<'a> Components<'a> {
    pub fn new(document: &'a Document) -> Self {
        Self { document, side: Side::Request, has_formats: false, made: BTreeMap::new() }
    }

    /// Components of what was observed, whose formats are true.
    pub fn observed(document: &'a Document) -> Self {
        Self { has_formats: true, ..Self::new(document) }
    }

    /// What stands where a value of this schema is described; `name` is the name of its component, should it need one.
    pub fn place(&mut self, schema: Schema<'_>, side: Side, name: &str) -> Value {
        self.place_field(schema, side, name, name)
    }

    /// The same for a field, whose name tells credentials, money and enums that we have already.
    pub fn place_field(&mut self, schema: Schema<'_>, side: Side, name: &str, field: &str) -> Value {
        self.side = side;
        self.value(schema, name, field, 0)
    }

    /// A component whose value is made already.
    pub fn add(&mut self, name: &str, value: Value) -> Value {
        let name = self.free(name);
        let reference = refer(&name);
        self.made.insert(name, value);
        reference
    }

    fn value(&mut self, schema: Schema<'_>, name: &str, field: &str, depth: usize) -> Value {
        let mut value = json!({"description": ""});
        let scalar = match schema.kind() {
            Kind::Boolean => json!({"type": "boolean"}),
            Kind::Integer | Kind::Number if says_money(field) => json!({"type": "number", "format": "decimal"}),
            Kind::Numeric if says_money(field) => return refer("Money"),
            Kind::Integer => json!({"type": "integer", "format": "int64"}),
            Kind::Number => json!({"type": "number"}),
            Kind::Numeric => return refer("Numeric"),
            Kind::Text if !schema.values().is_empty() => return self.choice(schema, name, field),
            Kind::Text if sounds_secret(field) => json!({"type": "string", "format": "password"}),
            Kind::Text if self.has_formats && schema.value.get("format").is_some() => {
                json!({"type": "string", "format": schema.value["format"]})
            }
            Kind::Text => json!({"type": "string"}),
            Kind::List => {
                let items = schema.items().filter(|items| depth < DEPTH && items.kind() != Kind::Untyped);
                let items = items.map_or(json!({}), |items| self.inner(items, &singular(name), field, depth));
                json!({"type": "array", "items": items})
            }
            Kind::Map if depth < DEPTH => {
                let inner = schema.additional().map(|inner| self.inner(inner, &format!("{name}Entry"), field, depth));
                json!({"type": "object", "additionalProperties": inner.unwrap_or_else(|| json!({})), "description": ""})
            }
            Kind::Object if depth < DEPTH && !schema.properties().is_empty() => self.object(schema, name, depth),
            _ => return value,
        };
        merge(&mut value, scalar);
        if schema.nullable() {
            value["nullable"] = true.into();
        }
        if value["type"] == "object" { self.add(name, value) } else { value }
    }

    /// What a list or a map consists of, which is not described there.
    fn inner(&mut self, schema: Schema<'_>, name: &str, field: &str, depth: usize) -> Value {
        let mut value = self.value(schema, name, field, depth + 1);
        if let Some(object) = value.as_object_mut() {
            object.remove("description");
        }
        value
    }

    fn object(&mut self, schema: Schema<'_>, name: &str, depth: usize) -> Value {
        let mut properties = Map::new();
        for (field, part) in schema.properties() {
            properties
                .insert(field.to_owned(), self.value(part, &format!("{name}{}", pascal(field)), field, depth + 1));
        }
        let required = schema
            .required()
            .into_iter()
            .filter(|name| properties.contains_key(*name) && (self.side == Side::Request || is_identifier(name)));
        let required: Vec<_> = required.map(str::to_owned).collect();
        let mut object = json!({"type": "object", "properties": properties});
        if !required.is_empty() {
            object["required"] = required.into();
        }
        object
    }

    /// An enum: one of ours that has these values and the field's name, or a new one.
    fn choice(&mut self, schema: Schema<'_>, name: &str, field: &str) -> Value {
        let values = schema.values();
        let known = self.document.schemas().find(|known| {
            let ours = Schema::new(self.document.value(), known.value);
            known.name.ends_with(&pascal(field)) && ours.kind() == Kind::Text && ours.values() == values
        });
        if let Some(known) = known {
            return refer(known.name);
        }
        let mut listed: Vec<_> = values.into_iter().map(Value::from).collect();
        let mut value = json!({"type": "string", "description": ""});
        if schema.nullable() {
            value["nullable"] = true.into();
            listed.push(Value::Null);
        }
        value["enum"] = listed.into();
        self.add(name, value)
    }

    fn free(&self, name: &str) -> String {
        let is_taken = |name: &String| {
            self.made.contains_key(name) || self.document.schemas().any(|known| known.name == name.as_str())
        };
        let numbered = (2..).map(|number| format!("{name}{number}"));
        std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
    }
}

/// A reference to a schema.
pub fn refer(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The component that a reference names.
pub fn referred(value: &Value) -> Option<&str> {
    reference(value).and_then(schema_name)
}

/// `warm-up_report` as a type is called: `WarmUpReport`.
pub fn pascal(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.map(|word| word[..word.len().min(1)].to_uppercase() + word.get(1..).unwrap_or_default()).collect()
}

/// What a list consists of: `Entry` for `Entries`.
pub fn singular(name: &str) -> String {
    let suffixes = [("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ss", "ss"), ("s", "")];
    let found = suffixes.iter().find_map(|(many, one)| Some(format!("{}{one}", name.strip_suffix(many)?)));
    found.unwrap_or_else(|| format!("{name}Item"))
}

fn merge(value: &mut Value, more: Value) {
    if let (Some(object), Value::Object(more)) = (value.as_object_mut(), more) {
        object.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Components, singular};
    use crate::drift::severity::Side;
    use crate::fixture;
    use crate::schema::Schema;

    #[test]
    fn number_named_like_money_is_decimal() {
        let document = fixture::document();
        let adopted = |field: &str, schema: serde_json::Value| {
            let schema = Schema::new(document.value(), &schema);
            Components::new(&document).place_field(schema, Side::Answer, "Plan", field)
        };
        let (number, integer) = (json!({"type": "number"}), json!({"type": "integer"}));
        for schema in [&number, &integer] {
            let decimal = json!({"type": "number", "format": "decimal", "description": ""});
            assert_eq!(adopted("monthlyPrice", schema.clone()), decimal);
        }
        assert_eq!(adopted("score", number), json!({"type": "number", "description": ""}));
        assert_eq!(adopted("slots", integer), json!({"type": "integer", "format": "int64", "description": ""}));
        let numeric = json!({"format": "numeric"});
        assert_eq!(adopted("price", numeric.clone()), json!({"$ref": "#/components/schemas/Money"}));
        assert_eq!(adopted("total", numeric), json!({"$ref": "#/components/schemas/Numeric"}));
    }

    #[test]
    fn what_a_list_consists_of() {
        let rows = [
            ("Entries", "Entry"),
            ("Boxes", "Box"),
            ("Addresses", "Address"),
            ("Access", "Access"),
            ("Tags", "Tag"),
            ("Data", "DataItem"),
        ];
        for (many, one) in rows {
            assert_eq!(singular(many), one);
        }
    }
}
