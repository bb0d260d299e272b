//! Descriptions: every group, operation, parameter, body, response, component and property has one, in our own words.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::{Document, Operation, elements, entries, text};
use crate::finding::Finding;

pub fn broken(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    let groups: BTreeMap<_, _> = elements(&document.value()["tags"]).map(|tag| (text(&tag["name"]), tag)).collect();
    for operation in document.operations() {
        let value = operation.value;
        let mut broken = |what: &str, message: &str| {
            findings.push(Finding::new(operation.file, operation.id, format!("{what} {message}")));
        };
        if !groups.get(operation.group()).is_some_and(|tag| has_sentence(tag)) {
            broken("the group", "has no description among the tags of api.yaml; add one");
        }
        if operation.summary().is_empty() || operation.summary().ends_with('.') {
            broken("summary", "must be a short phrase without a period");
        }
        if !has_sentence(value) {
            broken("description", MISSING);
        }
        if operation.deprecated() && !names_replacement(document, &operation) {
            broken("description", NO_REPLACEMENT);
        }
        for parameter in elements(&value["parameters"])
            .filter(|parameter| parameter.get("$ref").is_none() && !has_sentence(parameter))
        {
            broken(&format!("description of parameter {}", text(&parameter["name"])), MISSING);
        }
        if operation.body().is_some_and(|body| !has_sentence(body)) {
            broken("description of the body", MISSING);
        }
        let responses =
            operation.responses().filter(|(_, response)| response.get("$ref").is_none() && !has_sentence(response));
        for status in responses.map(|(status, _)| status) {
            broken(&format!("description of response {status}"), MISSING);
        }
    }
    for component in document.components().filter(|component| component.kind != "securitySchemes") {
        if !has_sentence(component.value) {
            findings.push(Finding::new(component.file, component.name, format!("description {MISSING}")));
        }
        for (name, property) in entries(&component.value["properties"]) {
            if property.get("$ref").is_none() && !has_sentence(property) {
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

const MISSING: &str = "is missing or does not end with a period; describe in a sentence what users need to know";

const NO_REPLACEMENT: &str = "must state what to use instead of this deprecated operation: name another operation by its \
                              operationId, or write that the service \"names no replacement\"";

fn has_sentence(value: &Value) -> bool {
    text(&value["description"]).trim_end().ends_with('.')
}

/// Whether the description names another operation, or states that there is no replacement.
fn names_replacement(document: &Document, deprecated: &Operation<'_>) -> bool {
    let description = deprecated.description();
    let words: Vec<_> = description.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
    let mut others = document.operations().filter(|operation| operation.id != deprecated.id);
    description.contains("names no replacement") || others.any(|operation| words.contains(&operation.id))
}
