use serde_json::json;

use super::{each_is_found, none_is_found, operation};
use crate::rules::operations::broken;

const USERS: &str = "groups/users.yaml: get_user";
const WALLET: &str = "groups/wallet.yaml: add_wallet_balance";

#[test]
fn extensions_have_valid_values() {
    let set = |below: &str, value| (operation("get_user", below), Some(value));
    let removed = |below: &str| (operation("get_user", below), None);
    let rows = [
        (set("/x-zapmail-efect", json!("read")), &["`x-zapmail-efect` is not a key", "openapi/README.md"][..]),
        (set("/x-zapmail-effect", json!("buy")), &["x-zapmail-effect must be one of read, write, authorize, spend"]),
        (set("/x-zapmail-bucket", json!("mine")), &["x-zapmail-bucket must be one of general, domain-availability"]),
        (set("/x-zapmail-note", json!("soon")), &["x-zapmail-note must be one of body-on-get"]),
        (set("/x-zapmail-idempotent", json!("yes")), &["x-zapmail-idempotent must be true or false"]),
        (set("/x-zapmail-evidence/request", json!("guessed")), &["request must be one of documented, observed"]),
        (set("/x-zapmail-evidence/response", json!("guessed")), &["response must be one of documented, observed"]),
        (set("/x-zapmail-evidence/observed", json!("2026-13-01")), &["observed is \"2026-13-01\", which is not a day"]),
        (set("/x-zapmail-evidence/observed", json!(20261130)), &["observed is 20261130, which is not a day"]),
        (
            set("/x-zapmail-evidence/seen", json!("x")),
            &["`seen` is not a valid key; the keys are request, response, observed"],
        ),
        (set("/x-zapmail-sources", json!(["https://example.com/"])), &["pages of the official documentation"]),
        (set("/x-zapmail-sources", json!(null)), &["an empty list if none is known"]),
        (set("/tags", json!([])), &["tags must contain exactly one group"]),
        (set("/tags", json!(["users", "wallet"])), &["tags must contain exactly one group"]),
        (removed("/x-zapmail-effect"), &["x-zapmail-effect must be"]),
        (removed("/x-zapmail-bucket"), &["x-zapmail-bucket must be"]),
        (removed("/x-zapmail-idempotent"), &["x-zapmail-idempotent must be"]),
        (removed("/x-zapmail-evidence"), &["x-zapmail-evidence: request must be"]),
        (removed("/x-zapmail-sources"), &["x-zapmail-sources must list"]),
        (removed("/tags"), &["tags must contain"]),
    ];
    each_is_found(broken, rows.into_iter().map(|((pointer, value), parts)| (pointer, value, USERS, parts)));
}

#[test]
fn only_an_observed_response_has_a_day() {
    let day = |id: &str| (operation(id, "/x-zapmail-evidence/observed"), Some(json!("2026-11-30")));
    let (pointer, value) = day("add_wallet_balance");
    each_is_found(broken, [(pointer, value, WALLET, &["only an observed response has the day observed"][..])]);
    none_is_found(broken, [day("get_user")]);
}

#[test]
fn ids_are_unique_and_in_snake_case() {
    let id = || operation("get_user", "/operationId");
    each_is_found(
        broken,
        [
            (id(), Some(json!("GetUser")), "groups/users.yaml: GetUser", &["not in snake_case"][..]),
            (id(), Some(json!("")), "groups/users.yaml: ", &["operationId is missing"]),
            (id(), None, "groups/users.yaml: (no operationId)", &["operationId is missing"]),
            (
                operation("list_workspaces", "/operationId"),
                Some(json!("get_user")),
                "groups/workspaces.yaml: get_user",
                &["used twice", "every operation needs its own"],
            ),
        ],
    );
}

#[test]
fn write_without_verification_is_found() {
    let hint = || operation("add_wallet_balance", "/x-zapmail-verify-with");
    each_is_found(
        broken,
        [
            (hint(), None, WALLET, &["name the operation", "x-zapmail-verify-with"][..]),
            (hint(), Some(json!("create_workspace")), WALLET, &["`create_workspace` is not a reading operation"]),
            (hint(), Some(json!("get_purse")), WALLET, &["`get_purse` is not a reading operation"]),
            (
                operation("add_wallet_balance", "/x-zapmail-verify-note"),
                Some(json!("Nothing shows it.")),
                WALLET,
                &["both x-zapmail-verify-with and x-zapmail-verify-note"],
            ),
            (
                operation("get_user", "/x-zapmail-verify-with"),
                Some(json!("get_user")),
                "groups/users.yaml: get_user",
                &["there is no outcome to verify"],
            ),
        ],
    );
    none_is_found(broken, [(hint(), Some(json!("get_user")))]);
}

#[test]
fn pointers_lead_into_the_response() {
    let list = |below: &str| operation("list_mailboxes", below);
    let location = "groups/mailbox.yaml: list_mailboxes";
    each_is_found(
        broken,
        [
            (
                list("/x-zapmail-data"),
                Some(json!("/result")),
                location,
                &["x-zapmail-data", "`/result`", "success schema"][..],
            ),
            (list("/x-zapmail-page/rows"), Some(json!("/data/rows")), location, &["rows", "`/data/rows`"]),
            (list("/x-zapmail-page/current"), Some(json!("/data/page")), location, &["current", "`/data/page`"]),
            (list("/x-zapmail-page/total"), Some(json!("/totalPages")), location, &["total", "`/totalPages`"]),
            // Without the leading slash, it would be the whole response.
            (list("/x-zapmail-data"), Some(json!("data")), location, &["x-zapmail-data", "`data`", "write `/data`"]),
            (list("/x-zapmail-data"), Some(json!("")), location, &["x-zapmail-data", "not in the success schema"]),
            (list("/x-zapmail-data"), Some(json!(7)), location, &["x-zapmail-data", "`7`"]),
        ],
    );
}

#[test]
fn misspelled_paging_is_found() {
    let list = |below: &str| operation("list_mailboxes", &format!("/x-zapmail-page{below}"));
    let location = "groups/mailbox.yaml: list_mailboxes";
    let emails = || operation("list_emails", "/x-zapmail-page/cursor");
    let cursor = &["cursor is", "not the name of a parameter"][..];
    each_is_found(
        broken,
        [
            (
                list("/totl"),
                Some(json!("/data")),
                location,
                &["`totl` is not a valid key", "rows, items, id, apart, current, total, count, more, cursor, next"][..],
            ),
            (list("/rows"), None, location, &["rows is missing", "add the pointer"]),
            (list("/items"), Some(json!("mailbxes")), location, &["items is `mailbxes`", "not a property of the rows"]),
            (list("/id"), Some(json!("nickname")), location, &["id is `nickname`", "not a property of the rows"]),
            (list(""), Some(json!("/data/domains")), location, &["rows is missing"]),
            (emails(), Some(json!("cursr")), "groups/zapbox.yaml: list_emails", cursor),
            (emails(), Some(json!(7)), "groups/zapbox.yaml: list_emails", cursor),
        ],
    );
    none_is_found(broken, [(emails(), Some(json!("limit")))]);
}
