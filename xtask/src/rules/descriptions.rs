//! Everything that a user meets is described, in our own words.

use serde_json::Value;

use crate::document::{Document, elements, entries, text};
use crate::finding::Finding;

pub fn broken(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in document.operations() {
        let value = operation.value;
        let mut broken = |what: &str, message: &str| {
            findings.push(Finding::new(operation.file, operation.id, format!("{what} {message}")));
        };
        if text(value, "/summary").is_empty() || text(value, "/summary").ends_with('.') {
            broken("summary", "has to be a short phrase without a full stop");
        }
        if !sentence(value) {
            broken("description", MISSING);
        }
        if value["deprecated"] == true && !text(value, "/description").contains("eprecated") {
            broken("description", "has to say what to use instead of this deprecated operation");
        }
        for parameter in
            elements(value, "/parameters").filter(|parameter| parameter.get("$ref").is_none() && !sentence(parameter))
        {
            broken(&format!("description of parameter {}", text(parameter, "/name")), MISSING);
        }
        if value.get("requestBody").is_some_and(|body| !sentence(body)) {
            broken("description of the body", MISSING);
        }
        for (status, answer) in
            entries(value, "/responses").filter(|(_, answer)| answer.get("$ref").is_none() && !sentence(answer))
        {
            _ = answer;
            broken(&format!("description of answer {status}"), MISSING);
        }
    }
    for component in document.components().filter(|component| component.kind != "securitySchemes") {
        if !sentence(component.value) {
            findings.push(Finding::new(component.file, component.name, format!("description {MISSING}")));
        }
        for (name, property) in entries(component.value, "/properties") {
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

fn sentence(value: &Value) -> bool {
    let description = text(value, "/description").trim_end();
    description.ends_with('.') || description.ends_with("...")
}
