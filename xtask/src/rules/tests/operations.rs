use serde_json::json;

use super::{each_is_found, none_is_found, operation};
use crate::rules::operations::broken;

const USERS: &str = "groups/users.yaml: get_user";
const WALLET: &str = "groups/wallet.yaml: add_wallet_balance";

#[test]
fn extensions_have_values_that_exist() {
    let set = |below: &str, value| (operation("get_user", below), Some(value));
    let rows = [
        (set("/x-zapmail-efect", json!("read")), &["`x-zapmail-efect` is no key", "openapi/README.md"][..]),
        (set("/x-zapmail-effect", json!("buy")), &["x-zapmail-effect has to be one of read, write, authorize, spend"]),
        (set("/x-zapmail-bucket", json!("mine")), &["x-zapmail-bucket has to be one of general, domain-availability"]),
        (set("/x-zapmail-note", json!("soon")), &["x-zapmail-note has to be one of body-on-get"]),
        (set("/x-zapmail-idempotent", json!("yes")), &["x-zapmail-idempotent has to be true or false"]),
        (set("/x-zapmail-evidence/request", json!("guessed")), &["request has to be one of documented, observed"]),
        (set("/x-zapmail-evidence/response", json!("guessed")), &["response has to be one of documented, observed"]),
        (set("/x-zapmail-evidence/observed", json!("2026-13-01")), &["observed is \"2026-13-01\", which is not a day"]),
        (set("/x-zapmail-evidence/observed", json!(20261130)), &["observed is 20261130, which is not a day"]),
        (
            set("/x-zapmail-evidence/seen", json!("x")),
            &["`seen` is not a key; the keys are request, response, observed"],
        ),
        (set("/x-zapmail-sources", json!(["https://example.com/"])), &["pages of the official documentation"]),
        (set("/x-zapmail-sources", json!(null)), &["an empty list where none is known"]),
        (set("/tags", json!([])), &["tags has to be the one group"]),
        (set("/tags", json!(["users", "wallet"])), &["tags has to be the one group"]),
    ];
    each_is_found(broken, rows.into_iter().map(|((pointer, value), parts)| (pointer, value, USERS, parts)));
}

#[test]
fn day_belongs_to_a_response_that_was_observed() {
    let day = |id: &str| (operation(id, "/x-zapmail-evidence/observed"), Some(json!("2026-11-30")));
    let (pointer, value) = day("add_wallet_balance");
    each_is_found(broken, [(pointer, value, WALLET, &["observed is the day of a response that was observed"][..])]);
    none_is_found(broken, [day("get_user")]);
}

#[test]
fn what_is_taken_out_is_missed() {
    let rows = [
        ("/x-zapmail-effect", "x-zapmail-effect has to be"),
        ("/x-zapmail-bucket", "x-zapmail-bucket has to be"),
        ("/x-zapmail-idempotent", "x-zapmail-idempotent has to be"),
        ("/x-zapmail-evidence", "x-zapmail-evidence: request has to be"),
        ("/x-zapmail-sources", "x-zapmail-sources has to list"),
        ("/tags", "tags has to be"),
    ];
    for (below, part) in rows {
        each_is_found(broken, [(operation("get_user", below), None, USERS, &[part][..])]);
    }
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
                &["used twice", "every operation has its own"],
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
fn pointers_lead_into_the_answer() {
    let list = |below: &str| operation("list_mailboxes", below);
    let place = "groups/mailbox.yaml: list_mailboxes";
    each_is_found(
        broken,
        [
            (
                list("/x-zapmail-data"),
                Some(json!("/result")),
                place,
                &["x-zapmail-data", "`/result`", "success schema"][..],
            ),
            (list("/x-zapmail-page/rows"), Some(json!("/data/rows")), place, &["rows", "`/data/rows`"]),
            (list("/x-zapmail-page/current"), Some(json!("/data/page")), place, &["current", "`/data/page`"]),
            (list("/x-zapmail-page/total"), Some(json!("/totalPages")), place, &["total", "`/totalPages`"]),
            // Without the slash in front it would be the whole answer.
            (list("/x-zapmail-data"), Some(json!("data")), place, &["x-zapmail-data", "`data`", "`/data` is the way"]),
            (list("/x-zapmail-data"), Some(json!("")), place, &["x-zapmail-data", "not in the success schema"]),
            (list("/x-zapmail-data"), Some(json!(7)), place, &["x-zapmail-data", "`7`"]),
        ],
    );
}

#[test]
fn paging_is_spelt_as_it_is_read() {
    let list = |below: &str| operation("list_mailboxes", &format!("/x-zapmail-page{below}"));
    let place = "groups/mailbox.yaml: list_mailboxes";
    let emails = || operation("list_emails", "/x-zapmail-page/cursor");
    let cursor = &["cursor is", "the name of one of the parameters"][..];
    each_is_found(
        broken,
        [
            (
                list("/totl"),
                Some(json!("/data")),
                place,
                &["`totl` is no key", "rows, items, id, apart, current, total, count, more, cursor, next"][..],
            ),
            (list("/rows"), None, place, &["rows is missing", "add the place"]),
            (list("/items"), Some(json!("mailbxes")), place, &["items is `mailbxes`", "not a property of the rows"]),
            (list("/id"), Some(json!("nickname")), place, &["id is `nickname`", "not a property of the rows"]),
            (list(""), Some(json!("/data/domains")), place, &["rows is missing"]),
            (emails(), Some(json!("cursr")), "groups/zapbox.yaml: list_emails", cursor),
            (emails(), Some(json!(7)), "groups/zapbox.yaml: list_emails", cursor),
        ],
    );
    none_is_found(broken, [(emails(), Some(json!("limit")))]);
}
