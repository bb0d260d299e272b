//! Values of parameters: the document's example, or a value that matches the schema.
//!
//! Both the build script, which generates calls with these values, and the expectations use this file.

use serde_json::{Value, json};
pub use zapmail_openapi::document::reference::resolve;

/// Returns a value for a parameter.
pub fn value(document: &Value, parameter: &Value) -> Value {
    if let Some(example) = parameter.get("example") {
        return example.clone();
    }
    let schema = resolve(document, &parameter["schema"]);
    match schema["type"].as_str() {
        Some("array") => json!([of_type(resolve(document, &schema["items"]), &parameter["name"])]),
        _ => of_type(schema, &parameter["name"]),
    }
}

fn of_type(schema: &Value, name: &Value) -> Value {
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => json!(2),
        (Some("number"), _) => json!(2.5),
        (Some("boolean"), _) => json!(true),
        (Some("string"), Some("uuid")) => json!("7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e"),
        // Contains a space and an ampersand, to check that they are escaped.
        (Some("string"), _) => json!("acme & co"),
        other => panic!("parameter {name}: no value for the type {other:?}"),
    }
}
