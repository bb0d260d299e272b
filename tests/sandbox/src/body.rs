//! The body of a request, checked against the document before a handler sees it.

use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use zapmail_openapi::json_schema;

use crate::envelope::Refusal;
use crate::parameters::is_paging;

/// What the body of an operation has to be.
#[derive(Debug)]
pub(crate) struct BodyCheck {
    required: bool,
    schema: Value,
    /// Made when the first body comes: most sandboxes see few of the operations.
    validator: OnceLock<Option<Validator>>,
}

impl BodyCheck {
    /// The check of an operation's `requestBody`, if it has one.
    pub(crate) fn read(document: &Value, body: &Value) -> Option<Self> {
        let schema = body["content"]["application/json"].get("schema")?;
        Some(Self {
            required: body["required"] == true,
            schema: json_schema::standalone(document, schema),
            validator: OnceLock::new(),
        })
    }

    /// The body, or a refusal that names the part at fault.
    pub(crate) fn check(&self, bytes: &[u8]) -> Result<Value, Refusal> {
        if bytes.is_empty() {
            return if self.required { Err(Refusal::invalid("a body is required")) } else { Ok(Value::Null) };
        }
        let body = serde_json::from_slice(bytes)
            .map_err(|error| Refusal::invalid(format!("the body is not JSON: {error}")))?;
        let validator = self.validator.get_or_init(|| jsonschema::draft4::new(&self.schema).ok());
        let fault = validator.iter().flat_map(|validator| validator.iter_errors(&body)).find(is_fault);
        match &fault {
            None => Ok(body),
            Some(fault) if is_paging(fault.instance_path().as_str().trim_start_matches('/')) => Err(Refusal::paging()),
            Some(fault) => Err(Refusal::invalid(describe("", fault))),
        }
    }
}

/// The role OWNER, which cannot be given, is the handler's to refuse: the service does so with a status of its own. So is
/// an event of a webhook, which the service refuses with the names of those that it knows.
fn is_fault(error: &ValidationError<'_>) -> bool {
    let left_to_the_handler = error.instance().as_str() == Some("OWNER")
        || error.instance_path().as_str().starts_with("/enabled_events/") && error.instance().is_string();
    !(matches!(error.kind(), ValidationErrorKind::Enum { .. }) && left_to_the_handler)
}

/// The part at fault and what is wrong with it, without its value: that may be a credential. The part is inside of
/// another one, if that has a name.
pub(crate) fn describe(whole: &str, error: &ValidationError<'_>) -> String {
    let part = format!("{whole}{}", error.instance_path().as_str()).trim_start_matches('/').replace('/', ".");
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let parent = if part.is_empty() { part } else { format!("{part}.") };
            format!("{parent}{} is required", property.as_str().unwrap_or_default())
        }
        _ => error.masked_with(if part.is_empty() { "the body" } else { &part }).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::BodyCheck;

    fn refusal(body: &str) -> String {
        let document = json!({});
        let check = BodyCheck::read(
            &document,
            &json!({"required": true, "content": {"application/json": {"schema": {
                "type": "object",
                "required": ["rows"],
                "properties": {
                    "page": {"type": "integer", "minimum": 1},
                    "role": {"type": "string", "enum": ["ADMIN"]},
                    "rows": {"type": "array", "minItems": 1, "items": {
                        "type": "object", "required": ["name"], "properties": {"password": {"type": "string"}},
                    }},
                },
            }}}}),
        );
        let message = check.unwrap().check(body.as_bytes()).err().map(|refusal| refusal.message().to_owned());
        message.unwrap_or_default()
    }

    #[test]
    fn the_part_at_fault_is_named_and_its_value_is_not() {
        for (body, message) in [
            ("", "a body is required"),
            ("[]", "the body is not of type \"object\""),
            ("{}", "rows is required"),
            (r#"{"rows": null}"#, "rows is not of type \"array\""),
            (r#"{"rows": []}"#, "rows has less than 1 item"),
            (r#"{"rows": [{"name": "a"}, {}]}"#, "rows.1.name is required"),
            (r#"{"rows": [{"name": "a", "password": 246043}]}"#, "rows.0.password is not of type \"string\""),
            (r#"{"rows": [{"name": "a"}], "role": "OWNER"}"#, ""),
            (r#"{"rows": [{"name": "a"}], "role": "246043"}"#, "role is not one of \"ADMIN\""),
            (r#"{"rows": [{"name": "a"}], "page": 0}"#, "Invalid pagination parameters"),
        ] {
            assert_eq!(refusal(body), message, "{body}");
        }
        assert!(refusal("{\"rows\"").starts_with("the body is not JSON"));
    }
}
