//! The body of a request, checked against the document before a handler sees it.

use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use zapmail_openapi::document::{Document, Operation};
use zapmail_openapi::json_schema;

use crate::envelope::Refusal;
use crate::parameters::is_paging;

/// What the service refuses in its own way, by operation, place in the body, and value if it is a certain one: the handler
/// does so. Of an item of a list, the place is the list's.
const LEFT_TO_THE_HANDLER: [(&str, &str, Option<&str>); 4] = [
    // The role that cannot be given: 400 (workspaces.yaml).
    ("create_workspace_invitation", "/role", Some("OWNER")),
    ("update_workspace_member", "/role", Some("OWNER")),
    // An unknown event, with the names of those that are known (webhooks.yaml).
    ("create_webhook_endpoint", "/enabled_events/", None),
    ("update_webhook_endpoint", "/enabled_events/", None),
];

/// What the body of an operation has to be.
#[derive(Debug)]
pub(crate) struct BodyCheck {
    operation: String,
    required: bool,
    schema: Value,
    /// Made when the first body comes: most sandboxes see few of the operations.
    validator: OnceLock<Option<Validator>>,
}

impl BodyCheck {
    /// The check of an operation's `requestBody`, if it has one.
    pub(crate) fn read(document: &Document, operation: &Operation<'_>) -> Option<Self> {
        Some(Self {
            operation: operation.id.to_owned(),
            required: operation.body()?["required"] == true,
            schema: json_schema::standalone(document.value(), operation.body_schema()?),
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
        let fault =
            validator.iter().flat_map(|validator| validator.iter_errors(&body)).find(|error| self.is_fault(error));
        match &fault {
            None => Ok(body),
            Some(fault) if is_paging(fault.instance_path().as_str().trim_start_matches('/')) => Err(Refusal::paging()),
            Some(fault) => Err(Refusal::invalid(describe("", fault))),
        }
    }

    /// Whether the document's word is the last, or the handler is to have it.
    fn is_fault(&self, error: &ValidationError<'_>) -> bool {
        let (place, text) = (error.instance_path(), error.instance().as_str());
        let place = place.as_str().trim_end_matches(|character: char| character.is_ascii_digit());
        let left = |(operation, left, value): &(&str, &str, Option<&str>)| {
            self.operation == *operation
                && place == *left
                && text.is_some_and(|text| value.is_none_or(|value| text == value))
        };
        !(matches!(error.kind(), ValidationErrorKind::Enum { .. }) && LEFT_TO_THE_HANDLER.iter().any(left))
    }
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

    use super::{BodyCheck, Document, Operation};

    fn refusal(body: &str) -> String {
        refusal_of("create_workspace_invitation", body)
    }

    fn refusal_of(id: &str, body: &str) -> String {
        let value = json!({"requestBody": {"required": true, "content": {"application/json": {"schema": {
            "type": "object",
            "required": ["rows"],
            "properties": {
                "page": {"type": "integer", "minimum": 1},
                "role": {"type": "string", "enum": ["ADMIN"]},
                "enabled_events": {"type": "array", "items": {"type": "string", "enum": ["export.failed"]}},
                "rows": {"type": "array", "minItems": 1, "items": {
                    "type": "object", "required": ["name"], "properties": {"password": {"type": "string"}},
                }},
            },
        }}}}});
        let operation = Operation { id, method: "post", path: "", value: &value };
        let check = BodyCheck::read(&Document::new(json!({})), &operation);
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

    #[test]
    fn a_value_is_left_to_the_handler_of_the_operation_that_refuses_it() {
        let (owner, event) = (
            r#"{"rows": [{"name": "a"}], "role": "OWNER"}"#,
            r#"{"rows": [{"name": "a"}], "enabled_events": ["OWNER"]}"#,
        );
        let (no_role, no_event) = ("role is not one of \"ADMIN\"", "enabled_events.0 is not one of \"export.failed\"");
        for (operation, of_owner, of_event) in [
            ("create_workspace_invitation", "", no_event),
            ("update_workspace_member", "", no_event),
            ("create_webhook_endpoint", no_role, ""),
            ("update_webhook_endpoint", no_role, ""),
            ("create_domain_tags", no_role, no_event),
        ] {
            let refusals = [owner, event].map(|body| refusal_of(operation, body));
            assert_eq!(refusals, [of_owner, of_event], "{operation}");
        }
    }
}
