//! Everything that sounds like a credential is declared one, or declared none.

use serde_json::Value;

use crate::document::{Document, entries, text};
use crate::finding::Finding;

/// Parts of names that sound like a credential, in lower case.
const SUSPICIOUS: [&str; 10] =
    ["password", "secret", "otp", "token", "apikey", "api_key", "seed", "credential", "passphrase", "recoveryemail"];

pub fn broken(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    for component in document.schemas() {
        for (name, property) in entries(component.value, "/properties") {
            if sounds_secret(name) && !classified(property) {
                let place = format!("{}.{name}", component.name);
                findings.push(Finding::new(
                    component.file,
                    place,
                    "sounds like a credential: add `format: password`, or `x-zapmail-secret: false` if it is none",
                ));
            }
        }
    }
    for operation in document.operations() {
        for parameter in operation.value.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let name = text(parameter, "/name");
            if sounds_secret(name) && !parameter.get("schema").is_some_and(classified) {
                findings.push(Finding::new(
                    operation.file,
                    operation.id,
                    format!("parameter {name} sounds like a credential: classify its schema"),
                ));
            }
        }
    }
    findings
}

pub fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SUSPICIOUS.iter().any(|part| name.contains(part))
}

/// Text has to say which it is; anything else (a flag, a list, a named object) holds no credential by itself.
fn classified(schema: &Value) -> bool {
    let text_or_untyped = schema["type"] == "string" || (schema.get("type").is_none() && schema.get("$ref").is_none());
    !text_or_untyped || schema["format"] == "password" || schema["x-zapmail-secret"] == false
}
