//! References: every reference leads to a component, and every component is used.

use serde_json::Value;
use zapmail_openapi::document::reference::{reachable, references, target};

use crate::document::Document;
use crate::finding::Finding;

pub fn broken(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in document.operations() {
        let missing = missing(document, operation.value);
        findings.extend(missing.map(|message| Finding::new(operation.file, operation.id, message)));
    }
    for component in document.components() {
        let missing = missing(document, component.value);
        findings.extend(missing.map(|message| Finding::new(component.file, component.name, message)));
    }
    let used = reachable(document.value(), document.operations().map(|operation| operation.value));
    for component in document.components().filter(|component| component.kind != "securitySchemes") {
        if !used.contains(format!("#/components/{}/{}", component.kind, component.name).as_str()) {
            let message = format!("no operation uses this component of {}; remove it, or refer to it", component.kind);
            findings.push(Finding::new(component.file, component.name, message));
        }
    }
    findings
}

/// Returns a message for each reference below a value that leads to no component.
fn missing<'a>(document: &'a Document, value: &'a Value) -> impl Iterator<Item = String> + use<'a> {
    let is_component =
        |reference: &str| reference.starts_with("#/components/") && target(document.value(), reference).is_some();
    references(value).into_iter().filter(move |reference| !is_component(reference)).map(|reference| {
        format!("refers to {reference}, which does not exist; correct the reference, or add the component")
    })
}
