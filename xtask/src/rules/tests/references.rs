use serde_json::json;

use super::{each_is_found, operation, schema};
use crate::rules::references::broken;

#[test]
fn reference_to_a_missing_component_is_found() {
    let lost = || Some(json!({"$ref": "#/components/schemas/Lost"}));
    let parts = ["#/components/schemas/Lost", "does not exist", "correct the reference, or add the component"];
    each_is_found(
        broken,
        [
            (
                operation("get_user", "/responses/200/content/application~1json/schema"),
                lost(),
                "groups/users.yaml: get_user",
                &parts[..],
            ),
            (
                operation("get_user", "/parameters/0"),
                Some(json!({"$ref": "#/components/parameters/Lost"})),
                "groups/users.yaml: get_user",
                &["#/components/parameters/Lost", "does not exist"],
            ),
            (schema("Mailbox", "/properties/status"), lost(), "groups/mailbox.yaml: Mailbox", &parts),
        ],
    );
}

#[test]
fn unused_component_is_found() {
    let parts = ["no operation uses this component of schemas", "remove it, or refer to it"];
    each_is_found(
        broken,
        [
            (schema("Idle", ""), Some(json!({"type": "object"})), "api.yaml: Idle", &parts[..]),
            // The change removes the last reference to it.
            (
                schema("MailboxPage", "/properties/domains/items"),
                Some(json!({"type": "string"})),
                "groups/mailbox.yaml: MailboxDomain",
                &parts,
            ),
            (
                "/components/parameters/Idle".to_owned(),
                Some(json!({"name": "idle", "in": "query"})),
                "api.yaml: Idle",
                &["no operation uses this component of parameters"],
            ),
        ],
    );
}
