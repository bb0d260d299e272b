//! Reading of JSON without a known structure: a value of an unexpected type is treated as empty.

use serde_json::Value;

/// Returns the entries of an object; none for any other value.
pub fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// Returns the elements of an array; none for any other value.
pub fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Returns the text of a string; an empty text for any other value.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
