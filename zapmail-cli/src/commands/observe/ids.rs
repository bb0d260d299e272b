//! Ids collected from responses, by kind.

use std::collections::BTreeMap;

use serde_json::Value;
use zapmail_openapi::document::{Document, elements};

/// A limited number of ids of each kind.
#[derive(Debug)]
pub struct Ids {
    max_per_kind: usize,
    by_kind: BTreeMap<String, Vec<Value>>,
}

impl Ids {
    /// Creates an empty collection that keeps up to `max_per_kind` ids of each kind.
    pub fn new(max_per_kind: usize) -> Self {
        Self { max_per_kind, by_kind: BTreeMap::new() }
    }

    /// Returns the ids of a kind.
    pub fn of(&self, kind: &str) -> &[Value] {
        self.by_kind.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Collects the values in a response that the document describes as ids.
    pub fn collect(&mut self, document: &Document, schema: Option<&Value>, value: &Value) {
        let Some(schema) = schema.map(|schema| document.resolve(schema)) else { return };
        for key in ["allOf", "anyOf", "oneOf"] {
            elements(&schema[key]).for_each(|form| self.collect(document, Some(form), value));
        }
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let property = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
                    self.collect(document, property, value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(document, schema.get("items"), item)),
            Value::String(_) | Value::Number(_) => {
                if let Some(kind) = schema["x-zapmail-id"].as_str() {
                    let ids = self.by_kind.entry(kind.to_owned()).or_default();
                    if ids.len() < self.max_per_kind && !ids.contains(value) {
                        ids.push(value.clone());
                    }
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
}
