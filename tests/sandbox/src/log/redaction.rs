//! Redaction of credentials in request bodies.

use serde_json::Value;
use zapmail_openapi::document::{Document, property_schema};

/// The replacement for a redacted value.
pub(super) const REDACTED: &str = "[redacted]";

/// Returns the body, with `[redacted]` for each value that the document describes as a credential, or does not
/// describe.
pub(super) fn redacted_body(document: &Document, schema: &Value, body: &Value) -> Value {
    redacted_value(document, &[schema], body)
}

/// Returns a value in redacted form. Any of the schemas may describe the value.
fn redacted_value(document: &Document, schemas: &[&Value], value: &Value) -> Value {
    let forms: Vec<_> = schemas.iter().flat_map(|schema| document.forms(schema)).collect();
    if forms.is_empty() || forms.iter().any(|form| form["format"] == "password") {
        return REDACTED.into();
    }
    let redacted_child = |part: &dyn Fn(&Value) -> Option<&Value>, value: &Value| {
        let schemas: Vec<_> = forms.iter().copied().filter_map(part).collect();
        redacted_value(document, &schemas, value)
    };
    match value {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), redacted_child(&|form| property_schema(form, name), value)));
            Value::Object(fields.collect())
        }
        Value::Array(items) => items.iter().map(|item| redacted_child(&|form| form.get("items"), item)).collect(),
        scalar if can_be_scalar(&forms) => scalar.clone(),
        // Text where an object is expected.
        _ => REDACTED.into(),
    }
}

/// Whether one of the schemas describes a scalar, or none of them has a type.
fn can_be_scalar(forms: &[&Value]) -> bool {
    let mut types = forms.iter().filter_map(|form| form["type"].as_str()).peekable();
    types.peek().is_none() || types.any(|name| !matches!(name, "object" | "array"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Document, redacted_body};

    fn redacted(schema: Value, body: &Value) -> Value {
        let document = Document::new(json!({"components": {"schemas": {
            "Secret": {"type": "string", "format": "password"},
            "Login": {"type": "object", "properties": {
                "email": {"type": "string"}, "password": {"$ref": "#/components/schemas/Secret"}, "port": {"type": "integer"},
            }},
        }}}));
        redacted_body(&document, &schema, body)
    }

    #[test]
    fn documented_values_are_shown_and_credentials_are_not() {
        let login = json!({"$ref": "#/components/schemas/Login"});
        let (sent, kept) = (
            json!({"email": "a@b.c", "password": "hush", "port": 7}),
            json!({"email": "a@b.c", "password": "[redacted]", "port": 7}),
        );
        assert_eq!(redacted(login.clone(), &sent), kept);
        assert_eq!(redacted(json!({"type": "array", "items": login}), &json!([sent])), json!([kept]));
        let map = json!({"type": "object", "additionalProperties": login});
        assert_eq!(redacted(map, &json!({"id": sent})), json!({"id": kept}));
        for key in ["allOf", "anyOf", "oneOf"] {
            let login = json!({key: [{"type": "object", "properties": {"password": {"type": "string"}}}, login]});
            assert_eq!(redacted(login, &sent), kept, "{key}");
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
            assert_eq!(redacted(login.clone(), &sent), kept, "{sent}");
        }
        let one_or_several = json!({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]});
        for sent in [json!("ACTIVE"), json!(["ACTIVE", "FAILED"])] {
            assert_eq!(redacted(one_or_several.clone(), &sent), sent);
        }
        assert_eq!(redacted(json!({"description": "Untyped."}), &json!("text")), "text");
        assert_eq!(redacted(json!({"description": "Untyped."}), &json!({"key": "hush"})), json!({"key": "[redacted]"}));
    }
}
