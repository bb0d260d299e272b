//! The document's schemas as JSON Schema (draft 4), which validators understand.
//!
//! OpenAPI 3.0 writes "may be null" as `nullable: true`, which JSON Schema does not know; everything else that the
//! document uses means the same in both.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A schema of the document as a JSON Schema that stands on its own: the components it needs are inside it.
///
/// ```
/// let document: serde_json::Value = serde_json::from_str(zapmail_openapi::DOCUMENT)?;
/// let user = serde_json::json!({"$ref": "#/components/schemas/User"});
/// let schema = zapmail_openapi::json_schema::standalone(&document, &user);
/// assert_eq!(schema["allOf"][0], user);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn standalone(document: &Value, schema: &Value) -> Value {
    let mut components = BTreeMap::new();
    collect(document, schema, &mut components);
    let components: Map<_, _> =
        components.into_iter().map(|(name, schema)| (name.to_owned(), convert(schema))).collect();
    json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "allOf": [convert(schema)],
        "components": {"schemas": components},
    })
}

/// The components that a schema refers to, directly or through others.
fn collect<'a>(document: &'a Value, schema: &'a Value, components: &mut BTreeMap<&'a str, &'a Value>) {
    match schema {
        Value::Object(object) => {
            let name = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|reference| reference.strip_prefix("#/components/schemas/"));
            if let Some((name, component)) =
                name.and_then(|name| Some((name, document.pointer("/components/schemas")?.get(name)?)))
                && components.insert(name, component).is_none()
            {
                collect(document, component, components);
            }
            object.values().for_each(|value| collect(document, value, components));
        }
        Value::Array(array) => array.iter().for_each(|value| collect(document, value, components)),
        _ => {}
    }
}

/// One schema of the document in JSON Schema's words, its references left as they are.
pub fn convert(schema: &Value) -> Value {
    let Value::Object(object) = schema else { return schema.clone() };
    let mut converted = Map::new();
    for (keyword, value) in object {
        let value = match keyword.as_str() {
            "properties" => convert_map(Some(value)),
            "items" | "additionalProperties" | "not" => convert(value),
            "allOf" | "anyOf" | "oneOf" => Value::Array(value.as_array().into_iter().flatten().map(convert).collect()),
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

/// Each schema of a map of schemas, converted.
fn convert_map(schemas: Option<&Value>) -> Value {
    let schemas = schemas.and_then(Value::as_object);
    schemas.into_iter().flatten().map(|(name, schema)| (name.clone(), convert(schema))).collect::<Map<_, _>>().into()
}
