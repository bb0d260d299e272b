use serde_json::json;

use super::{each_is_found, operation};
use crate::document::Document;
use crate::finding::Finding;
use crate::fixture;
use crate::index::{self, Entry};
use crate::rules::facts;

const USERS: &str = "groups/users.yaml: get_user";
const MAILBOXES: &str = "groups/mailbox.yaml: list_mailboxes";

fn index() -> Vec<Entry> {
    index::read(&crate::openapi_folder()).unwrap()
}

fn broken(document: &Document) -> Vec<Finding> {
    facts::broken(document, &index())
}

#[test]
fn differences_from_the_index_are_found() {
    let user = |below: &str| operation("get_user", below);
    each_is_found(
        broken,
        [
            (
                user("/x-zapmail-effect"),
                Some(json!("write")),
                USERS,
                &["x-zapmail-effect is `write`, but `read` in operations.tsv", "correct one of them"][..],
            ),
            (user("/x-zapmail-idempotent"), Some(json!(false)), USERS, &["x-zapmail-idempotent is `false`", "`true`"]),
            (user("/x-zapmail-bucket"), Some(json!("other")), USERS, &["x-zapmail-bucket is `other`", "`general`"]),
            (user("/tags"), Some(json!(["wallet"])), USERS, &["tags is `wallet`", "`users` in operations.tsv"]),
            (user(""), None, USERS, &["is in operations.tsv but not in the document", "add `GET /v2/users`"]),
            (
                user("/operationId"),
                Some(json!("user")),
                "groups/users.yaml: user",
                &["not in operations.tsv", "add it there"],
            ),
        ],
    );
}

#[test]
fn path_or_method_that_differs_from_the_index_is_found() {
    let rows = [
        ("/v2/user", "get", "path is `/v2/user`, but `/v2/users` in operations.tsv"),
        ("/v2/users", "post", "method is `POST`, but `GET` in operations.tsv"),
    ];
    for (path, method, part) in rows {
        let mut document = fixture::document();
        let paths = &mut document.model.value_mut()["paths"];
        let item = paths.as_object_mut().unwrap().remove("/v2/users").unwrap();
        paths[path][method] = item["get"].clone();
        let findings = broken(&document);
        assert!(
            findings.iter().any(|finding| finding.location == "get_user" && finding.message.contains(part)),
            "{findings:?}"
        );
    }
}

#[test]
fn paging_that_differs_from_the_index_is_found() {
    let page = |id: &str, below: &str| operation(id, &format!("/x-zapmail-page{below}"));
    let emails = "groups/zapbox.yaml: list_emails";
    each_is_found(
        broken,
        [
            (page("list_mailboxes", ""), None, MAILBOXES, &["pages by `domains`", "add x-zapmail-page"][..]),
            (
                page("list_mailboxes", "/rows"),
                Some(json!("/data/rows")),
                MAILBOXES,
                &["rows does not end in `/domains`"],
            ),
            (
                page("get_user", ""),
                Some(json!({"rows": "/data"})),
                USERS,
                &["has x-zapmail-page", "correct one of them"],
            ),
            (page("list_emails", "/cursor"), None, emails, &["pages by a cursor", "add `cursor`"]),
        ],
    );
}

#[test]
fn operation_in_the_file_of_a_different_group_is_found() {
    let mut index = index();
    index.iter_mut().find(|entry| entry.id == "get_user").unwrap().group = "wallet".to_owned();
    let findings = facts::broken(&fixture::document(), &index);
    let messages: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(
        messages.contains(&format!("openapi/{USERS}: belongs in groups/wallet.yaml; move it there")),
        "{messages:?}"
    );
}
