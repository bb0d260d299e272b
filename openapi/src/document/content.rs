//! Content: the media types, schemas and examples of bodies and responses.

use serde_json::Value;

use super::json::entries;

/// The media type of JSON.
pub const JSON: &str = "application/json";

/// The media type of a file, which is not decoded.
pub const BYTES: &str = "application/octet-stream";

/// Returns the success responses of an operation, by status.
pub fn successes(operation: &Value) -> impl Iterator<Item = (&str, &Value)> {
    entries(&operation["responses"]).filter(|(status, _)| status.starts_with('2'))
}

/// Returns the schema of a body or a response that has exactly one media type, if that is one of `media_types`.
pub fn only_schema<'a>(holder: &'a Value, media_types: &[&str]) -> Option<&'a Value> {
    let mut contents = entries(&holder["content"]);
    let (media_type, content) = contents.next()?;
    (media_types.contains(&media_type) && contents.next().is_none()).then(|| content.get("schema"))?
}

/// Returns whether a response is a file instead of JSON.
pub fn is_file(response: &Value) -> bool {
    only_schema(response, &[BYTES]).is_some()
}

/// Returns the `example` of a media type, or all of its `examples`.
pub fn examples(content: &Value) -> impl Iterator<Item = &Value> {
    let many = entries(&content["examples"]).filter_map(|(_, example)| example.get("value"));
    content.get("example").into_iter().chain(many)
}
