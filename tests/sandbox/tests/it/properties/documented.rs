//! The parts of an operation's request, as the document describes them.

use std::collections::BTreeSet;

use serde_json::Value;
use zapmail_openapi::document::{Document, Operation, elements, entries, text};

/// A parameter, or a property of the body.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    pub place: Place,
    /// The name; of a property its path, without the positions and keys of lists and maps.
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Header,
    Path,
    Query,
    Body,
}

impl Part {
    pub fn is_body(&self) -> bool {
        self.place == Place::Body
    }
}

/// The headers, the parameters in the query and the path, and all properties of the body.
pub fn parts(document: &Document, operation: &Operation<'_>) -> BTreeSet<Part> {
    let parameters = document.parameters(operation).map(|parameter| {
        let place = match text(&parameter["in"]) {
            "header" => Place::Header,
            "path" => Place::Path,
            "query" => Place::Query,
            other => panic!("{} has a parameter in {other}", operation.id),
        };
        Part { place, name: text(&parameter["name"]).to_owned() }
    });
    let mut parts: BTreeSet<_> = parameters.collect();
    if let Some(schema) = operation.body_schema() {
        add(document, schema, "", 0, &mut parts);
    }
    parts
}

fn add(document: &Document, schema: &Value, prefix: &str, depth: usize, parts: &mut BTreeSet<Part>) {
    assert!(depth < 16, "the schema of a body contains itself below {prefix}");
    let schema = document.resolve(schema);
    let alternatives = ["allOf", "anyOf", "oneOf"].into_iter().flat_map(|key| elements(&schema[key]));
    // The values of a list or a map have no names of their own.
    let values = [&schema["items"], &schema["additionalProperties"]].into_iter().filter(|schema| schema.is_object());
    for schema in alternatives.chain(values) {
        add(document, schema, prefix, depth + 1, parts);
    }
    for (name, property) in entries(&schema["properties"]) {
        let name = format!("{prefix}{name}");
        add(document, property, &format!("{name}."), depth + 1, parts);
        parts.insert(Part { place: Place::Body, name });
    }
}
