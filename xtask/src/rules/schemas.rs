//! Schemas that give good Rust types: named objects, named enums, tolerant answers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::references::components_used;
use crate::document::{Component, Document, elements, entries};
use crate::finding::Finding;

pub fn broken(document: &Document) -> Vec<Finding> {
    let answers = used_by(document, |operation| operation.get("responses").into_iter().collect());
    let requests = used_by(document, |operation| {
        ["requestBody", "parameters"].iter().filter_map(|key| operation.get(key)).collect()
    });
    let mut findings = Vec::new();
    for component in document.schemas() {
        let in_answer = answers.contains(component.name);
        let mut walk =
            Walk { component, in_answer, in_request: requests.contains(component.name), findings: &mut findings };
        walk.schema(component.value, component.name, true);
    }
    findings.extend(parameters(document));
    findings
}

/// Names of the schemas that these parts of the operations refer to, directly or through others.
fn used_by<'a>(document: &'a Document, parts: impl Fn(&'a Value) -> Vec<&'a Value>) -> BTreeSet<String> {
    let used = components_used(document, document.operations().flat_map(|operation| parts(operation.value)));
    used.into_iter().filter_map(|name| name.strip_prefix("schemas/").map(str::to_owned)).collect()
}

/// The schemas of parameters: scalars, or named ones.
fn parameters(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in document.operations() {
        for parameter in elements(operation.value, "/parameters") {
            let schema = parameter.get("schema").unwrap_or(&Value::Null);
            if schema.get("enum").is_some() || schema["type"] == "object" {
                let message =
                    format!("parameter {} has an inline enum or object; make it a component", parameter["name"]);
                findings.push(Finding::new(operation.file, operation.id, message));
            }
        }
    }
    findings
}

struct Walk<'a> {
    component: Component<'a>,
    in_answer: bool,
    in_request: bool,
    findings: &'a mut Vec<Finding>,
}

impl Walk<'_> {
    fn schema(&mut self, schema: &Value, path: &str, named: bool) {
        if schema.get("$ref").is_some() {
            if entries(schema, "").count() > 1 {
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
        if schema["nullable"] == true && schema.get("enum").is_some() && !elements(schema, "/enum").any(Value::is_null)
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
        for (name, property) in entries(schema, "/properties") {
            self.schema(property, &format!("{path}.{name}"), false);
        }
        for keyword in ["items", "additionalProperties", "not"] {
            if let Some(inner) = schema.get(keyword) {
                self.schema(inner, &format!("{path}.{keyword}"), false);
            }
        }
        for keyword in ["oneOf", "anyOf", "allOf"] {
            for inner in elements(schema, &format!("/{keyword}")) {
                self.schema(inner, &format!("{path}.{keyword}"), false);
            }
        }
    }

    /// What is required exists, and in answers only identifiers are.
    fn required(&mut self, schema: &Value, path: &str) {
        let properties: BTreeSet<_> = entries(schema, "/properties").map(|(name, _)| name).collect();
        for name in elements(schema, "/required").filter_map(Value::as_str) {
            if !properties.contains(name) {
                self.broken(path, &format!("`{name}` is required and no property; correct the name"));
            }
            let identifier = ["id", "Id", "_id"].iter().any(|ending| name.ends_with(ending));
            if self.in_answer && !self.in_request && !identifier {
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
        self.findings.push(Finding::new(self.component.file, path, message));
    }
}
