//! A YAML writer in the style of the group files: flow style for small maps, block style for larger ones.

use serde_json::Value;

use crate::document::entries;

/// The maximum length of a line in flow style, in characters.
const WIDTH: usize = 110;

/// Keys in the order of the group files; other keys follow, sorted by name.
#[rustfmt::skip]
const ORDER: [&str; 27] = [
    "operationId", "tags", "name", "in", "summary", "deprecated", "type", "format", "nullable", "description",
    "x-zapmail-effect", "x-zapmail-idempotent", "x-zapmail-bucket", "x-zapmail-data", "x-zapmail-sources",
    "x-zapmail-evidence", "required", "parameters", "requestBody", "responses", "content", "schema",
    "properties", "items", "enum", "additionalProperties", "example",
];

/// The lines of an entry.
pub fn entry(key: &str, value: &Value) -> Vec<String> {
    let key = scalar(&Value::from(key));
    let line = format!("{key}: {}", flow(value));
    if is_flat(key.as_str(), value) && line.chars().count() <= WIDTH {
        return vec![line];
    }
    let mut lines = vec![format!("{key}:")];
    lines.extend(block(value).into_iter().map(|line| format!("  {line}")));
    lines
}

/// The lines of a list item.
pub fn item(value: &Value) -> Vec<String> {
    let lines = if is_filled(value) { block(value) } else { vec![flow(value)] };
    let first = |number| if number == 0 { "- " } else { "  " };
    lines.into_iter().enumerate().map(|(number, line)| format!("{}{line}", first(number))).collect()
}

fn block(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) if !object.is_empty() => {
            ordered(value).into_iter().flat_map(|(key, value)| entry(key, value)).collect()
        }
        Value::Array(array) if !array.is_empty() => array.iter().flat_map(item).collect(),
        other => vec![flow(other)],
    }
}

/// Whether a value can be written on the line of its key.
fn is_flat(key: &str, value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            object.is_empty()
                || !matches!(key, "properties" | "responses" | "content" | "schemas" | "requestBody")
                    && (key == "example" || object.values().all(|value| !is_filled(value)))
                    && !object.contains_key("properties")
        }
        Value::Array(array) => key == "example" || array.iter().all(|value| !is_filled(value)),
        _ => true,
    }
}

fn is_filled(value: &Value) -> bool {
    value.as_object().is_some_and(|object| !object.is_empty())
        || value.as_array().is_some_and(|array| !array.is_empty())
}

/// A value in flow style.
pub fn flow(value: &Value) -> String {
    match value {
        Value::Object(_) => {
            let parts = ordered(value).into_iter();
            let parts: Vec<_> = parts.map(|(key, value)| format!("{}: {}", scalar(&key.into()), flow(value))).collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Array(array) => format!("[{}]", array.iter().map(flow).collect::<Vec<_>>().join(", ")),
        other => scalar(other),
    }
}

/// A scalar; text is quoted only if it would be ambiguous without quotes.
fn scalar(value: &Value) -> String {
    let Some(text) = value.as_str() else { return value.to_string() };
    if text.chars().any(char::is_control) {
        return value.to_string();
    }
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || "_-./@{}$ ".contains(letter);
    let is_plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || "/$".contains(letter))
        && text.chars().all(is_word)
        && !text.contains(['{', '}']) | text.starts_with('/')
        && !text.ends_with(' ')
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    if is_plain || is_address(text) || matches!(text, "4XX" | "5XX") {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

fn is_address(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    text.strip_prefix("https://").is_some_and(|rest| rest.chars().all(is_part))
}

fn ordered(value: &Value) -> Vec<(&str, &Value)> {
    let mut parts: Vec<_> = entries(value).collect();
    parts.sort_by_key(|(key, _)| ORDER.iter().position(|known| known == key).unwrap_or(ORDER.len()));
    parts
}

/// The lines of an entry in block style, even if it would fit on one line.
pub fn block_entry(key: &str, value: &Value) -> Vec<String> {
    let mut lines = vec![format!("{}:", scalar(&Value::from(key)))];
    lines.extend(block(value).into_iter().map(|line| format!("  {line}")));
    lines
}
