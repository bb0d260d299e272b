//! Comparison of JSON before and after a round trip.

use chrono::DateTime;
use serde_json::Value;

/// Checks that two values are equal. These differences are ignored: a missing part that is null, an empty list or an
/// empty object, a different notation of an instant (`.000Z`, `Z`), and an integer with a fraction of zero.
///
/// # Errors
///
/// The path of the difference.
pub fn same(expected: &Value, actual: &Value) -> Result<(), String> {
    compare("", expected, actual)
}

fn compare(path: &str, expected: &Value, actual: &Value) -> Result<(), String> {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (key, value) in expected {
                match actual.get(key) {
                    Some(other) => compare(&format!("{path}/{key}"), value, other)?,
                    None if is_nothing(value) => {}
                    None => return Err(format!("{path}/{key} is missing")),
                }
            }
            match actual.iter().find(|(key, value)| !expected.contains_key(*key) && !is_nothing(value)) {
                Some((key, _)) => Err(format!("{path}/{key} is unexpected")),
                None => Ok(()),
            }
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            let mut elements = expected.iter().zip(actual).enumerate();
            elements.try_for_each(|(index, (expected, actual))| compare(&format!("{path}/{index}"), expected, actual))
        }
        (Value::Number(expected), Value::Number(actual)) if expected.as_f64() == actual.as_f64() => Ok(()),
        (Value::String(expected), Value::String(actual)) if same_instant(expected, actual) => Ok(()),
        _ if expected == actual => Ok(()),
        _ if is_nothing(expected) && is_nothing(actual) => Ok(()),
        _ => Err(format!("{path} is {actual} instead of {expected}")),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(array) => array.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

fn same_instant(one: &str, other: &str) -> bool {
    match (DateTime::parse_from_rfc3339(one), DateTime::parse_from_rfc3339(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::same;

    #[test]
    fn same_accepts_notations_and_rejects_loss() {
        let rows = [
            (json!({"a": null, "b": [], "c": 1}), json!({"c": 1.0}), true),
            (json!({"at": "2026-05-02T09:00:00.000Z"}), json!({"at": "2026-05-02T09:00:00Z"}), true),
            (json!({"at": "2026-05-02T09:00:00.000Z"}), json!({"at": "2026-05-02T09:00:01Z"}), false),
            (json!({"a": 1}), json!({}), false),
            (json!({}), json!({"a": 1}), false),
            (json!([1, 2]), json!([1]), false),
            (json!("1"), json!(1), false),
        ];
        for (expected, actual, is_same) in rows {
            assert_eq!(same(&expected, &actual).is_ok(), is_same, "{expected} {actual}");
        }
    }
}
