//! Proof of purchase: checks that the response to a purchase shows what was bought.
//!
//! A 200 status is not sufficient: if the service refused a purchase in a format that has not been observed yet, the
//! purchase would be considered successful.

use serde_json::Value;

use super::REPORT_KEYS;
use crate::decode::{self, Fault};

/// Checks that at least one of the pointers leads to a value with content.
pub(super) fn check(body: &[u8], proof: &[&str]) -> Result<(), Fault> {
    if proof.is_empty() {
        return Ok(());
    }
    let body: Value = decode::strict(body)?;
    let shown = |pointer: &&str| body.pointer(pointer).is_some_and(has_content);
    if proof.iter().any(shown) { Ok(()) } else { Err(Fault::of_body("does not show what was bought")) }
}

/// Whether a value has content: it is not null, false, zero, blank or empty, and does not consist only of the keys that
/// report the outcome of the request.
fn has_content(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(elements) => elements.iter().any(has_content),
        Value::Object(properties) => {
            properties.iter().any(|(key, value)| !REPORT_KEYS.contains(&key.as_str()) && has_content(value))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{check, has_content};

    #[test]
    fn report_keys_and_empty_values_are_not_content() {
        for empty in [json!(null), json!(""), json!(" "), json!([]), json!([null, {}]), json!({"message": "no"})] {
            assert!(!has_content(&empty), "{empty}");
            assert!(!has_content(&json!({"status": 200, "data": empty})));
        }
        for content in [json!("sub_1"), json!(["acme.com"]), json!({"subscription": {"id": "sub_1"}}), json!(7)] {
            assert!(has_content(&content), "{content}");
            assert!(has_content(&json!({"status": 200, "data": content})));
        }
    }

    #[test]
    fn one_pointer_to_content_is_sufficient() {
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
