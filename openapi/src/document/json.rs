//! Reading JSON of unknown shape: a value of another type counts as empty.

use serde_json::Value;

/// Returns the entries of an object, or none.
pub fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// Returns the elements of an array, or none.
pub fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Returns the text of a string, or empty text.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
