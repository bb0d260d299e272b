//! The document's schemas as JSON Schema (draft 4), for validators.
//!
//! OpenAPI 3.0 marks a value that may be null with `nullable: true`, which JSON Schema does not support. All other
//! keywords that the document uses have the same meaning in both.

use serde_json::{Map, Value, json};

use crate::document::reference::reachable_schemas;
use crate::document::{elements, entries};

/// Converts a schema of the document to a self-contained JSON Schema, which includes the components it refers to.
///
/// ```
/// let document: serde_json::Value = serde_json::from_str(zapmail_openapi::DOCUMENT)?;
/// let user = serde_json::json!({"$ref": "#/components/schemas/User"});
/// let schema = zapmail_openapi::json_schema::standalone(&document, &user);
/// assert_eq!(schema["allOf"][0], user);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn standalone(document: &Value, schema: &Value) -> Value {
    let components: Map<_, _> = reachable_schemas(document, [schema])
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), convert(document["components"]["schemas"].get(name)?))))
        .collect();
    json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "allOf": [convert(schema)],
        "components": {"schemas": components},
    })
}

/// Converts one schema of the document to JSON Schema, without resolving its references.
pub fn convert(schema: &Value) -> Value {
    let Value::Object(object) = schema else { return schema.clone() };
    let mut converted = Map::new();
    for (keyword, value) in object {
        let value = match keyword.as_str() {
            "properties" => entries(value).map(|(name, schema)| (name.to_owned(), convert(schema))).collect(),
            "items" | "additionalProperties" | "not" => convert(value),
            "allOf" | "anyOf" | "oneOf" => elements(value).map(convert).collect(),
            "nullable" | "example" | "description" | "deprecated" => continue,
            extension if extension.starts_with("x-") => continue,
            _ => value.clone(),
        };
        converted.insert(keyword.clone(), value);
    }
    if object.get("nullable") == Some(&Value::Bool(true))
        && let Some(kind) = converted.remove("type")
    {
        converted.insert("type".to_owned(), json!([kind, "null"]));
    }
    Value::Object(converted)
}
