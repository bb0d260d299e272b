//! Located schemas: every schema of the document, with the name of the property or parameter that it describes.

use serde_json::Value;

use crate::document::{Component, Document, elements, entries, text};

/// One schema of the document, with its location.
#[derive(Debug, Clone)]
pub struct LocatedSchema<'a> {
    /// File to edit, below the folder `openapi`.
    pub file: &'a str,
    /// Path of the schema, for example `PlacementTest.mailboxIds.items`.
    pub path: String,
    /// Name of the property or parameter. The items of a list and the alternatives of a choice have the name of the
    /// list or choice; components and the values of a map have none.
    pub name: Option<&'a str>,
    /// Component that contains the schema; `None` for a schema of a parameter.
    pub component: Option<&'a str>,
    pub schema: &'a Value,
}

/// One parameter of an operation, or one shared parameter.
#[derive(Debug, Clone)]
pub struct Parameter<'a> {
    /// File to edit, below the folder `openapi`.
    pub file: &'a str,
    /// `get_mailbox.id`, or the name of the component.
    pub path: String,
    pub value: &'a Value,
}

/// All schemas of parameters and components, with the schemas inside them.
pub fn all(document: &Document) -> Vec<LocatedSchema<'_>> {
    let mut all_located = Vec::new();
    for Component { file, name: component, value, .. } in document.schemas() {
        let path = component.to_owned();
        let located = LocatedSchema { file, path, name: None, component: Some(component), schema: value };
        add(located, &mut all_located);
    }
    for Parameter { file, path, value } in parameters(document) {
        if let Some(schema) = value.get("schema") {
            let name = Some(text(&value["name"]));
            add(LocatedSchema { file, path, name, component: None, schema }, &mut all_located);
        }
    }
    all_located
}

/// The parameters of all operations, at their definitions.
pub fn parameters(document: &Document) -> impl Iterator<Item = Parameter<'_>> {
    let own = document.operations().flat_map(|operation| {
        let own = elements(&operation.value["parameters"]).filter(|parameter| parameter.get("$ref").is_none());
        own.map(move |value| {
            let path = format!("{}.{}", operation.id, text(&value["name"]));
            Parameter { file: operation.file, path, value }
        })
    });
    let shared = document.components().filter(|component| component.kind == "parameters");
    own.chain(shared.map(|shared| Parameter { file: shared.file, path: shared.name.to_owned(), value: shared.value }))
}

/// Adds a schema and all schemas inside it.
fn add<'a>(located: LocatedSchema<'a>, all_located: &mut Vec<LocatedSchema<'a>>) {
    let LocatedSchema { file, name, component, schema, .. } = located;
    let path = located.path.clone();
    all_located.push(located);
    let mut inner = |step: &str, name, schema| {
        add(LocatedSchema { file, path: format!("{path}.{step}"), name, component, schema }, all_located);
    };
    for (property, schema) in entries(&schema["properties"]) {
        inner(property, Some(property), schema);
    }
    for (keyword, name) in [("items", name), ("additionalProperties", None), ("not", None)] {
        if let Some(schema) = schema.get(keyword).filter(|schema| schema.is_object()) {
            inner(keyword, name, schema);
        }
    }
    for keyword in ["oneOf", "anyOf", "allOf"] {
        for schema in elements(&schema[keyword]) {
            inner(keyword, name, schema);
        }
    }
}
