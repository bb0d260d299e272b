//! The documented parts of an operation's request.

use std::collections::BTreeSet;

use serde_json::Value;
use zapmail_openapi::document::{Document, Operation, elements, entries, text};

/// A parameter or a property of the body.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    pub location: Location,
    /// Name of the parameter, or path of the property without the positions in lists and the keys of maps.
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    Header,
    Path,
    Query,
    Body,
}

impl Part {
    pub fn is_body(&self) -> bool {
        self.location == Location::Body
    }
}

/// Returns the headers, the query and path parameters, and all properties of the body.
pub fn parts(document: &Document, operation: &Operation<'_>) -> BTreeSet<Part> {
    let parameters = document.parameters(operation).map(|parameter| {
        let location = match text(&parameter["in"]) {
            "header" => Location::Header,
            "path" => Location::Path,
            "query" => Location::Query,
            other => panic!("{} has a parameter in {other}", operation.id),
        };
        Part { location, name: text(&parameter["name"]).to_owned() }
    });
    let mut parts: BTreeSet<_> = parameters.collect();
    if let Some(schema) = operation.body_schema() {
        add_properties(document, schema, "", 0, &mut parts);
    }
    parts
}

fn add_properties(document: &Document, schema: &Value, prefix: &str, depth: usize, parts: &mut BTreeSet<Part>) {
    assert!(depth < 16, "the schema of a body contains itself below {prefix}");
    let schema = document.resolve(schema);
    let alternatives = ["allOf", "anyOf", "oneOf"].into_iter().flat_map(|key| elements(&schema[key]));
    // The values of a list or a map have no names.
    let values = [&schema["items"], &schema["additionalProperties"]].into_iter().filter(|schema| schema.is_object());
    for schema in alternatives.chain(values) {
        add_properties(document, schema, prefix, depth + 1, parts);
    }
    for (name, property) in entries(&schema["properties"]) {
        let name = format!("{prefix}{name}");
        add_properties(document, property, &format!("{name}."), depth + 1, parts);
        parts.insert(Part { location: Location::Body, name });
    }
}
