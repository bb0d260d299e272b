//! Faults that alter the body of a response.

use std::io;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures::StreamExt;
use futures::stream::{iter, once};
use serde_json::Value;
use zapmail_openapi::document::Document;

use super::Fault;

/// A value that no enum in the document contains.
const UNKNOWN: &str = "UNDOCUMENTED_VALUE";

/// Fields that identify the subject of a response or a row.
const IDENTIFIERS: [&str; 4] = ["id", "domain", "name", "email"];

/// Returns the response with the fault applied. `schema` is the documented schema of the response.
pub(crate) async fn alter(fault: &Fault, response: Response, document: &Document, schema: &Value) -> Response {
    let (mut parts, body) = response.into_parts();
    // The sandbox created the body itself, in memory: reading it cannot fail.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let edited = |edit: &dyn Fn(&mut Value) -> bool| {
        let mut value = serde_json::from_slice(&bytes).unwrap_or_default();
        if edit(&mut value) { value.to_string().into() } else { bytes.clone() }
    };
    let bytes = match fault {
        Fault::CutBody => {
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            return Response::from_parts(parts, truncated(bytes));
        }
        Fault::GarbledJson => garbled(&bytes),
        Fault::UnknownEnumValue => edited(&|value| replace_enum_value(document, schema, value)),
        Fault::MissingField => edited(&remove_field),
        _ => bytes,
    };
    Response::from_parts(parts, Body::from(bytes))
}

/// Sends the first half, and then closes the connection.
fn truncated(bytes: Bytes) -> Body {
    let first = bytes.slice(..bytes.len() / 2);
    let failure = once(async {
        // The first half is sent before the failure is polled.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    Body::from_stream(iter([Ok(first)]).chain(failure))
}

/// Returns the first half, followed by a character that is invalid anywhere in JSON.
fn garbled(bytes: &[u8]) -> Bytes {
    let mut garbled = bytes[..bytes.len() / 2].to_vec();
    garbled.extend(b"\x00<garbled>");
    garbled.into()
}

/// Replaces the first enum value. Returns whether there was one.
fn replace_enum_value(document: &Document, schema: &Value, value: &mut Value) -> bool {
    let schema = document.resolve(schema);
    if schema["enum"].is_array() && value.is_string() {
        *value = UNKNOWN.into();
        return true;
    }
    let alternatives = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    if alternatives.into_iter().any(|schema| replace_enum_value(document, schema, value)) {
        return true;
    }
    match value {
        Value::Object(fields) => fields.iter_mut().any(|(name, value)| {
            let property = schema["properties"].get(name).unwrap_or(&schema["additionalProperties"]);
            property.is_object() && replace_enum_value(document, property, value)
        }),
        Value::Array(items) => items.iter_mut().any(|item| replace_enum_value(document, &schema["items"], item)),
        _ => false,
    }
}

/// Removes the first of the most deeply nested fields that are not identifiers. Returns whether there was one.
fn remove_field(value: &mut Value) -> bool {
    let mut found = None;
    deepest_field(value, &mut Vec::new(), &mut found);
    let Some(path) = found else { return false };
    let Some((name, parents)) = path.split_last() else { return false };
    let parent = parents.iter().try_fold(value, |value, step| match value {
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        Value::Object(fields) => fields.get_mut(step),
        _ => None,
    });
    parent.and_then(Value::as_object_mut).and_then(|fields| fields.remove(name)).is_some()
}

fn deepest_field(value: &Value, path: &mut Vec<String>, found: &mut Option<Vec<String>>) {
    let children: Vec<(String, &Value, bool)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), value, !is_identifier(name))).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(position, item)| (position.to_string(), item, false)).collect()
        }
        _ => Vec::new(),
    };
    for (step, child, is_removable) in children {
        path.push(step);
        if is_removable && found.as_ref().is_none_or(|found| found.len() < path.len()) {
            *found = Some(path.clone());
        }
        deepest_field(child, path, found);
        path.pop();
    }
}

fn is_identifier(name: &str) -> bool {
    IDENTIFIERS.contains(&name) || name.ends_with("Id")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Document, UNKNOWN, garbled, remove_field, replace_enum_value};

    #[test]
    fn garbled_body_is_not_json() {
        for body in ["{}", "{\"a\": \"bcdefghij\"}", "[1,2]", "null", "\"text\"", ""] {
            assert!(serde_json::from_slice::<Value>(&garbled(body.as_bytes())).is_err(), "{body}");
        }
    }

    #[test]
    fn only_first_enum_value_is_replaced() {
        let status = json!({"Status": {"type": "string", "enum": ["ACTIVE"]}});
        let document = Document::new(json!({"components": {"schemas": status}}));
        let schema = json!({"properties": {
            "a": {"type": "string"},
            "rows": {"type": "array", "items": {"properties": {
                "status": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/Status"}]},
            }}},
        }});
        let mut value = json!({"a": "ACTIVE", "rows": [{"status": null}, {"status": "ACTIVE"}, {"status": "ACTIVE"}]});
        assert!(replace_enum_value(&document, &schema, &mut value));
        let rows = json!([{"status": null}, {"status": UNKNOWN}, {"status": "ACTIVE"}]);
        assert_eq!(value, json!({"a": "ACTIVE", "rows": rows}));
        assert!(!replace_enum_value(&document, &schema, &mut json!({"a": "ACTIVE", "rows": [{}]})));
    }

    #[test]
    fn deepest_non_identifier_field_is_removed() {
        for (before, after) in [
            (json!({"status": 200, "data": {"rows": [{"domainId": 1, "a": 1, "b": 2}]}}), Some("/data/rows/0/a")),
            (json!({"message": "done", "data": {"id": 1}}), Some("/data")),
            (json!({"id": 1}), None),
            (json!([]), None),
            (json!(null), None),
        ] {
            let mut value = before.clone();
            assert_eq!(remove_field(&mut value), after.is_some(), "{before}");
            assert_eq!(after.is_some_and(|path| before.pointer(path).is_some()), after.is_some());
            assert!(after.is_none_or(|path| value.pointer(path).is_none()), "{value}");
        }
    }
}
