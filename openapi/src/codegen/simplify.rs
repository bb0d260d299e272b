//! Simplification of the document for progenitor.
//!
//! The document contains information that a Rust type cannot express, such as limits, examples and several success
//! statuses. progenitor generates unsuitable types for it (for example, a newtype with a regular expression for a
//! pattern) or panics (for two success responses), so it is removed.

use serde_json::{Map, Value, json};

use super::ids::format_of;
use crate::document::{Document, elements, text};

/// Schema keywords that restrict a value beyond its type. The service enforces them.
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

/// Keywords whose value is a map from names to objects.
const MAPS: [&str; 4] = ["properties", "schemas", "parameters", "responses"];

/// Returns the document without the parts that progenitor cannot handle.
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

/// Removes `nullable` from a named schema, for which progenitor would generate a wrapper around an `Option`. Every
/// property that refers to such a schema is optional, and therefore already accepts null.
fn never_null(schema: &mut Value) {
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("nullable");
    }
}

/// Combines all success statuses: the service returns 202 and 207 where the documentation mentions only 200.
fn one_success(operation: &mut Value) {
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    let successes: Vec<_> = responses.keys().filter(|status| status.starts_with('2')).cloned().collect();
    let mut successes = successes.iter().filter_map(|status| responses.remove(status)).collect::<Vec<_>>().into_iter();
    if let Some(first) = successes.next() {
        responses.insert("2XX".to_owned(), first);
    }
}

/// Removes header parameters, because the client sets the headers of a request itself.
fn without_headers(operation: &mut Value, document: &Document) {
    if let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) {
        parameters.retain(|parameter| document.resolve(parameter)["in"] != "header");
    }
}

/// Appends links to the official documentation to the description.
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
                    // The keys of these maps are names, and a property may be named `pattern`.
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

/// Sets the format of an id, by which `type_settings` finds the type for its kind.
fn identify(schema: &mut Map<String, Value>) {
    let kind = schema.get("x-zapmail-id").and_then(Value::as_str).filter(|kind| *kind != "unknown");
    if let Some(format) = kind.map(format_of)
        && schema.get("type").is_some_and(|ty| ty == "string" || ty == "integer")
    {
        schema.insert("format".to_owned(), Value::String(format));
        schema.remove("minimum");
    }
}

/// Makes an integer unsigned if it cannot be negative.
fn count(schema: &mut Map<String, Value>) {
    if schema.get("type") == Some(&json!("integer"))
        && schema.get("minimum").and_then(Value::as_i64).is_some_and(|minimum| minimum >= 0)
    {
        schema.insert("format".to_owned(), json!("uint32"));
    }
}

fn objects(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flatten()
}

/// Returns the name and schema of each enum that a response can contain. These enums are open, and the build script of
/// `zapmail-sdk` generates them itself.
pub fn open_enums(document: &Document) -> Vec<(&str, &Value)> {
    let in_responses = document.response_schemas();
    let enums = document.schemas().filter(|(name, schema)| {
        in_responses.contains(*name) && schema["type"] == "string" && schema.get("enum").is_some()
    });
    enums.collect()
}

/// Returns the names of the components that are sent as a number or a string: `NumberOrText`, and amounts of money.
pub fn number_or_text(document: &Document) -> impl Iterator<Item = &str> {
    let is_number_or_text = |schema: &Value| {
        schema["format"] == "numeric" || (schema["format"] == "decimal" && schema.get("oneOf").is_some())
    };
    document.schemas().filter(move |(_, schema)| is_number_or_text(schema)).map(|(name, _)| name)
}
