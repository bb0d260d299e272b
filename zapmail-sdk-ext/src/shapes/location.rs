//! A location in the OpenAPI document, which is tracked while a response is traversed.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use serde_json::Value;
use zapmail_openapi::document::content::{JSON, successes};
use zapmail_openapi::document::reference::resolve;
use zapmail_openapi::document::{elements, entries, operations};

use super::vocabulary::{self, Vocabulary};

/// The document. A test of `zapmail-openapi` parses it, so it is never null here.
static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(zapmail_openapi::DOCUMENT).unwrap_or_default());

static OPERATIONS: LazyLock<HashMap<&str, &Value>> =
    LazyLock::new(|| operations(&DOCUMENT).map(|operation| (operation.id, operation.value)).collect());

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::of(&DOCUMENT));

/// Maximum number of schemas of one location, and maximum depth of nested alternatives. The document stays below both.
const MAX_SCHEMAS: usize = 16;
const MAX_DEPTH: usize = 8;

/// The schemas that the document has for one location: one schema, or its alternatives; empty if the location is
/// undocumented.
#[derive(Debug, Clone, Default)]
pub(super) struct Location(Vec<&'static Value>);

/// The role of an object's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The name of a property, which reveals nothing about an account.
    Property,
    /// Either the name of a property or data.
    Unnamed,
    /// Data.
    Key,
}

impl Location {
    /// Returns the location of a response body.
    pub fn response(operation: &str, status: u16) -> Self {
        let Some(operation) = OPERATIONS.get(operation) else { return Self::default() };
        let responses = &operation["responses"];
        let by_status = responses.get(status.to_string());
        let by_class = || responses.get(format!("{}XX", status / 100));
        // All successes of an operation share one schema.
        let success = || successes(operation).next().filter(|_| status / 100 == 2).map(|(_, response)| response);
        let response = by_status.or_else(by_class).or_else(success).map(|response| resolve(&DOCUMENT, response));
        Self::of(response.and_then(|response| response["content"][JSON].get("schema")))
    }

    fn of(schemas: impl IntoIterator<Item = &'static Value>) -> Self {
        let mut location = Self::default();
        schemas.into_iter().for_each(|schema| location.add(schema, MAX_DEPTH));
        location
    }

    /// Adds a schema and its alternatives.
    fn add(&mut self, schema: &'static Value, depth: usize) {
        if depth == 0 || self.0.len() >= MAX_SCHEMAS {
            return;
        }
        let schema = resolve(&DOCUMENT, schema);
        self.0.push(schema);
        for keyword in ["allOf", "oneOf", "anyOf"] {
            elements(&schema[keyword]).for_each(|alternative| self.add(alternative, depth - 1));
        }
    }

    /// Returns the location of a property's value.
    pub fn property(&self, name: &str) -> Self {
        Self::of(self.0.iter().filter_map(|schema| schema["properties"].get(name)))
    }

    /// Returns the location of a list's items.
    pub fn items(&self) -> Self {
        Self::of(self.0.iter().filter_map(|schema| schema.get("items")))
    }

    /// Returns the location of a map's values.
    pub fn values(&self) -> Self {
        Self::of(self.0.iter().filter_map(|schema| schema.get("additionalProperties")))
    }

    /// Returns whether the document has properties here.
    pub fn is_described(&self) -> bool {
        self.0.iter().any(|schema| entries(&schema["properties"]).next().is_some())
    }

    /// Returns whether the document describes a map. `additionalProperties: {}` does not: it only keeps unknown
    /// properties.
    pub fn is_map(&self) -> bool {
        let is_map = |schema: &Value| {
            schema.get("x-zapmail-key-id").is_some() || entries(&schema["additionalProperties"]).next().is_some()
        };
        !self.is_described() && self.0.iter().any(|schema| is_map(schema))
    }

    /// Returns the values of an enum, in order; empty unless all text here is restricted to them.
    pub fn words(&self) -> Vec<&'static str> {
        let is_free = |schema: &Value| schema["type"] == "string" && schema.get("enum").is_none();
        if self.0.iter().any(|schema| is_free(schema)) {
            return Vec::new();
        }
        let words: BTreeSet<_> =
            self.0.iter().flat_map(|schema| elements(&schema["enum"])).filter_map(Value::as_str).collect();
        words.into_iter().collect()
    }

    /// Returns the role of a key at this location, unless it is a map, in which every key is data.
    pub fn role(&self, key: &str) -> Role {
        let is_documented = self.0.iter().any(|schema| schema["properties"].get(key).is_some());
        if is_documented || VOCABULARY.permits(key) {
            Role::Property
        } else if vocabulary::is_data(key) {
            Role::Key
        } else {
            Role::Unnamed
        }
    }
}
