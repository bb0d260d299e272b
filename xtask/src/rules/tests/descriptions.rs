use serde_json::json;

use super::{each_is_found, none_is_found, operation, schema};
use crate::rules::descriptions::broken;

const USERS: &str = "groups/users.yaml: get_user";
const WALLET: &str = "groups/wallet.yaml: add_wallet_balance";

/// The remedy of a description.
const SENTENCE: &str = "say in a sentence what a user has to know";

#[test]
fn operations_and_their_parts_are_described() {
    let member = |below: &str| operation("update_workspace_member", below);
    let place = "groups/workspaces.yaml: update_workspace_member";
    each_is_found(
        broken,
        [
            (operation("get_user", "/summary"), None, USERS, &["summary", "short phrase without a full stop"][..]),
            (operation("get_user", "/summary"), Some(json!("A user.")), USERS, &["summary", "without a full stop"]),
            (operation("get_user", "/description"), None, USERS, &["description is missing", SENTENCE]),
            (operation("get_user", "/description"), Some(json!("A user")), USERS, &["full stop", SENTENCE]),
            (operation("get_user", "/responses/200/description"), None, USERS, &["answer 200", SENTENCE]),
            (operation("add_wallet_balance", "/requestBody/description"), None, WALLET, &["the body", SENTENCE]),
            (member("/parameters/1/description"), None, place, &["parameter memberId", SENTENCE]),
        ],
    );
}

#[test]
fn a_deprecated_operation_names_what_to_use() {
    let deprecated = || operation("get_user", "/deprecated");
    each_is_found(broken, [(deprecated(), Some(json!(true)), USERS, &["what to use instead", "deprecated"][..])]);
    none_is_found(broken, [(deprecated(), Some(json!(false)))]);

    // The word alone is no help, and neither is the operation itself.
    let old = || operation("schedule_mailbox_creation", "/description");
    let place = "groups/mailbox.yaml: schedule_mailbox_creation";
    let parts = &["what to use instead", "operationId", "names no replacement"][..];
    each_is_found(
        broken,
        [
            (old(), Some(json!("Deprecated.")), place, parts),
            (old(), Some(json!("Deprecated; do not use schedule_mailbox_creation.")), place, parts),
            (old(), Some(json!("Deprecated; use the other assign_mailbox operations.")), place, parts),
        ],
    );
    none_is_found(
        broken,
        ["Deprecated; use assign_mailboxes.", "Deprecated by the service, which names no replacement."]
            .map(|description| (old(), Some(json!(description)))),
    );
}

#[test]
fn components_and_their_properties_are_described() {
    each_is_found(
        broken,
        [
            (schema("Mailbox", "/description"), None, "groups/mailbox.yaml: Mailbox", &["description", SENTENCE][..]),
            (
                schema("Mailbox", "/properties/username/description"),
                Some(json!("")),
                "groups/mailbox.yaml: Mailbox.username",
                &["description", SENTENCE],
            ),
            ("/components/parameters/Page/description".to_owned(), None, "api.yaml: Page", &["description", SENTENCE]),
            ("/components/responses/Error/description".to_owned(), None, "api.yaml: Error", &["description", SENTENCE]),
        ],
    );
}
