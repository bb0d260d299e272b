//! Everything that a user meets is described, in our own words.

use serde_json::Value;

use crate::document::{Document, Operation, elements, entries, text};
use crate::finding::Finding;

pub fn broken(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in document.operations() {
        let value = operation.value;
        let mut broken = |what: &str, message: &str| {
            findings.push(Finding::new(operation.file, operation.id, format!("{what} {message}")));
        };
        if operation.summary().is_empty() || operation.summary().ends_with('.') {
            broken("summary", "has to be a short phrase without a full stop");
        }
        if !sentence(value) {
            broken("description", MISSING);
        }
        if operation.deprecated() && !names_replacement(document, &operation) {
            broken("description", NO_REPLACEMENT);
        }
        for parameter in
            elements(&value["parameters"]).filter(|parameter| parameter.get("$ref").is_none() && !sentence(parameter))
        {
            broken(&format!("description of parameter {}", text(&parameter["name"])), MISSING);
        }
        if operation.body().is_some_and(|body| !sentence(body)) {
            broken("description of the body", MISSING);
        }
        let answers = operation.responses().filter(|(_, answer)| answer.get("$ref").is_none() && !sentence(answer));
        for status in answers.map(|(status, _)| status) {
            broken(&format!("description of answer {status}"), MISSING);
        }
    }
    for component in document.components().filter(|component| component.kind != "securitySchemes") {
        if !sentence(component.value) {
            findings.push(Finding::new(component.file, component.name, format!("description {MISSING}")));
        }
        for (name, property) in entries(&component.value["properties"]) {
            if property.get("$ref").is_none() && !sentence(property) {
                findings.push(Finding::new(
                    component.file,
                    format!("{}.{name}", component.name),
                    format!("description {MISSING}"),
                ));
            }
        }
    }
    findings
}

const MISSING: &str = "is missing or does not end with a full stop; say in a sentence what a user has to know";

const NO_REPLACEMENT: &str = "has to say what to use instead of this deprecated operation: name another operation by its \
                              operationId, or say that the service \"names no replacement\"";

fn sentence(value: &Value) -> bool {
    text(&value["description"]).trim_end().ends_with('.')
}

/// Whether the description names another operation, or says that there is none to name.
fn names_replacement(document: &Document, deprecated: &Operation<'_>) -> bool {
    let description = deprecated.description();
    let words: Vec<_> = description.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
    let mut others = document.operations().filter(|operation| operation.id != deprecated.id);
    description.contains("names no replacement") || others.any(|operation| words.contains(&operation.id))
}
