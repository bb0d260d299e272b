//! The document as progenitor takes it.
//!
//! The document says more than a Rust type can: limits, examples, several success statuses. progenitor makes poor
//! types of those (a newtype with a regular expression for a pattern) or panics (two success answers), so they go.

use serde_json::{Map, Value, json};

use super::ids::format_of;
use crate::document::{Document, elements, text};

/// Keywords of a schema that say what a value may be, beyond its type. The service checks them.
const LIMITS: [&str; 11] = [
    "minItems",
    "minProperties",
    "maxItems",
    "uniqueItems",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "example",
    "examples",
];

/// Keywords whose value maps names to something.
const MAPS: [&str; 4] = ["properties", "schemas", "parameters", "responses"];

/// The document without what progenitor cannot use.
pub fn simplify(document: &Document) -> Value {
    let mut simple = document.value().clone();
    for (_, item) in objects(&mut simple["paths"]) {
        for (_, operation) in objects(item) {
            one_success(operation);
            without_headers(operation, document);
            link_documentation(operation);
        }
    }
    for (_, schema) in objects(&mut simple["components"]["schemas"]) {
        never_null(schema);
    }
    without_limits(&mut simple);
    simple
}

/// A named schema that may be null would become a wrapper around an `Option`. Whatever refers to it is optional, and
/// takes null already.
fn never_null(schema: &mut Value) {
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("nullable");
    }
}

/// Every success status is taken alike: 202 and 207 come where the documentation knows 200 only.
fn one_success(operation: &mut Value) {
    let Some(answers) = operation["responses"].as_object_mut() else { return };
    let successes: Vec<_> = answers.keys().filter(|status| status.starts_with('2')).cloned().collect();
    let mut successes = successes.iter().filter_map(|status| answers.remove(status)).collect::<Vec<_>>().into_iter();
    if let Some(first) = successes.next() {
        answers.insert("2XX".to_owned(), first);
    }
}

/// The client sets the headers of a request itself: no parameter of a builder is one.
fn without_headers(operation: &mut Value, document: &Document) {
    if let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) {
        parameters.retain(|parameter| document.resolve(parameter)["in"] != "header");
    }
}

/// The description ends with the official pages.
fn link_documentation(operation: &mut Value) {
    let pages: Vec<_> = elements(&operation["x-zapmail-sources"]).map(|page| format!("<{}>", text(page))).collect();
    if !pages.is_empty() {
        let description = format!("{}\n\nDocumentation: {}", text(&operation["description"]), pages.join(", "));
        operation["description"] = Value::String(description);
    }
}

fn without_limits(value: &mut Value) {
    match value {
        Value::Object(object) => {
            identify(object);
            count(object);
            object.retain(|key, _| !LIMITS.contains(&key.as_str()) && !key.starts_with("x-"));
            for (key, inner) in object.iter_mut() {
                if inner.is_object() && MAPS.contains(&key.as_str()) {
                    // The keys of these are names, and a property may well be called `pattern`.
                    objects(inner).for_each(|(_, property)| without_limits(property));
                } else {
                    without_limits(inner);
                }
            }
        }
        Value::Array(array) => array.iter_mut().for_each(without_limits),
        _ => {}
    }
}

/// An id becomes the type of its kind, which `type_settings` finds by this format.
fn identify(schema: &mut Map<String, Value>) {
    let kind = schema.get("x-zapmail-id").and_then(Value::as_str).filter(|kind| *kind != "unknown");
    if let Some(format) = kind.map(format_of)
        && schema.get("type").is_some_and(|of| of == "string" || of == "integer")
    {
        schema.insert("format".to_owned(), Value::String(format));
        schema.remove("minimum");
    }
}

/// An integer that cannot be negative becomes an unsigned one.
fn count(schema: &mut Map<String, Value>) {
    if schema.get("type") == Some(&json!("integer"))
        && schema.get("minimum").and_then(Value::as_i64).is_some_and(|least| least >= 0)
    {
        schema.insert("format".to_owned(), json!("uint32"));
    }
}

fn objects(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flatten()
}

/// Names of the enums that an answer can contain: they are open, and written by `open_enums`.
pub fn open_enums(document: &Document) -> Vec<(&str, &Value)> {
    let in_responses = document.response_schemas();
    let enums = document.schemas().filter(|(name, schema)| {
        in_responses.contains(*name) && schema["type"] == "string" && schema.get("enum").is_some()
    });
    enums.collect()
}

/// Names of the components that are sent as a number or as text: `Numeric`, and amounts of money.
pub fn numeric(document: &Document) -> impl Iterator<Item = &str> {
    let is_numeric = |schema: &Value| {
        schema["format"] == "numeric" || (schema["format"] == "decimal" && schema.get("oneOf").is_some())
    };
    document.schemas().filter(move |(_, schema)| is_numeric(schema)).map(|(name, _)| name)
}
