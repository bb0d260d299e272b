//! The document as the build script reads it.
//!
//! `cargo xtask check` has looked at the document before it was checked in; what is wrong all the same ends the build
//! with a message that names it.

use std::collections::BTreeSet;

use serde_json::Value;

/// The merged document.
pub struct Document {
    pub value: Value,
}

/// One operation of the document.
pub struct Operation<'a> {
    pub id: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub value: &'a Value,
}

impl Document {
    pub fn parse(text: &str) -> Self {
        let value = serde_json::from_str(text).expect("zapmail.json is JSON; run `cargo xtask regen`");
        Self { value }
    }

    /// All operations, by id.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let operations = entries(&self.value["paths"]).flat_map(|(path, item)| {
            entries(item).map(move |(method, value)| {
                let id = value["operationId"].as_str();
                let id = id.unwrap_or_else(|| panic!("{method} {path} has no operationId; run `cargo xtask check`"));
                Operation { id, method, path, value }
            })
        });
        let mut operations: Vec<_> = operations.collect();
        operations.sort_by_key(|operation| operation.id);
        operations
    }

    /// All schemas, by name.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, &Value)> {
        entries(&self.value["components"]["schemas"])
    }

    /// Names of the schemas that a request can contain: bodies and parameters.
    pub fn request_schemas(&self) -> BTreeSet<String> {
        let operations = self.operations();
        self.reachable(
            operations.iter().flat_map(|operation| [&operation.value["requestBody"], &operation.value["parameters"]]),
        )
    }

    /// Names of the schemas that an answer can contain.
    pub fn answer_schemas(&self) -> BTreeSet<String> {
        let operations = self.operations();
        self.reachable(operations.iter().map(|operation| &operation.value["responses"]))
    }

    /// Names of the schemas that these values refer to, directly or through others.
    fn reachable<'a>(&'a self, roots: impl Iterator<Item = &'a Value>) -> BTreeSet<String> {
        let mut open: Vec<_> = roots.collect();
        let mut seen = BTreeSet::new();
        let mut schemas = BTreeSet::new();
        while let Some(value) = open.pop() {
            match value {
                Value::Object(object) => {
                    if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                        if seen.insert(reference) {
                            open.push(self.resolve(reference));
                        }
                        schemas.extend(reference.strip_prefix("#/components/schemas/").map(str::to_owned));
                    }
                    open.extend(object.values());
                }
                Value::Array(array) => open.extend(array),
                _ => {}
            }
        }
        schemas
    }

    /// What a reference points to.
    pub fn resolve(&self, reference: &str) -> &Value {
        let target = self.value.pointer(reference.trim_start_matches('#'));
        target.unwrap_or_else(|| panic!("{reference} does not exist; run `cargo xtask check`"))
    }
}

/// The entries of an object, or none.
pub fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// The elements of an array, or none.
pub fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The text, or nothing at all.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
