//! Whether the response to a purchase shows what was bought.
//!
//! A status of 200 is not enough: a purchase that was refused in a form that nobody has seen yet would count as made.

use serde_json::Value;

use crate::decode::{self, Fault};
use crate::report::REPORT_KEYS;

/// Checks that one of the pointers leads to something.
pub(crate) fn check(body: &[u8], proof: &[&str]) -> Result<(), Fault> {
    if proof.is_empty() {
        return Ok(());
    }
    let body: Value = decode::strict(body)?;
    let shown = |pointer: &&str| body.pointer(pointer).is_some_and(is_something);
    if proof.iter().any(shown) { Ok(()) } else { Err(Fault::of_body("does not show what was bought")) }
}

/// Whether a value holds anything: not null, false, zero, or blank, and neither empty nor a mere report of how the
/// request went.
pub(crate) fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(elements) => elements.iter().any(is_something),
        Value::Object(properties) => {
            properties.iter().any(|(key, value)| !REPORT_KEYS.contains(&key.as_str()) && is_something(value))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{check, is_something};

    #[test]
    fn report_and_empty_values_are_nothing() {
        for nothing in [json!(null), json!(""), json!(" "), json!([]), json!([null, {}]), json!({"message": "no"})] {
            assert!(!is_something(&nothing), "{nothing}");
            assert!(!is_something(&json!({"status": 200, "data": nothing})));
        }
        for something in [json!("sub_1"), json!(["acme.com"]), json!({"subscription": {"id": "sub_1"}}), json!(7)] {
            assert!(is_something(&something), "{something}");
            assert!(is_something(&json!({"status": 200, "data": something})));
        }
    }

    #[test]
    fn one_pointer_to_something_is_enough() {
        let proof = &["/paymentLink", "/data/domains"];
        let rows = [
            (json!({"paymentLink": "https://example.com"}), true),
            (json!({"paymentLink": null, "data": {"domains": ["acme.com"]}}), true),
            (json!({"paymentLink": "", "data": {"domains": []}, "total": 3}), false),
            (json!(["https://example.com"]), false),
        ];
        for (body, is_shown) in rows {
            assert_eq!(check(body.to_string().as_bytes(), proof).is_ok(), is_shown, "{body}");
        }
        assert!(check(b"{", proof).is_err());
        assert!(check(b"{", &[]).is_ok());
    }
}
