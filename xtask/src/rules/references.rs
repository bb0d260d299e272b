//! Every reference has its component, and every component is referred to.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::Document;
use crate::finding::Finding;

pub fn broken(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in document.operations() {
        let dangling = references(operation.value).into_iter().filter(|name| component(document, name).is_none());
        findings.extend(dangling.map(|name| Finding::new(operation.file, operation.id, missing(&name))));
    }
    for component_ in document.components() {
        let dangling = references(component_.value).into_iter().filter(|name| component(document, name).is_none());
        findings.extend(dangling.map(|name| Finding::new(component_.file, component_.name, missing(&name))));
    }
    let used = components_used(document, document.operations().map(|operation| operation.value));
    for component in document.components().filter(|component| component.kind != "securitySchemes") {
        if !used.contains(&format!("{}/{}", component.kind, component.name)) {
            let message = format!("no operation needs this one of {}; take it out, or refer to it", component.kind);
            findings.push(Finding::new(component.file, component.name, message));
        }
    }
    findings
}

/// The components (`schemas/Mailbox`) that these values refer to, directly or through others.
pub fn components_used<'a>(document: &Document, values: impl Iterator<Item = &'a Value>) -> BTreeSet<String> {
    let mut open: Vec<_> = values.flat_map(references).collect();
    let mut used = BTreeSet::new();
    while let Some(name) = open.pop() {
        if used.insert(name.clone()) {
            open.extend(component(document, &name).into_iter().flat_map(references));
        }
    }
    used
}

/// Names of the schemas that an answer can contain, refusals among them: the types of these are open, and tolerant.
pub fn schemas_of_answers(document: &Document) -> BTreeSet<String> {
    let answers = document.operations().filter_map(|operation| operation.value.get("responses"));
    let used = components_used(document, answers);
    used.into_iter().filter_map(|name| name.strip_prefix("schemas/").map(str::to_owned)).collect()
}

fn component<'a>(document: &'a Document, name: &str) -> Option<&'a Value> {
    document.merged.pointer(&format!("/components/{name}"))
}

fn missing(name: &str) -> String {
    format!("refers to #/components/{name}, which does not exist; correct the reference, or add the component")
}

/// The names behind all `$ref`s below a value.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => {
            let own = object.get("$ref").and_then(Value::as_str);
            let own = own.map(|reference| reference.trim_start_matches("#/components/").to_owned());
            own.into_iter().chain(object.values().flat_map(references)).collect()
        }
        Value::Array(array) => array.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
