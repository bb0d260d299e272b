//! Secrets: every name that sounds like a credential is classified as one, or as not being one.

use serde_json::Value;
use zapmail_openapi::document::reference::{reference, target};

use crate::document::{Document, elements, entries, text};
use crate::finding::Finding;

/// Parts of names that sound like a credential, in lower case.
const SUSPICIOUS: [&str; 10] =
    ["password", "secret", "otp", "token", "apikey", "api_key", "seed", "credential", "passphrase", "recoveryemail"];

pub fn broken(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    for component in document.schemas() {
        for (name, property) in entries(&component.value["properties"]) {
            if sounds_secret(name) && !classified(document, property) {
                let location = format!("{}.{name}", component.name);
                findings.push(Finding::new(
                    component.file,
                    location,
                    "sounds like a credential: add `format: password`, or `x-zapmail-secret: false` if it is not one, to \
                                         the schema, to the items of a list, or to the component behind a reference",
                ));
            }
        }
    }
    for operation in document.operations() {
        let parameters = elements(&operation.value["parameters"]);
        findings.extend(parameters.filter_map(|own| parameter(document, own, operation.file, operation.id)));
    }
    let shared = document.components().filter(|component| component.kind == "parameters");
    findings.extend(shared.filter_map(|shared| parameter(document, shared.value, shared.file, shared.name)));
    findings
}

fn parameter(document: &Document, parameter: &Value, file: &str, location: &str) -> Option<Finding> {
    let name = text(&parameter["name"]);
    let unknown = sounds_secret(name) && !parameter.get("schema").is_some_and(|schema| classified(document, schema));
    unknown.then(|| {
        Finding::new(file, location, format!("parameter {name} sounds like a credential: classify its schema"))
    })
}

pub fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SUSPICIOUS.iter().any(|part| name.contains(part))
}

/// The maximum number of references and lists that are followed; a longer chain is circular.
const DEPTH: usize = 16;

/// Whether a schema is classified. Text must be classified, and so must an undescribed schema, which can contain
/// anything, and a list or map of these. A flag, a number or an enum is not a credential, and neither is an object,
/// whose properties are checked by their own names.
fn classified(document: &Document, schema: &Value) -> bool {
    let mut schema = schema;
    for _ in 0..DEPTH {
        if schema["format"] == "password" || schema["x-zapmail-secret"] == false {
            return true;
        }
        let inner = schema.get("items").or_else(|| values_of_map(schema));
        schema = match (reference(schema), inner) {
            (Some(reference), _) => match target(document.value(), reference) {
                Some(target) => target,
                // Another rule reports a reference to a missing component.
                None => return true,
            },
            (None, Some(inner)) => inner,
            (None, None) => {
                let text_or_untyped = schema["type"] == "string" || schema.get("type").is_none();
                return !text_or_untyped || schema.get("enum").is_some();
            }
        };
    }
    false
}

/// The schema of a map's values. The additional properties of an object with named properties do not count.
pub fn values_of_map(schema: &Value) -> Option<&Value> {
    let values = schema.get("additionalProperties").filter(|values| values.is_object());
    values.filter(|_| schema.get("properties").is_none())
}
