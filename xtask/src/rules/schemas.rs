//! Schemas that give good Rust types: named objects, named enums, tolerant answers.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::{Document, Operation, elements, entries, text};
use crate::finding::Finding;

const JSON: &str = "application/json";

pub fn broken(document: &Document) -> Vec<Finding> {
    let answers = document.response_schemas();
    let mut findings = Vec::new();
    for component in document.schemas() {
        let in_answer = answers.contains(component.name);
        let mut walk = Walk { file: component.file, in_answer, findings: &mut findings };
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

/// Whether a property is an identifier: the one thing of an answer that programs may rely on.
pub fn is_identifier(name: &str) -> bool {
    name == "id" || name.ends_with("Id") || name.ends_with("_id")
}

const INLINE: &str =
    "the schema of a body or an answer has to be a reference and nothing else; make it a component and refer to it";

/// Body and success answers have named schemas: only components are looked at, and only they have good types.
fn inline(operation: &Operation<'_>) -> Option<Finding> {
    let answers = operation.successes().map(|(_, answer)| answer);
    let mut holders = operation.value.get("requestBody").into_iter().chain(answers);
    holders.any(|holder| !refers(holder)).then(|| Finding::new(operation.file, operation.id, INLINE))
}

/// Whether the JSON of a body or an answer, if it has any, is described by a reference.
fn refers(holder: &Value) -> bool {
    let mut content = entries(&holder["content"]).filter(|(media_type, _)| *media_type == JSON);
    content.all(|(_, content)| {
        let schema = content.get("schema").and_then(Value::as_object);
        schema.is_none_or(|schema| schema.len() == 1 && schema.contains_key("$ref"))
    })
}

/// The schemas of parameters: scalars, lists of them, or named ones.
fn parameter_schema(parameter: &Value, file: &str, path: &str, findings: &mut Vec<Finding>) {
    if let Some(schema) = parameter.get("schema") {
        Walk { file, in_answer: false, findings }.schema(schema, path, false);
    }
}

struct Walk<'a> {
    file: &'a str,
    in_answer: bool,
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
            self.broken(path, "inline object; make it a component with a name");
        }
        if !named && schema.get("enum").is_some() {
            self.broken(path, "inline enum; make it a component with a name");
        }
        if schema["nullable"] == true && schema.get("type").is_none() {
            self.broken(path, "`nullable` without `type` means nothing; add the type");
        }
        if schema["nullable"] == true && schema.get("enum").is_some() && !elements(&schema["enum"]).any(Value::is_null)
        {
            self.broken(path, "a nullable enum has to list null");
        }
        if self.in_answer && schema["additionalProperties"] == false {
            self.broken(
                path,
                "`additionalProperties: false` in an answer breaks with the first new property; take it out",
            );
        }
        if schema.get("anyOf").is_some() {
            self.broken(path, "`anyOf` gives no good Rust type; use oneOf with named components");
        }
        if schema.get("format").is_some_and(|format| format == "numeric") && schema.get("oneOf").is_none() {
            self.broken(path, "`format: numeric` belongs to the component Numeric; refer to it");
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

    /// What is required exists, and in answers only identifiers are.
    fn required(&mut self, schema: &Value, path: &str) {
        let properties: BTreeSet<_> = entries(&schema["properties"]).map(|(name, _)| name).collect();
        for name in elements(&schema["required"]).filter_map(Value::as_str) {
            if !properties.contains(name) {
                self.broken(path, &format!("`{name}` is required and no property; correct the name"));
            }
            if self.in_answer && !is_identifier(name) {
                self.broken(
                    path,
                    &format!(
                        "`{name}` is required; in answers only identifiers are, so that one missing part breaks nothing"
                    ),
                );
            }
        }
    }

    fn broken(&mut self, path: &str, message: &str) {
        self.findings.push(Finding::new(self.file, path, message));
    }
}
