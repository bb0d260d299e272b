use serde_json::json;

use super::{each_is_found, none_is_found, operation, schema};
use crate::rules::schemas::broken;

const MAILBOX: &str = "groups/mailbox.yaml: Mailbox";

#[test]
fn objects_and_enums_have_a_name() {
    let property = || schema("Mailbox", "/properties/username");
    let username = "groups/mailbox.yaml: Mailbox.username";
    let list = json!({"type": "array", "items": {"type": "object"}});
    each_is_found(
        broken,
        [
            (property(), Some(json!({"type": "object"})), username, &["inline object", "component with a name"][..]),
            (property(), Some(json!({"properties": {}})), username, &["inline object"]),
            (property(), Some(json!({"type": "string", "enum": ["a"]})), username, &["inline enum", "component"]),
            (property(), Some(list), "groups/mailbox.yaml: Mailbox.username.items", &["inline object"]),
            (
                schema("Mailbox", "/additionalProperties"),
                Some(json!({"type": "object"})),
                "groups/mailbox.yaml: Mailbox.additionalProperties",
                &["inline object"],
            ),
            (
                operation("get_authenticator_code", "/parameters/0"),
                Some(json!({"name": "form", "in": "query", "schema": {"type": "string", "enum": ["a"]}})),
                "groups/mailbox.yaml: get_authenticator_code",
                &["parameter \"form\"", "inline enum or object", "make it a component"],
            ),
        ],
    );
}

#[test]
fn null_means_something() {
    let property = || schema("Mailbox", "/properties/username");
    let provider = || schema("ServiceProvider", "/enum");
    each_is_found(
        broken,
        [
            (
                property(),
                Some(json!({"nullable": true})),
                "groups/mailbox.yaml: Mailbox.username",
                &["`nullable` without `type`", "add the type"][..],
            ),
            (provider(), Some(json!(["GOOGLE"])), "api.yaml: ServiceProvider", &["has to list null"]),
        ],
    );
}

#[test]
fn answers_are_tolerant() {
    each_is_found(
        broken,
        [
            (
                schema("Mailbox", "/additionalProperties"),
                Some(json!(false)),
                MAILBOX,
                &["`additionalProperties: false`", "take it out"][..],
            ),
            (
                schema("Mailbox", "/required"),
                Some(json!(["id", "username"])),
                MAILBOX,
                &["`username` is required", "only identifiers are"],
            ),
        ],
    );
    // What only requests are made of may be strict.
    none_is_found(broken, [(schema("WalletTopUp", "/additionalProperties"), Some(json!(false)))]);
}

#[test]
fn what_gives_no_good_type() {
    let reference = json!({"$ref": "#/components/schemas/MailboxStatus", "description": "Lost."});
    each_is_found(
        broken,
        [
            (
                schema("Mailbox", "/properties/username"),
                Some(json!({"anyOf": [{"type": "string"}, {"type": "integer"}]})),
                "groups/mailbox.yaml: Mailbox.username",
                &["`anyOf`", "use oneOf with named components"][..],
            ),
            (
                schema("Mailbox", "/properties/username"),
                Some(json!({"type": "string", "format": "numeric"})),
                "groups/mailbox.yaml: Mailbox.username",
                &["`format: numeric` belongs to the component Numeric", "refer to it"],
            ),
            (
                schema("Mailbox", "/properties/status"),
                Some(reference),
                "groups/mailbox.yaml: Mailbox.status",
                &["`$ref` with siblings", "move them into the component"],
            ),
            (
                schema("Mailbox", "/required"),
                Some(json!(["id", "mailboxId"])),
                MAILBOX,
                &["`mailboxId` is required and no property", "correct the name"],
            ),
        ],
    );
}
