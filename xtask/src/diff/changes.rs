//! The changes between two documents: operations are matched by id, schemas by name (their names in Rust).

use std::collections::BTreeMap;

use serde_json::Value;

use super::operations;
use super::schemas;
use super::severity::ChangeKind;
use crate::difference::Difference;
use crate::document::{Document, Operation, entries};

/// Returns all changes, breaking changes first.
pub fn between(before: &Document, now: &Document) -> Vec<Difference> {
    let mut changes = Vec::new();
    let (old, new) = (by_id(before), by_id(now));
    for (id, operation) in &new {
        match old.get(id) {
            Some(old) => operations::compare((before, old), (now, operation), &mut changes),
            None => {
                changes.push(ChangeKind::OperationAdded.at(*id, format!("operation added ({})", operation.address())))
            }
        }
    }
    let gone = old.keys().filter(|id| !new.contains_key(*id));
    changes.extend(gone.map(|id| ChangeKind::OperationRemoved.at(*id, "operation removed")));

    let (was_received, is_received) = (before.response_schemas(), now.response_schemas());
    let (old, new) = (by_name(before), by_name(now));
    for (name, schema) in &new {
        match old.get(name) {
            Some(old) => {
                let received = (was_received.contains(*name), is_received.contains(*name));
                schemas::compare(name, old, schema, received, &mut changes);
            }
            None => changes.push(ChangeKind::SchemaAdded.at(*name, "type added")),
        }
    }
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    changes.extend(gone.map(|name| ChangeKind::SchemaRemoved.at(*name, "type removed")));

    if shared(before.value()) != shared(now.value()) {
        changes.push(ChangeKind::DocumentationChanged.at("document", "shared definitions changed"));
    }
    changes.sort();
    changes
}

fn by_id(document: &Document) -> BTreeMap<&str, Operation<'_>> {
    document.operations().map(|operation| (operation.id, operation)).collect()
}

fn by_name(document: &Document) -> BTreeMap<&str, &Value> {
    document.model.schemas().collect()
}

/// Everything except operations and schemas.
fn shared(document: &Value) -> Vec<(&str, &Value)> {
    let top = entries(document).filter(|(key, _)| !matches!(*key, "paths" | "components"));
    top.chain(entries(&document["components"]).filter(|(kind, _)| *kind != "schemas")).collect()
}
