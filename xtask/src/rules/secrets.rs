//! Secrets: every name that sounds like a credential is classified as one, or as not being one.

use serde_json::Value;
use zapmail_openapi::document::reference::{reference, target};

use super::locations;
use crate::document::{Document, entries, text};
use crate::finding::Finding;

/// Parts of names that sound like a credential, in lower case.
const SUSPICIOUS: [&str; 10] =
    ["password", "secret", "otp", "token", "apikey", "api_key", "seed", "credential", "passphrase", "recoveryemail"];

/// The problem and the remedy.
const MESSAGE: &str = "sounds like a credential: add `format: password`, or `x-zapmail-secret: false` if it is not one, \
                       to the schema, to the items of a list, or to the component behind a reference";

pub fn broken(document: &Document) -> Vec<Finding> {
    let properties = document.schemas().flat_map(|component| {
        let properties = entries(&component.value["properties"]);
        properties.map(move |(name, schema)| (component.file, format!("{}.{name}", component.name), name, schema))
    });
    let parameters = locations::parameters(document)
        .map(|parameter| (parameter.file, parameter.path, text(&parameter.value["name"]), &parameter.value["schema"]));
    let broken = properties
        .chain(parameters)
        .filter(|(_, _, name, schema)| sounds_secret(name) && !classified(document, schema));
    broken.map(|(file, path, ..)| Finding::new(file, path, MESSAGE)).collect()
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
