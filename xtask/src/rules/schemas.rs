//! Schemas: they generate good Rust types, with named objects, named enums and tolerant responses.

use std::collections::BTreeSet;

use serde_json::Value;
use zapmail_openapi::document::content::JSON;

use super::locations::{self, LocatedSchema};
use crate::document::{Document, Operation, elements, entries};
use crate::finding::Finding;

/// Extensions that a schema can have. A misspelled one would be ignored silently.
const EXTENSIONS: [&str; 5] =
    ["x-zapmail-id", "x-zapmail-key-id", "x-zapmail-secret", "x-zapmail-selects", "x-zapmail-widens"];

pub fn broken(document: &Document) -> Vec<Finding> {
    let responses = document.response_schemas();
    let mut findings = Vec::new();
    for located in locations::all(document) {
        let in_response = located.component.is_some_and(|component| responses.contains(component));
        let messages = messages(&located, in_response);
        findings.extend(messages.into_iter().map(|message| Finding::new(located.file, located.path.as_str(), message)));
    }
    findings.extend(document.operations().filter_map(|operation| inline(&operation)));
    let responses = document.components().filter(|component| component.kind == "responses");
    let inline = responses.filter(|response| !refers(response.value));
    findings.extend(inline.map(|response| Finding::new(response.file, response.name, INLINE)));
    findings
}

/// Whether a property is an identifier, the only kind of property that programs can rely on in a response.
pub fn is_identifier(name: &str) -> bool {
    name == "id" || name.ends_with("Id") || name.ends_with("_id")
}

const INLINE: &str =
    "the schema of a body or a response must be a reference and nothing else; move it into a component and refer to it";

/// Bodies and success responses have named schemas: only components are checked, and only they generate good types.
fn inline(operation: &Operation<'_>) -> Option<Finding> {
    let responses = operation.successes().map(|(_, response)| response);
    let mut holders = operation.body().into_iter().chain(responses);
    holders.any(|holder| !refers(holder)).then(|| Finding::new(operation.file, operation.id, INLINE))
}

/// Whether the JSON content of a body or a response, if any, is described by a reference.
fn refers(holder: &Value) -> bool {
    let schema = holder["content"][JSON].get("schema").and_then(Value::as_object);
    schema.is_none_or(|schema| schema.len() == 1 && schema.contains_key("$ref"))
}

fn messages(located: &LocatedSchema<'_>, in_response: bool) -> Vec<String> {
    let schema = located.schema;
    let has = |key: &str| schema.get(key).is_some();
    if has("$ref") {
        let has_siblings = entries(schema).count() > 1;
        let message = "`$ref` with siblings, which OpenAPI 3.0 ignores; move them into the component";
        return has_siblings.then(|| message.to_owned()).into_iter().collect();
    }
    let is_named = located.component == Some(&located.path);
    let is_nullable = schema["nullable"] == true;
    let broken = [
        (
            !is_named && (schema["type"] == "object" || has("properties")),
            "inline object; move it into a named component",
        ),
        (!is_named && has("enum"), "inline enum; move it into a named component"),
        (is_nullable && !has("type"), "`nullable` without `type` has no effect; add the type"),
        (
            is_nullable && has("enum") && !elements(&schema["enum"]).any(Value::is_null),
            "a nullable enum must list null; add it",
        ),
        (
            in_response && schema["additionalProperties"] == false,
            "`additionalProperties: false` in a response breaks with the first new property; remove it",
        ),
        (has("anyOf"), "`anyOf` does not generate a good Rust type; use oneOf with named components"),
        (
            schema["format"] == "numeric" && !has("oneOf"),
            "`format: numeric` belongs in the component NumberOrText; refer to it",
        ),
    ];
    let mut messages: Vec<_> =
        broken.into_iter().filter(|(is_broken, _)| *is_broken).map(|(_, message)| message.to_owned()).collect();
    let unknown = entries(schema).filter(|(key, _)| key.starts_with("x-") && !EXTENSIONS.contains(key));
    messages.extend(unknown.map(|(key, _)| {
        format!("`{key}` is not an extension of a schema; correct it to one of {}", EXTENSIONS.join(", "))
    }));
    messages.extend(required(schema, in_response));
    messages
}

/// Required properties exist, and in responses only identifiers are required.
fn required(schema: &Value, in_response: bool) -> Vec<String> {
    let properties: BTreeSet<_> = entries(&schema["properties"]).map(|(name, _)| name).collect();
    let mut messages = Vec::new();
    for name in elements(&schema["required"]).filter_map(Value::as_str) {
        if !properties.contains(name) {
            messages.push(format!("`{name}` is required but not a property; correct the name"));
        }
        if in_response && !is_identifier(name) {
            messages.push(format!(
                "`{name}` is required; in responses only identifiers are, so that a missing part breaks nothing; \
                 remove it from `required`"
            ));
        }
    }
    messages
}
