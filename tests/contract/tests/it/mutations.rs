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
    assert_ne!(document, before, "the document is unchanged");
    let verdict = checks::all(&document, case::find(id).unwrap()).await;
    let difference = verdict.expect_err("the change was not found");
    assert!(difference.contains(part), "{difference}");
}

#[tokio::test]
async fn changed_path_is_noticed() {
    let change = |document: &mut Value| {
        let paths = document["paths"].as_object_mut().unwrap();
        let item = paths.remove("/v2/users").unwrap();
        paths.insert("/v2/user".to_owned(), item);
    };
    expect_difference("get_user", change, "path").await;
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
async fn changed_path_segment_of_parameter_is_noticed() {
    let change = |document: &mut Value| {
        let paths = document["paths"].as_object_mut().unwrap();
        let item = paths.remove("/v2/zap-sites/{id}").unwrap();
        paths.insert("/v2/zap-sites/site-{id}".to_owned(), item);
    };
    expect_difference("get_zap_site", change, "path").await;
}

#[tokio::test]
async fn renamed_query_parameter_is_noticed() {
    let change = |document: &mut Value| document["components"]["parameters"]["Contains"]["name"] = json!("search");
    expect_difference("list_workspaces", change, "query").await;
}

#[tokio::test]
async fn query_parameter_that_becomes_required_is_noticed() {
    let change = |document: &mut Value| document["components"]["parameters"]["Page"]["required"] = json!(true);
    expect_difference("list_workspaces", change, "Required: query").await;
}

#[tokio::test]
async fn renamed_workspace_header_is_noticed() {
    let change =
        |document: &mut Value| document["components"]["parameters"]["WorkspaceId"]["name"] = json!("x-workspace");
    expect_difference("send_email", change, "workspace: headers").await;
}

#[tokio::test]
async fn additional_workspace_header_is_noticed() {
    let change = |document: &mut Value| {
        let parameters = document["paths"]["/v2/users"]["get"]["parameters"].as_array_mut().unwrap();
        parameters.push(json!({"$ref": "#/components/parameters/WorkspaceId"}));
    };
    expect_difference("get_user", change, "workspace: headers").await;
}

#[tokio::test]
async fn header_that_becomes_a_query_parameter_is_noticed() {
    let change = |document: &mut Value| document["components"]["parameters"]["ServiceProvider"]["in"] = json!("query");
    expect_difference("get_user", change, "All: query").await;
}

#[tokio::test]
async fn changed_enum_value_of_query_parameter_is_noticed() {
    let change = |document: &mut Value| {
        document["components"]["schemas"]["DomainConnectionStatusFilter"]["enum"][0] = json!("LOST");
    };
    expect_difference("list_connection_requests", change, "All: query").await;
}

#[tokio::test]
async fn unknown_value_of_closed_enum_is_noticed() {
    let change = |document: &mut Value| {
        let body = &mut document["paths"]["/v2/workspaces/members"]["put"]["requestBody"];
        body["content"]["application/json"]["example"]["role"] = json!("OWNER");
    };
    expect_difference("update_workspace_member", change, "body").await;
}

#[tokio::test]
async fn additional_field_of_body_is_noticed() {
    let change = |document: &mut Value| {
        let body = &mut document["paths"]["/v2/wallet/balance"]["post"]["requestBody"];
        body["content"]["application/json"]["example"] = json!({"amount": 50, "currency": "USD"});
    };
    expect_difference("add_wallet_balance", change, "/currency is missing").await;
}

#[tokio::test]
async fn additional_field_of_response_is_noticed() {
    let change = |document: &mut Value| {
        let response = &mut document["paths"]["/v2/users"]["get"]["responses"]["200"];
        response["content"]["application/json"]["example"]["data"]["nickname"] = json!("Di");
    };
    expect_difference("get_user", change, "/nickname is missing").await;
}

#[tokio::test]
async fn changed_type_of_field_is_noticed() {
    let change = |document: &mut Value| {
        let response = &mut document["paths"]["/v2/users"]["get"]["responses"]["200"];
        response["content"]["application/json"]["example"]["data"]["purchasedMailboxes"] = json!(["30"]);
    };
    expect_difference("get_user", change, "purchasedMailboxes").await;
}

#[tokio::test]
async fn changed_pointer_to_data_is_noticed() {
    let change = |document: &mut Value| document["paths"]["/v2/users"]["get"]["x-zapmail-data"] = json!("/message");
    expect_difference("get_user", change, "response 200").await;
}

#[tokio::test]
async fn additional_field_of_envelope_is_noticed() {
    let change = |document: &mut Value| {
        let response = &mut document["paths"]["/v2/users"]["get"]["responses"]["200"];
        response["content"]["application/json"]["example"]["page"] = json!(1);
    };
    expect_difference("get_user", change, "/page is missing").await;
}

#[tokio::test]
async fn error_inside_an_example_is_noticed() {
    let change = |document: &mut Value| {
        let response = &mut document["paths"]["/v2/users"]["get"]["responses"]["200"];
        response["content"]["application/json"]["example"]["status"] = json!("404");
    };
    expect_difference("get_user", change, "[not_found]").await;
}

#[tokio::test]
async fn read_that_becomes_an_authorization_is_noticed() {
    let change = |document: &mut Value| document["paths"]["/v2/users"]["get"]["x-zapmail-effect"] = json!("authorize");
    expect_difference("get_user", change, "spends: true, refused: false").await;
}

#[tokio::test]
async fn purchase_that_becomes_a_read_is_noticed() {
    let change =
        |document: &mut Value| document["paths"]["/v2/wallet/balance"]["post"]["x-zapmail-effect"] = json!("read");
    expect_difference("add_wallet_balance", change, "spends: false").await;
}

#[tokio::test]
async fn changed_policy_is_noticed() {
    let rows = [
        ("get_user", "/v2/users", "get", "x-zapmail-idempotent", json!(false)),
        ("search_available_domains", "/v2/domains/available", "post", "x-zapmail-bucket", json!("general")),
        ("add_wallet_balance", "/v2/wallet/balance", "post", "x-zapmail-verify-with", json!("list_domains")),
        ("add_wallet_balance", "/v2/wallet/balance", "post", "x-zapmail-proof", json!(["/message"])),
        (
            "list_domains",
            "/v2/domains",
            "get",
            "x-zapmail-page",
            json!({"rows": "/data/domains", "total": "/data/total"}),
        ),
    ];
    for (id, path, method, name, value) in rows {
        let change = |document: &mut Value| {
            let operation = &mut document["paths"][path][method];
            assert!(operation.get(name).is_some(), "{id} has no {name}");
            operation[name] = value;
        };
        expect_difference(id, change, name).await;
    }
}

/// An example that does not show what was bought is not a success.
#[tokio::test]
async fn purchase_without_proof_is_noticed() {
    let change = |document: &mut Value| {
        let response = &mut document["paths"]["/v2/wallet/balance"]["post"]["responses"]["200"];
        response["content"]["application/json"]["example"] = json!({"message": "Insufficient balance"});
    };
    expect_difference("add_wallet_balance", change, "[outcome_unknown]").await;
}

/// An example without data is not a success of a read.
#[tokio::test]
async fn read_without_data_is_noticed() {
    let change = |document: &mut Value| {
        let response = &mut document["paths"]["/v2/users"]["get"]["responses"]["200"];
        response["content"]["application/json"]["example"] = json!({"status": 200});
    };
    expect_difference("get_user", change, "[decode]").await;
}

/// The client repairs a value of an undocumented type, so the decoded data differs from the example.
#[tokio::test]
async fn repaired_value_is_noticed() {
    let change = |document: &mut Value| {
        let response = &mut document["paths"]["/v2/users"]["get"]["responses"]["200"];
        response["content"]["application/json"]["example"]["data"]["purchasedMailboxes"] = json!("many");
    };
    expect_difference("get_user", change, "purchasedMailboxes").await;
}

/// The client rejects an empty list if it would select everything.
#[tokio::test]
async fn empty_selection_is_noticed() {
    let change = |document: &mut Value| {
        let body = &mut document["paths"]["/v2/domains/tags/remove"]["post"]["requestBody"];
        assert!(body.is_object(), "the path has changed");
        body["content"]["application/json"]["example"]["tagIds"] = json!([]);
    };
    expect_difference("remove_domain_tags", change, "empty").await;
}
