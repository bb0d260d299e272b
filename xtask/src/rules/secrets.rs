//! Everything that sounds like a credential is declared one, or declared none.

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
                let place = format!("{}.{name}", component.name);
                findings.push(Finding::new(
                    component.file,
                    place,
                    "sounds like a credential: add `format: password`, or `x-zapmail-secret: false` if it is none; to the \
                     items of a list, and to the component behind a reference",
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

fn parameter(document: &Document, parameter: &Value, file: &str, place: &str) -> Option<Finding> {
    let name = text(&parameter["name"]);
    let unknown = sounds_secret(name) && !parameter.get("schema").is_some_and(|schema| classified(document, schema));
    unknown
        .then(|| Finding::new(file, place, format!("parameter {name} sounds like a credential: classify its schema")))
}

pub fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SUSPICIOUS.iter().any(|part| name.contains(part))
}

/// Longest chain of references and lists that is followed; a longer one goes in a circle.
const DEPTH: usize = 16;

/// Text has to say which it is, and what nobody has described may hold anything; so has a list or a map of such. A flag,
/// a number, an enum and an object, whose properties have names of their own, hold no credential by themselves.
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
                // Another rule finds the reference that leads nowhere.
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

/// What the values of a map are; what an object keeps beside its properties is none of the property's business.
pub fn values_of_map(schema: &Value) -> Option<&Value> {
    let values = schema.get("additionalProperties").filter(|values| values.is_object());
    values.filter(|_| schema.get("properties").is_none())
}
