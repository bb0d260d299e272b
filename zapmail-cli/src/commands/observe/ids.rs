//! Ids that were seen in responses, by kind.

use std::collections::BTreeMap;

use serde_json::Value;
use zapmail_openapi::document::{Document, elements};

/// Some ids of each kind.
#[derive(Debug)]
pub struct Ids {
    most: usize,
    seen: BTreeMap<String, Vec<Value>>,
}

impl Ids {
    /// Keeps at most this number of each kind.
    pub fn new(most: usize) -> Self {
        Self { most, seen: BTreeMap::new() }
    }

    /// Returns the ids of a kind.
    pub fn of(&self, kind: &str) -> &[Value] {
        self.seen.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Collects the ids in a response that the document describes as such.
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
                    let seen = self.seen.entry(kind.to_owned()).or_default();
                    if seen.len() < self.most && !seen.contains(value) {
                        seen.push(value.clone());
                    }
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
}
