use serde_json::json;

use super::{each_is_found, none_is_found, operation, schema};
use crate::rules::descriptions::broken;

const USERS: &str = "groups/users.yaml: get_user";
const WALLET: &str = "groups/wallet.yaml: add_wallet_balance";

/// The remedy for a missing description.
const SENTENCE: &str = "describe in a sentence what users need to know";

#[test]
fn operations_and_their_parts_are_described() {
    let member = |below: &str| operation("update_workspace_member", below);
    let location = "groups/workspaces.yaml: update_workspace_member";
    each_is_found(
        broken,
        [
            (operation("get_user", "/summary"), None, USERS, &["summary", "short phrase without a period"][..]),
            (operation("get_user", "/summary"), Some(json!("A user.")), USERS, &["summary", "without a period"]),
            (operation("get_user", "/description"), None, USERS, &["description is missing", SENTENCE]),
            (operation("get_user", "/description"), Some(json!("A user")), USERS, &["period", SENTENCE]),
            (operation("get_user", "/responses/200/description"), None, USERS, &["response 200", SENTENCE]),
            (operation("add_wallet_balance", "/requestBody/description"), None, WALLET, &["the body", SENTENCE]),
            (member("/parameters/1/description"), None, location, &["parameter memberId", SENTENCE]),
        ],
    );
}

#[test]
fn groups_are_described() {
    let tag = "/tags/12/description".to_owned();
    let expected = ["the group has no description", "api.yaml"];
    each_is_found(broken, [(tag, None, USERS, &expected[..])]);
}

#[test]
fn deprecated_operation_names_its_replacement() {
    let deprecated = || operation("get_user", "/deprecated");
    each_is_found(broken, [(deprecated(), Some(json!(true)), USERS, &["what to use instead", "deprecated"][..])]);
    none_is_found(broken, [(deprecated(), Some(json!(false)))]);

    // The word "Deprecated" is not enough, and neither is the operation's own name.
    let old = || operation("schedule_mailbox_creation", "/description");
    let location = "groups/mailbox.yaml: schedule_mailbox_creation";
    let parts = &["what to use instead", "operationId", "names no replacement"][..];
    each_is_found(
        broken,
        [
            (old(), Some(json!("Deprecated.")), location, parts),
            (old(), Some(json!("Deprecated; do not use schedule_mailbox_creation.")), location, parts),
            (old(), Some(json!("Deprecated; use the other assign_mailbox operations.")), location, parts),
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
