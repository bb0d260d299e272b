//! Masking of credentials in the output, which `--reveal` disables.

use serde_json::Value;
use zapmail_openapi::document::{Document, entries, property_schema};

const MASK: &str = "[redacted]";

/// Parts of names that mark undocumented properties as credentials. Separators and case are ignored.
const CREDENTIALS: [&str; 16] = [
    "2fa",
    "accesskey",
    "apikey",
    "auth",
    "backupcode",
    "cookie",
    "credential",
    "mfa",
    "otp",
    "passwd",
    "password",
    "privatekey",
    "recovery",
    "secret",
    "seed",
    "token",
];

/// Returns a value with its credentials masked: properties that the schema describes as credentials and, where nothing
/// is documented, properties whose name suggests one.
pub fn masked(document: &Document, schema: Option<&Value>, value: &Value) -> Value {
    let schemas: Vec<_> = schema.into_iter().collect();
    masked_with(document, &schemas, value)
}

fn masked_with(document: &Document, schemas: &[&Value], value: &Value) -> Value {
    let forms: Vec<_> = schemas.iter().flat_map(|schema| document.forms(schema)).collect();
    if forms.iter().any(|form| form["format"] == "password") && !value.is_null() {
        return MASK.into();
    }
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| {
                let described: Vec<_> = forms.iter().filter_map(|form| property_schema(form, name)).collect();
                let is_hidden = described.is_empty() && is_credential(name) && !value.is_null();
                let value = if is_hidden { MASK.into() } else { masked_with(document, &described, value) };
                (name.clone(), value)
            });
            Value::Object(fields.collect())
        }
        Value::Array(items) => {
            let described: Vec<_> = forms.iter().filter_map(|form| form.get("items")).collect();
            items.iter().map(|item| masked_with(document, &described, item)).collect()
        }
        other => other.clone(),
    }
}

/// Whether a schema describes a credential, on any level.
pub fn describes_credential(document: &Document, schema: &Value) -> bool {
    document.forms(schema).into_iter().any(|form| {
        let mut inner = entries(&form["properties"]).map(|(_, property)| property).chain(form.get("items"));
        form["format"] == "password" || inner.any(|schema| describes_credential(document, schema))
    })
}

fn is_credential(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    CREDENTIALS.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::masked;
    use crate::catalog::document;

    #[test]
    fn documented_credentials_are_masked_and_documented_values_are_shown() {
        let document = document().unwrap();
        let schema = document.success_schema(&document.operation("get_mailbox").unwrap()).unwrap();
        let body = json!({"status": 200, "data": {"username": "dana", "password": "hush", "appPassword": null, "authCode": "x"}});
        let expected = json!({"status": 200, "data": {"username": "dana", "password": "[redacted]", "appPassword": null, "authCode": "[redacted]"}});
        assert_eq!(masked(document, Some(schema), &body), expected);
    }

    #[test]
    fn undocumented_values_are_masked_by_name() {
        let body = json!({"a": [{"api_key": "hush", "API-Key": 7, "country": "DE", "accessToken": {"x": "hush"}}], "otp": "123456"});
        let expected = json!({
            "a": [{"api_key": "[redacted]", "API-Key": "[redacted]", "country": "DE", "accessToken": "[redacted]"}],
            "otp": "[redacted]",
        });
        assert_eq!(masked(document().unwrap(), None, &body), expected);
    }
}
