//! A body without its credentials, as far as it may be printed.

use serde_json::Value;
use zapmail_openapi::document::{Document, elements};

/// What is printed instead of a value.
pub(super) const REDACTED: &str = "[redacted]";

/// Returns the body with `[redacted]` for everything that the document describes as a credential, or does not describe.
pub(super) fn shown(document: &Document, schema: &Value, body: &Value) -> Value {
    shown_by(document, &[schema], body)
}

/// The same for a value that any of these schemas may describe.
fn shown_by(document: &Document, schemas: &[&Value], value: &Value) -> Value {
    let forms: Vec<_> = schemas.iter().flat_map(|schema| forms(document, schema)).collect();
    if forms.is_empty() || forms.iter().any(|form| form["format"] == "password") {
        return REDACTED.into();
    }
    let below = |part: &dyn Fn(&Value) -> Option<&Value>, value: &Value| {
        let schemas: Vec<_> = forms.iter().copied().filter_map(part).collect();
        shown_by(document, &schemas, value)
    };
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), below(&|form| property(form, name), value)));
            Value::Object(fields.collect())
        }
        Value::Array(items) => items.iter().map(|item| below(&|form| form.get("items"), item)).collect(),
        scalar if can_be_scalar(&forms) => scalar.clone(),
        // Text where an object is expected.
        _ => REDACTED.into(),
    }
}

/// Whether one of the schemas describes a scalar, or none of them describes any type.
fn can_be_scalar(forms: &[&Value]) -> bool {
    let mut types = forms.iter().filter_map(|form| form["type"].as_str()).peekable();
    types.peek().is_none() || types.any(|name| !matches!(name, "object" | "array"))
}

/// A schema and the alternatives in it, with their references resolved.
fn forms<'a>(document: &'a Document, schema: &'a Value) -> Vec<&'a Value> {
    let schema = document.resolve(schema);
    let alternatives = ["allOf", "anyOf", "oneOf"].into_iter().flat_map(|key| elements(&schema[key]));
    let mut all: Vec<_> = alternatives.flat_map(|alternative| forms(document, alternative)).collect();
    all.push(schema);
    all
}

/// The schema of a property: its own, or that of all values of a map.
fn property<'a>(form: &'a Value, name: &str) -> Option<&'a Value> {
    let own = form["properties"].get(name);
    own.or_else(|| form.get("additionalProperties").filter(|values| values.is_object()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Document, shown};

    fn shown_in(schema: Value, body: &Value) -> Value {
        let document = Document::new(json!({"components": {"schemas": {
            "Secret": {"type": "string", "format": "password"},
            "Login": {"type": "object", "properties": {
                "email": {"type": "string"}, "password": {"$ref": "#/components/schemas/Secret"}, "port": {"type": "integer"},
            }},
        }}}));
        shown(&document, &schema, body)
    }

    #[test]
    fn documented_values_are_shown_and_credentials_are_not() {
        let login = json!({"$ref": "#/components/schemas/Login"});
        let (sent, kept) = (
            json!({"email": "a@b.c", "password": "hush", "port": 7}),
            json!({"email": "a@b.c", "password": "[redacted]", "port": 7}),
        );
        assert_eq!(shown_in(login.clone(), &sent), kept);
        assert_eq!(shown_in(json!({"type": "array", "items": login}), &json!([sent])), json!([kept]));
        let map = json!({"type": "object", "additionalProperties": login});
        assert_eq!(shown_in(map, &json!({"id": sent})), json!({"id": kept}));
        for key in ["allOf", "anyOf", "oneOf"] {
            let login = json!({key: [{"type": "object", "properties": {"password": {"type": "string"}}}, login]});
            assert_eq!(shown_in(login, &sent), kept, "{key}");
        }
    }

    #[test]
    fn undocumented_values_are_redacted() {
        let login = json!({"$ref": "#/components/schemas/Login"});
        for (sent, kept) in [
            (json!({"apiKey": "hush"}), json!({"apiKey": "[redacted]"})),
            (json!({"apiKey": {"value": "hush"}}), json!({"apiKey": "[redacted]"})),
            (json!({"email": {"value": "hush"}}), json!({"email": {"value": "[redacted]"}})),
            (json!({"email": ["hush"]}), json!({"email": ["[redacted]"]})),
            (json!(["hush"]), json!(["[redacted]"])),
            (json!("password=hush"), json!("[redacted]")),
        ] {
            assert_eq!(shown_in(login.clone(), &sent), kept, "{sent}");
        }
        let one_or_several = json!({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]});
        for sent in [json!("ACTIVE"), json!(["ACTIVE", "FAILED"])] {
            assert_eq!(shown_in(one_or_several.clone(), &sent), sent);
        }
        assert_eq!(shown_in(json!({"description": "Untyped."}), &json!("text")), "text");
        assert_eq!(shown_in(json!({"description": "Untyped."}), &json!({"key": "hush"})), json!({"key": "[redacted]"}));
    }
}
