//! A place in the document, which is followed while a response is walked.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use serde_json::Value;
use zapmail_openapi::document::content::{JSON, successes};
use zapmail_openapi::document::reference::resolve;
use zapmail_openapi::document::{elements, entries, operations};

use super::vocabulary::{self, Vocabulary};

/// The document. A test of `zapmail-openapi` reads it, so it is never null here.
static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(zapmail_openapi::DOCUMENT).unwrap_or_default());

static OPERATIONS: LazyLock<HashMap<&str, &Value>> =
    LazyLock::new(|| operations(&DOCUMENT).map(|operation| (operation.id, operation.value)).collect());

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::of(&DOCUMENT));

/// The most schemas of one place, and how deep alternatives are followed. The document has fewer.
const MOST_SCHEMAS: usize = 16;
const DEPTH: usize = 8;

/// The schemas that the document has for one place: one, or the alternatives. None where the document says nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Place(Vec<&'static Value>);

/// What the key of an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The name of a property, which says nothing about an account.
    Property,
    /// It could be the name of a property, or data.
    Unnamed,
    /// Data.
    Key,
}

impl Place {
    /// The body of a response.
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
        let mut place = Self::default();
        schemas.into_iter().for_each(|schema| place.add(schema, DEPTH));
        place
    }

    /// Adds a schema and its alternatives.
    fn add(&mut self, schema: &'static Value, depth: usize) {
        if depth == 0 || self.0.len() >= MOST_SCHEMAS {
            return;
        }
        let schema = resolve(&DOCUMENT, schema);
        self.0.push(schema);
        for keyword in ["allOf", "oneOf", "anyOf"] {
            elements(&schema[keyword]).for_each(|alternative| self.add(alternative, depth - 1));
        }
    }

    /// The value of a property.
    pub fn property(&self, name: &str) -> Self {
        Self::of(self.0.iter().filter_map(|schema| schema["properties"].get(name)))
    }

    /// The items of a list.
    pub fn items(&self) -> Self {
        Self::of(self.0.iter().filter_map(|schema| schema.get("items")))
    }

    /// The values of a map.
    pub fn values(&self) -> Self {
        Self::of(self.0.iter().filter_map(|schema| schema.get("additionalProperties")))
    }

    /// Whether the document has properties here.
    pub fn is_described(&self) -> bool {
        self.0.iter().any(|schema| entries(&schema["properties"]).next().is_some())
    }

    /// Whether the document describes a map. `additionalProperties: {}` only says that more is kept than is known.
    pub fn is_map(&self) -> bool {
        let is_map = |schema: &Value| {
            schema.get("x-zapmail-key-id").is_some() || entries(&schema["additionalProperties"]).next().is_some()
        };
        !self.is_described() && self.0.iter().any(|schema| is_map(schema))
    }

    /// The words of an enum, in order; none unless all text here is one of them.
    pub fn words(&self) -> Vec<&'static str> {
        let is_free = |schema: &Value| schema["type"] == "string" && schema.get("enum").is_none();
        if self.0.iter().any(|schema| is_free(schema)) {
            return Vec::new();
        }
        let words: BTreeSet<_> =
            self.0.iter().flat_map(|schema| elements(&schema["enum"])).filter_map(Value::as_str).collect();
        words.into_iter().collect()
    }

    /// What a key is that is found here. Of a map, every key is data.
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
