//! Pages in the documentation's format, generated from the document.

use serde_json::{Map, Value, json};
use zapmail_openapi::document::reference::reachable_schemas;

use crate::document::{Document, Operation, elements, text};
use crate::drift::list::ListedPage;

/// The entry of an operation's page in the documentation's list.
pub fn listed(operation: &Operation<'_>, number: usize) -> ListedPage {
    let title = operation.summary().to_owned();
    ListedPage { title, path: format!("{}-{number}e0.md", operation.id.replace('_', "-")) }
}

/// The list of all pages.
pub fn list(pages: &[ListedPage]) -> String {
    let line =
        |page: &ListedPage| format!("- Group [{}](https://docs.zapmail.ai/{}): Summary\n", page.title, page.path);
    format!("# Zapmail\n\n## API Docs\n{}", pages.iter().map(line).collect::<String>())
}

/// The OpenAPI document on the page of an operation.
pub fn fragment(document: &Document, operation: &Operation<'_>) -> Value {
    let mut shown = operation.value.clone();
    let headers = [("x-auth-zapmail", true), (" x-workspace-key", false), ("x-service-provider", true)];
    let mut parameters: Vec<_> = headers.map(|(name, required)| header(name, required)).into();
    parameters.extend(
        elements(&shown["parameters"])
            .filter(|known| {
                let name = text(&document.resolve(known)["name"]);
                name != "x-workspace-key" && name != "x-service-provider"
            })
            .cloned(),
    );
    if !takes(document, operation, "x-workspace-key") {
        parameters.remove(1);
    }
    shown["parameters"] = parameters.into();
    shown.as_object_mut().unwrap().retain(|key, _| !key.starts_with("x-zapmail"));
    let components = &document.value()["components"];
    let schemas: Map<_, _> = reachable_schemas(document.value(), [&shown])
        .into_iter()
        .map(|name| (name.to_owned(), components["schemas"][name].clone()))
        .collect();
    json!({
        "openapi": "3.0.1",
        "info": {"title": "", "version": "1.0.0"},
        "paths": {operation.path: {operation.method: shown}},
        "components": {
            "parameters": components["parameters"],
            "responses": components["responses"],
            "schemas": schemas,
        },
    })
}

/// The page with this OpenAPI document. JSON is valid YAML.
pub fn page(fragment: &Value) -> String {
    let fragment = serde_json::to_string_pretty(fragment).unwrap();
    format!("# Title\n\n## OpenAPI Specification\n\n```yaml\n{fragment}\n\n```\n")
}

fn header(name: &str, required: bool) -> Value {
    json!({"name": name, "in": "header", "required": required, "schema": {"type": "string"}, "example": ""})
}

fn takes(document: &Document, operation: &Operation<'_>, name: &str) -> bool {
    document.parameters(operation).any(|parameter| text(&parameter["name"]) == name)
}
