//! Tests that the contract tests find differences: each test modifies a copy of the document, and the client, which is
//! generated from the original, must fail the checks.

use serde_json::{Value, json};
use zapmail_contract::{case, checks};

use crate::document;

/// Modifies the document, and expects that the checks of an operation fail with a message that contains `part`.
async fn expect_difference(id: &str, change: impl FnOnce(&mut Value), part: &str) {
    let mut document = document();
    let before = document.clone();
    change(&mut document);
    assert_ne!(document, before, "{id}: the document is unchanged, but {part} is expected");
    let verdict = checks::all(&document, case::find(id).unwrap()).await;
    let difference = verdict.expect_err(&format!("{id}: the change was not found, but {part} is expected"));
    assert!(difference.contains(part), "{difference}");
}

/// Sets or adds a value. Its parent exists.
fn set(value: &mut Value, pointer: &str, new: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Array(elements) => elements[name.parse::<usize>().unwrap()] = new,
        parent => parent[name] = new,
    }
}

fn operation<'a>(document: &'a mut Value, id: &str) -> &'a mut Value {
    let paths = document["paths"].as_object_mut().unwrap().values_mut();
    let mut operations = paths.flat_map(|path| path.as_object_mut().unwrap().values_mut());
    operations.find(|operation| operation["operationId"] == id).unwrap()
}

/// The pointer to a part of the example of a request.
fn request(part: &str) -> String {
    format!("/requestBody/content/application~1json/example{part}")
}

/// The pointer to a part of the example of a success.
fn response(part: &str) -> String {
    format!("/responses/200/content/application~1json/example{part}")
}

#[tokio::test]
async fn changed_path_is_noticed() {
    for (id, old, new) in
        [("get_user", "/v2/users", "/v2/user"), ("get_zap_site", "/v2/zap-sites/{id}", "/v2/zap-sites/site-{id}")]
    {
        let change = |document: &mut Value| {
            let paths = document["paths"].as_object_mut().unwrap();
            let item = paths.remove(old).unwrap();
            paths.insert(new.to_owned(), item);
        };
        expect_difference(id, change, "path").await;
    }
}

#[tokio::test]
async fn changed_method_is_noticed() {
    let change = |document: &mut Value| {
        let item = document["paths"]["/v2/users"].as_object_mut().unwrap();
        let operation = item.remove("get").unwrap();
        item.insert("post".to_owned(), operation);
    };
    expect_difference("get_user", change, "method").await;
}

#[tokio::test]
async fn additional_workspace_header_is_noticed() {
    let change = |document: &mut Value| {
        let parameters = operation(document, "get_user")["parameters"].as_array_mut().unwrap();
        parameters.push(json!({"$ref": "#/components/parameters/WorkspaceId"}));
    };
    expect_difference("get_user", change, "workspace: headers").await;
}

#[tokio::test]
async fn changed_component_is_noticed() {
    for (id, pointer, value, part) in [
        ("list_workspaces", "/parameters/Contains/name", json!("search"), "query"),
        ("list_workspaces", "/parameters/Page/required", json!(true), "Required: query"),
        ("send_email", "/parameters/WorkspaceId/name", json!("x-workspace"), "workspace: headers"),
        ("get_user", "/parameters/ServiceProvider/in", json!("query"), "All: query"),
        ("list_connection_requests", "/schemas/DomainConnectionStatusFilter/enum/0", json!("LOST"), "All: query"),
    ] {
        expect_difference(id, |document| set(&mut document["components"], pointer, value), part).await;
    }
}

#[tokio::test]
async fn changed_example_is_noticed() {
    for (id, pointer, value, part) in [
        // A value that the closed enum does not contain.
        ("update_workspace_member", request("/role"), json!("OWNER"), "body"),
        ("add_wallet_balance", request("/currency"), json!("USD"), "/currency is missing"),
        // The client rejects an empty list if it would select everything.
        ("remove_domain_tags", request("/tagIds"), json!([]), "empty"),
        ("get_user", response("/data/nickname"), json!("Di"), "/nickname is missing"),
        ("get_user", response("/page"), json!(1), "/page is missing"),
        ("get_user", response("/data/purchasedMailboxes"), json!(["30"]), "purchasedMailboxes"),
        // The client repairs a value of an undocumented type, so the decoded data differs from the example.
        ("get_user", response("/data/purchasedMailboxes"), json!("many"), "purchasedMailboxes"),
        ("get_user", response("/status"), json!("404"), "[not_found]"),
        // An example without data is not a success of a read.
        ("get_user", response(""), json!({"status": 200}), "[decode]"),
        // An example that does not show what was bought is not a success.
        ("add_wallet_balance", response(""), json!({"message": "Insufficient balance"}), "[outcome_unknown]"),
    ] {
        expect_difference(id, |document| set(operation(document, id), &pointer, value), part).await;
    }
}

#[tokio::test]
async fn changed_fact_is_noticed() {
    let page = json!({"rows": "/data/domains", "total": "/data/total"});
    for (id, name, value, part) in [
        ("get_user", "data", json!("/message"), "response 200"),
        ("get_user", "effect", json!("authorize"), "spends: true, refused: false"),
        ("add_wallet_balance", "effect", json!("read"), "spends: false"),
        ("get_user", "idempotent", json!(false), "x-zapmail-idempotent"),
        ("search_available_domains", "bucket", json!("general"), "x-zapmail-bucket"),
        ("add_wallet_balance", "verify-with", json!("list_domains"), "x-zapmail-verify-with"),
        ("add_wallet_balance", "proof", json!(["/message"]), "x-zapmail-proof"),
        ("list_domains", "page", page, "x-zapmail-page"),
    ] {
        let change = |document: &mut Value| {
            let fact = operation(document, id).get_mut(format!("x-zapmail-{name}"));
            *fact.unwrap_or_else(|| panic!("{id} has no {name}")) = value;
        };
        expect_difference(id, change, part).await;
    }
}
