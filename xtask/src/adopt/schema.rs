//! Schemas of a page, converted to our conventions: named components, tolerant responses, empty descriptions.

use std::collections::BTreeMap;

use anyhow::Result;
use heck::ToUpperCamelCase as _;
use serde_json::{Map, Value, json};
use zapmail_openapi::document::reference::{reference, schema_name};

use crate::document::Document;
use crate::drift::severity::Side;
use crate::rules::money::says_money;
use crate::rules::schemas::is_identifier;
use crate::rules::secrets::sounds_secret;
use crate::schema::{Kind, Schema};

/// The maximum depth to which schemas are followed; deeper schemas are recursive.
const DEPTH: usize = 24;

/// A builder of components for a page.
pub struct Components<'a> {
    document: &'a Document,
    side: Side,
    /// Whether text formats can be trusted. The formats on pages cannot.
    has_formats: bool,
    added: BTreeMap<String, Value>,
}

impl<'a> Components<'a> {
    pub fn new(document: &'a Document) -> Self {
        Self { document, side: Side::Request, has_formats: false, added: BTreeMap::new() }
    }

    /// A builder for observed shapes, whose text formats can be trusted.
    pub fn observed(document: &'a Document) -> Self {
        Self { has_formats: true, ..Self::new(document) }
    }

    /// Builds the entry that describes a value of this schema. `name` is the name of its component, if it needs one.
    pub fn describe(&mut self, schema: Schema<'_>, side: Side, name: &str) -> Value {
        self.describe_field(schema, side, name, name)
    }

    /// Like [`describe`](Self::describe), for a field: its name reveals credentials, money and enums that we already
    /// have.
    pub fn describe_field(&mut self, schema: Schema<'_>, side: Side, name: &str, field: &str) -> Value {
        self.side = side;
        self.value(schema, name, field, 0)
    }

    /// Adds a finished component, and returns a reference to it.
    pub fn add(&mut self, name: &str, value: Value) -> Value {
        let name = self.free(name);
        let reference = refer(&name);
        self.added.insert(name, value);
        reference
    }

    /// Adds the new components to a file of the document.
    ///
    /// # Errors
    ///
    /// Never in practice: the names are free.
    pub fn write(&self, file: &str, document: &mut Document) -> Result<()> {
        document.merge("components", json!({"schemas": self.added}), file)
    }

    fn value(&mut self, schema: Schema<'_>, name: &str, field: &str, depth: usize) -> Value {
        let mut value = json!({"description": ""});
        let scalar = match schema.kind() {
            Kind::Boolean => json!({"type": "boolean"}),
            Kind::Integer | Kind::Number if says_money(field) => json!({"type": "number", "format": "decimal"}),
            Kind::NumberOrText if says_money(field) => return refer("Money"),
            Kind::Integer => json!({"type": "integer", "format": "int64"}),
            Kind::Number => json!({"type": "number"}),
            Kind::NumberOrText => return refer("NumberOrText"),
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

    /// Builds the schema of a list's items or a map's values, without a description.
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
            properties.insert(
                field.to_owned(),
                self.value(part, &format!("{name}{}", field.to_upper_camel_case()), field, depth + 1),
            );
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

    /// Builds an enum: a reference to an existing one with these values and the field's name, or a new component.
    fn choice(&mut self, schema: Schema<'_>, name: &str, field: &str) -> Value {
        let values = schema.values();
        let known = self.document.schemas().find(|known| {
            let ours = Schema::new(self.document.value(), known.value);
            known.name.ends_with(&field.to_upper_camel_case()) && ours.kind() == Kind::Text && ours.values() == values
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
            self.added.contains_key(name) || self.document.schemas().any(|known| known.name == name.as_str())
        };
        let numbered = (2..).map(|number| format!("{name}{number}"));
        std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
    }
}

/// Returns a reference to a schema component.
pub fn refer(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Returns the name of the component that a reference points to.
pub fn referred(value: &Value) -> Option<&str> {
    reference(value).and_then(schema_name)
}

/// Returns the name of a list's items: `Entry` for `Entries`.
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
            Components::new(&document).describe_field(schema, Side::Response, "Plan", field)
        };
        let (number, integer) = (json!({"type": "number"}), json!({"type": "integer"}));
        for schema in [&number, &integer] {
            let decimal = json!({"type": "number", "format": "decimal", "description": ""});
            assert_eq!(adopted("monthlyPrice", schema.clone()), decimal);
        }
        assert_eq!(adopted("score", number), json!({"type": "number", "description": ""}));
        assert_eq!(adopted("slots", integer), json!({"type": "integer", "format": "int64", "description": ""}));
        let number_or_text = json!({"format": "numeric"});
        assert_eq!(adopted("price", number_or_text.clone()), json!({"$ref": "#/components/schemas/Money"}));
        assert_eq!(adopted("total", number_or_text), json!({"$ref": "#/components/schemas/NumberOrText"}));
    }

    #[test]
    fn singular_of_list_name_is_name_of_its_items() {
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
