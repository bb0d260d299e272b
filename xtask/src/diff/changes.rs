//! The changes between two documents: operations by their ids, schemas by their names, which are the names in Rust.

use std::collections::BTreeMap;

use serde_json::Value;

use super::operations;
use super::schemas;
use super::weight::{Change, What};
use crate::document::{Document, Operation, entries};
use crate::rules::references::schemas_of_answers;

/// Everything that changed, the heaviest first.
pub fn between(before: &Document, now: &Document) -> Vec<Change> {
    let mut changes = Vec::new();
    let (old, new) = (by_id(before), by_id(now));
    for (id, operation) in &new {
        let address = format!("{} {}", operation.method.to_uppercase(), operation.path);
        match old.get(id) {
            Some(old) => operations::compare((before, old), (now, operation), &mut changes),
            None => changes.push(Change::new(What::OperationAdded, *id, format!("operation added ({address})"))),
        }
    }
    let gone = old.keys().filter(|id| !new.contains_key(*id));
    changes.extend(gone.map(|id| Change::new(What::OperationRemoved, *id, "operation removed")));

    let (was_received, is_received) = (schemas_of_answers(before), schemas_of_answers(now));
    let (old, new) = (by_name(before), by_name(now));
    for (name, schema) in &new {
        match old.get(name) {
            Some(old) => {
                let received = (was_received.contains(*name), is_received.contains(*name));
                schemas::compare(name, old, schema, received, &mut changes);
            }
            None => changes.push(Change::new(What::SchemaAdded, *name, "type added")),
        }
    }
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    changes.extend(gone.map(|name| Change::new(What::SchemaRemoved, *name, "type removed")));

    if shared(&before.merged) != shared(&now.merged) {
        changes.push(Change::new(What::Said, "document", "what all operations share is said otherwise"));
    }
    changes.sort();
    changes
}

fn by_id(document: &Document) -> BTreeMap<&str, Operation<'_>> {
    document.operations().map(|operation| (operation.id, operation)).collect()
}

fn by_name(document: &Document) -> BTreeMap<&str, &Value> {
    document.schemas().map(|schema| (schema.name, schema.value)).collect()
}

/// All but operations and schemas.
fn shared(document: &Value) -> Vec<(&str, &Value)> {
    let top = entries(document, "").filter(|(key, _)| !matches!(*key, "paths" | "components"));
    top.chain(entries(document, "/components").filter(|(kind, _)| *kind != "schemas")).collect()
}
