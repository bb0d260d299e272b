//! Whether the contract tests notice: each of these changes something in a copy of the document, and the client, which
//! was made from the true one, must be found to differ.

use serde_json::{Value, json};
use zapmail_contract::{case, checks};

use crate::document;

/// Changes the document, and expects the tests of an operation to fail with a message that tells where.
async fn notices(id: &str, change: impl FnOnce(&mut Value), place: &str) {
    let mut document = document();
    let before = document.clone();
    change(&mut document);
    assert_ne!(document, before, "the change changes nothing");
    let verdict = checks::all(&document, case::find(id).unwrap()).await;
    let difference = verdict.expect_err("nobody noticed");
    assert!(difference.contains(place), "{difference}");
}

#[tokio::test]
async fn a_path() {
    let change = |document: &mut Value| {
        let paths = document["paths"].as_object_mut().unwrap();
        let item = paths.remove("/v2/users").unwrap();
        paths.insert("/v2/user".to_owned(), item);
    };
    notices("get_user", change, "path").await;
}

#[tokio::test]
async fn a_method() {
    let change = |document: &mut Value| {
        let item = document["paths"]["/v2/users"].as_object_mut().unwrap();
        let operation = item.remove("get").unwrap();
        item.insert("post".to_owned(), operation);
    };
    notices("get_user", change, "method").await;
}

#[tokio::test]
async fn a_path_parameter() {
    let change = |document: &mut Value| {
        let paths = document["paths"].as_object_mut().unwrap();
        let item = paths.remove("/v2/zap-sites/{id}").unwrap();
        paths.insert("/v2/zap-sites/site-{id}".to_owned(), item);
    };
    notices("get_zap_site", change, "path").await;
}

#[tokio::test]
async fn a_query_parameter() {
    let change = |document: &mut Value| document["components"]["parameters"]["Contains"]["name"] = json!("search");
    notices("list_workspaces", change, "query").await;
}

#[tokio::test]
async fn a_query_parameter_that_becomes_required() {
    let change = |document: &mut Value| document["components"]["parameters"]["Page"]["required"] = json!(true);
    notices("list_workspaces", change, "Required: query").await;
}

#[tokio::test]
async fn a_header() {
    let change =
        |document: &mut Value| document["components"]["parameters"]["WorkspaceKey"]["name"] = json!("x-workspace");
    notices("get_user", change, "headers").await;
}

#[tokio::test]
async fn a_value_of_an_enum_of_a_request() {
    let change =
        |document: &mut Value| document["components"]["schemas"]["ServiceProvider"]["enum"][0] = json!("YAHOO");
    notices("get_user", change, "header x-service-provider").await;
}

#[tokio::test]
async fn a_value_that_a_closed_enum_does_not_have() {
    let change = |document: &mut Value| {
        let body = &mut document["paths"]["/v2/workspaces/members"]["put"]["requestBody"];
        body["content"]["application/json"]["example"]["role"] = json!("OWNER");
    };
    notices("update_workspace_member", change, "body").await;
}

#[tokio::test]
async fn a_field_of_a_body() {
    let change = |document: &mut Value| {
        let body = &mut document["paths"]["/v2/wallet/balance"]["post"]["requestBody"];
        body["content"]["application/json"]["example"] = json!({"amount": 50, "currency": "USD"});
    };
    notices("add_wallet_balance", change, "/currency is lost").await;
}

#[tokio::test]
async fn a_field_of_an_answer() {
    let change = |document: &mut Value| {
        let answer = &mut document["paths"]["/v2/users"]["get"]["responses"]["200"];
        answer["content"]["application/json"]["example"]["data"]["nickname"] = json!("Di");
    };
    notices("get_user", change, "/nickname is lost").await;
}

#[tokio::test]
async fn the_type_of_a_field() {
    let change = |document: &mut Value| {
        let answer = &mut document["paths"]["/v2/users"]["get"]["responses"]["200"];
        answer["content"]["application/json"]["example"]["data"]["purchasedMailboxes"] = json!(["30"]);
    };
    notices("get_user", change, "purchasedMailboxes").await;
}

#[tokio::test]
async fn the_place_of_the_data() {
    let change = |document: &mut Value| document["paths"]["/v2/users"]["get"]["x-zapmail-data"] = json!("/message");
    notices("get_user", change, "answer 200").await;
}

#[tokio::test]
async fn an_effect() {
    let change =
        |document: &mut Value| document["paths"]["/v2/wallet/balance"]["post"]["x-zapmail-effect"] = json!("read");
    notices("add_wallet_balance", change, "spends: false").await;
}
