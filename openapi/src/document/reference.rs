//! References such as `#/components/schemas/Mailbox`: resolves them, and finds everything that they lead to.
//!
//! These functions take the root as JSON, so that they work on any document. For example, xtask also uses them on the
//! OpenAPI fragments in the documentation.

use std::collections::BTreeSet;

use serde_json::Value;

/// Maximum number of references in a chain. A longer chain is assumed to be a cycle.
const MAX_CHAIN_LENGTH: usize = 16;

/// Returns the reference, if the value is one.
pub fn reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()
}

/// Returns the name of the schema that a reference points to.
pub fn schema_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}

/// Returns the value that a reference points to, which may be another reference.
pub fn target<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}

/// Follows references to the value that they lead to; `None` if a reference is dangling or part of a cycle. A value
/// that is not a reference is returned unchanged.
pub fn lookup<'a>(root: &'a Value, value: &'a Value) -> Option<&'a Value> {
    let mut value = value;
    for _ in 0..MAX_CHAIN_LENGTH {
        match reference(value) {
            Some(reference) => value = target(root, reference)?,
            None => return Some(value),
        }
    }
    None
}

/// Follows references as [`lookup`] does, but returns the value itself if they lead nowhere.
pub fn resolve<'a>(root: &'a Value, value: &'a Value) -> &'a Value {
    lookup(root, value).unwrap_or(value)
}

/// Returns all references inside a value.
pub fn references(value: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

fn collect<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            found.extend(reference(value));
            object.values().for_each(|value| collect(value, found));
        }
        Value::Array(array) => array.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// Returns the references inside these values and, recursively, inside the values that they point to.
pub fn reachable<'a>(root: &'a Value, values: impl IntoIterator<Item = &'a Value>) -> BTreeSet<&'a str> {
    let mut pending: Vec<_> = values.into_iter().flat_map(references).collect();
    let mut reached = BTreeSet::new();
    while let Some(reference) = pending.pop() {
        if reached.insert(reference) {
            pending.extend(target(root, reference).into_iter().flat_map(references));
        }
    }
    reached
}

/// Returns the names of the schemas among [`reachable`] references.
pub fn reachable_schemas<'a>(root: &'a Value, values: impl IntoIterator<Item = &'a Value>) -> BTreeSet<&'a str> {
    reachable(root, values).into_iter().filter_map(schema_name).collect()
}
