//! Validation of request bodies against the document, before the handler is called.

use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use zapmail_openapi::document::{Document, Operation};
use zapmail_openapi::json_schema;

use crate::envelope::Refusal;
use crate::invalid_value::refusal;

/// Values that the handler validates, because the service refuses them differently: the operation, the path in the
/// body, and the value, if only one is meant. For an item of a list, the path is that of the list.
const VALIDATED_BY_HANDLER: [(&str, &str, Option<&str>); 4] = [
    // The role that cannot be assigned: 400 (workspaces.yaml).
    ("create_workspace_invitation", "/role", Some("OWNER")),
    ("update_workspace_member", "/role", Some("OWNER")),
    // An unknown event type: the message lists the known ones (webhooks.yaml).
    ("create_webhook_endpoint", "/enabled_events/", None),
    ("update_webhook_endpoint", "/enabled_events/", None),
];

/// The validation of an operation's request body.
#[derive(Debug)]
pub(crate) struct BodyCheck {
    operation: String,
    required: bool,
    schema: Value,
    /// Created for the first body, because most sandboxes receive requests for only a few operations.
    validator: OnceLock<Option<Validator>>,
}

impl BodyCheck {
    /// Reads the `requestBody` of an operation; `None` if it has none.
    pub(crate) fn read(document: &Document, operation: &Operation<'_>) -> Option<Self> {
        Some(Self {
            operation: operation.id.to_owned(),
            required: operation.body()?["required"] == true,
            schema: json_schema::standalone(document.value(), operation.body_schema()?),
            validator: OnceLock::new(),
        })
    }

    /// Returns the body as JSON, or a refusal that names the invalid part.
    pub(crate) fn check(&self, bytes: &[u8]) -> Result<Value, Refusal> {
        if bytes.is_empty() {
            return if self.required { Err(Refusal::invalid("a body is required")) } else { Ok(Value::Null) };
        }
        let body = serde_json::from_slice(bytes)
            .map_err(|error| Refusal::invalid(format!("the body is not JSON: {error}")))?;
        let validator = self.validator.get_or_init(|| jsonschema::draft4::new(&self.schema).ok());
        let error =
            validator.iter().flat_map(|validator| validator.iter_errors(&body)).find(|error| self.is_final(error));
        match error.map(|error| refusal("", &error)) {
            None => Ok(body),
            Some(refusal) => Err(refusal),
        }
    }

    /// Whether the error causes a refusal here. Otherwise, the handler decides.
    fn is_final(&self, error: &ValidationError<'_>) -> bool {
        let (path, text) = (error.instance_path(), error.instance().as_str());
        let path = path.as_str().trim_end_matches(|character: char| character.is_ascii_digit());
        let is_left_to_handler = |(operation, pointer, value): &(&str, &str, Option<&str>)| {
            self.operation == *operation
                && path == *pointer
                && text.is_some_and(|text| value.is_none_or(|value| text == value))
        };
        !(matches!(error.kind(), ValidationErrorKind::Enum { .. })
            && VALIDATED_BY_HANDLER.iter().any(is_left_to_handler))
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
    fn invalid_body_message_names_part_without_value() {
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
    fn value_that_handler_validates_passes_for_its_operations_only() {
        let (owner, event) = (
            r#"{"rows": [{"name": "a"}], "role": "OWNER"}"#,
            r#"{"rows": [{"name": "a"}], "enabled_events": ["OWNER"]}"#,
        );
        let (no_role, no_event) = ("role is not one of \"ADMIN\"", "enabled_events.0 is not one of \"export.failed\"");
        for (operation, for_owner, for_event) in [
            ("create_workspace_invitation", "", no_event),
            ("update_workspace_member", "", no_event),
            ("create_webhook_endpoint", no_role, ""),
            ("update_webhook_endpoint", no_role, ""),
            ("create_domain_tags", no_role, no_event),
        ] {
            let refusals = [owner, event].map(|body| refusal_of(operation, body));
            assert_eq!(refusals, [for_owner, for_event], "{operation}");
        }
    }
}
