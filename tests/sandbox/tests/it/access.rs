//! Checks of every request: key, workspace, path, method and body.

use reqwest::Method;
use serde_json::json;

use crate::api::{Api, UNKNOWN};

#[tokio::test]
async fn request_without_valid_key_is_refused() {
    let api = Api::start().await;
    assert_eq!(api.get("/v2/users").await.status, 200);
    assert_eq!(api.send(api.bare("/v2/users")).await.refused(401), "Unauthorized");
    let wrong = api.bare("/v2/users").header("x-auth-zapmail", UNKNOWN);
    assert_eq!(api.send(wrong).await.refused(401), "Unauthorized");
    // The key is checked first, so that a caller without one does not learn which paths exist.
    assert_eq!(api.send(api.bare("/v2/nothing")).await.refused(401), "Unauthorized");
}

#[tokio::test]
async fn either_header_selects_workspace() {
    let api = Api::start().await;
    let north = &api.sandbox.workspaces()[1].id;
    for header in ["x-workspace-key", "x-workspace-id"] {
        let data = api.send(api.request(Method::GET, "/v2/workspaces").header(header, north)).await.data();
        assert_eq!(data["currentWorkspace"]["name"], "Client North");
    }
    assert_eq!(api.get("/v2/workspaces").await.data()["currentWorkspace"]["name"], "Main");
    for unknown in [UNKNOWN, "north", ""] {
        let request = api.request(Method::GET, "/v2/users").header("x-workspace-key", unknown);
        assert_eq!(api.send(request).await.refused(404), "Workspace not found");
    }
}

#[tokio::test]
async fn ids_of_another_workspace_are_not_found() {
    let main = Api::start().await;
    let domain = main.domain(0).await;
    let north = main.in_workspace(1);
    let mailbox = domain["mailboxes"][0]["id"].as_str().unwrap();
    assert_eq!(north.get(&format!("/v2/mailboxes?id={mailbox}")).await.refused(404), "Mailbox not found");
    let path = format!("/v2/mailboxes/authenticator-code?mailboxId={mailbox}");
    assert_eq!(north.get(&path).await.refused(404), "Mailbox not found");
    let body = json!({"domainIds": [domain["id"]], "remove": true});
    assert_eq!(north.put("/v2/mailboxes/scheduled-removal", body).await.refused(404), "Domain not found");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
    let api = Api::start().await;
    assert_eq!(api.get("/v2/nothing").await.refused(404), "Endpoint not found");
    assert_eq!(api.get("/v1/users").await.refused(404), "Endpoint not found");
    assert_eq!(api.delete("/v2/users").await.refused(405), "Method not allowed");
    for (method, path, status, message) in [
        (Method::GET, "/v2/onebox/nothing", 404, "Endpoint not found"),
        (Method::DELETE, "/v2/onebox/connected-accounts", 405, "Method not allowed"),
    ] {
        let reply = api.send(api.request(method, path)).await;
        assert_eq!((reply.status, reply.body), (status, json!({"error": message})));
    }
}

#[tokio::test]
async fn missing_malformed_or_incomplete_body_is_refused() {
    let api = Api::start().await;
    let request = || api.request(Method::POST, "/v2/workspaces");
    assert_eq!(api.send(request()).await.refused(422), "a body is required");
    assert!(api.send(request().body("{\"name\"")).await.refused(422).starts_with("the body is not JSON"));
    assert_eq!(api.post("/v2/workspaces", json!({})).await.refused(422), "name is required");
    let body = json!({"mailboxData": [{"mailboxId": null}]});
    assert_eq!(api.put("/v2/mailboxes", body).await.refused(422), "mailboxData.0.mailboxId is not of type \"string\"");
}

#[tokio::test]
async fn error_ids_are_unique_and_reproducible() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let api = Api::start().await;
        let ids =
            [api.get("/v2/nothing").await, api.get("/v2/nothing").await].map(|reply| reply.body["errorId"].clone());
        assert_ne!(ids[0], ids[1]);
        runs.push(ids);
    }
    assert_eq!(runs[0], runs[1]);
}
