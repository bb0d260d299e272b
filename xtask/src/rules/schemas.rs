//! Schemas: they generate good Rust types, with named objects, named enums and tolerant responses.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::{Document, Operation, elements, entries, text};
use crate::finding::Finding;

const JSON: &str = "application/json";

pub fn broken(document: &Document) -> Vec<Finding> {
    let responses = document.response_schemas();
    let mut findings = Vec::new();
    for component in document.schemas() {
        let in_response = responses.contains(component.name);
        let mut walk = Walk { file: component.file, in_response, findings: &mut findings };
        walk.schema(component.value, component.name, true);
    }
    for operation in document.operations() {
        findings.extend(inline(&operation));
        for parameter in elements(&operation.value["parameters"]).filter(|parameter| parameter.get("$ref").is_none()) {
            let path = format!("{}.{}", operation.id, text(&parameter["name"]));
            parameter_schema(parameter, operation.file, &path, &mut findings);
        }
    }
    for component in document.components() {
        match component.kind {
            "parameters" => parameter_schema(component.value, component.file, component.name, &mut findings),
            "responses" if !refers(component.value) => {
                findings.push(Finding::new(component.file, component.name, INLINE));
            }
            _ => {}
        }
    }
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
    let mut holders = operation.value.get("requestBody").into_iter().chain(responses);
    holders.any(|holder| !refers(holder)).then(|| Finding::new(operation.file, operation.id, INLINE))
}

/// Whether the JSON content of a body or a response, if any, is described by a reference.
fn refers(holder: &Value) -> bool {
    let mut content = entries(&holder["content"]).filter(|(media_type, _)| *media_type == JSON);
    content.all(|(_, content)| {
        let schema = content.get("schema").and_then(Value::as_object);
        schema.is_none_or(|schema| schema.len() == 1 && schema.contains_key("$ref"))
    })
}

/// Checks the schema of a parameter: a scalar, a list of scalars, or a component.
fn parameter_schema(parameter: &Value, file: &str, path: &str, findings: &mut Vec<Finding>) {
    if let Some(schema) = parameter.get("schema") {
        Walk { file, in_response: false, findings }.schema(schema, path, false);
    }
}

struct Walk<'a> {
    file: &'a str,
    in_response: bool,
    findings: &'a mut Vec<Finding>,
}

impl Walk<'_> {
    fn schema(&mut self, schema: &Value, path: &str, named: bool) {
        if schema.get("$ref").is_some() {
            if entries(schema).count() > 1 {
                self.broken(path, "`$ref` with siblings, which OpenAPI 3.0 ignores; move them into the component");
            }
            return;
        }
        if !named && (schema["type"] == "object" || schema.get("properties").is_some()) {
            self.broken(path, "inline object; move it into a named component");
        }
        if !named && schema.get("enum").is_some() {
            self.broken(path, "inline enum; move it into a named component");
        }
        if schema["nullable"] == true && schema.get("type").is_none() {
            self.broken(path, "`nullable` without `type` has no effect; add the type");
        }
        if schema["nullable"] == true && schema.get("enum").is_some() && !elements(&schema["enum"]).any(Value::is_null)
        {
            self.broken(path, "a nullable enum must list null");
        }
        if self.in_response && schema["additionalProperties"] == false {
            self.broken(
                path,
                "`additionalProperties: false` in a response breaks with the first new property; remove it",
            );
        }
        if schema.get("anyOf").is_some() {
            self.broken(path, "`anyOf` does not generate a good Rust type; use oneOf with named components");
        }
        if schema.get("format").is_some_and(|format| format == "numeric") && schema.get("oneOf").is_none() {
            self.broken(path, "`format: numeric` belongs in the component NumberOrText; refer to it");
        }
        self.required(schema, path);
        for (name, property) in entries(&schema["properties"]) {
            self.schema(property, &format!("{path}.{name}"), false);
        }
        for keyword in ["items", "additionalProperties", "not"] {
            if let Some(inner) = schema.get(keyword) {
                self.schema(inner, &format!("{path}.{keyword}"), false);
            }
        }
        for keyword in ["oneOf", "anyOf", "allOf"] {
            for inner in elements(&schema[keyword]) {
                self.schema(inner, &format!("{path}.{keyword}"), false);
            }
        }
    }

    /// Required properties exist, and in responses only identifiers are required.
    fn required(&mut self, schema: &Value, path: &str) {
        let properties: BTreeSet<_> = entries(&schema["properties"]).map(|(name, _)| name).collect();
        for name in elements(&schema["required"]).filter_map(Value::as_str) {
            if !properties.contains(name) {
                self.broken(path, &format!("`{name}` is required but not a property; correct the name"));
            }
            if self.in_response && !is_identifier(name) {
                self.broken(
                    path,
                    &format!(
                        "`{name}` is required; in responses only identifiers are, so that a missing part breaks nothing"
                    ),
                );
            }
        }
    }

    fn broken(&mut self, path: &str, message: &str) {
        self.findings.push(Finding::new(self.file, path, message));
    }
}
