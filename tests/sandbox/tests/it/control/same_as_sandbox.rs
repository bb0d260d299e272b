//! Controls have the same effect as the corresponding methods of `Sandbox`.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use zapmail_openapi::document::Operation;
use zapmail_sandbox::Sandbox;

use super::ask;
use crate::api::{Api, assert_fields, document};

async fn data(sandbox: &Sandbox, path: &str) -> Value {
    let (status, mut body) = ask(sandbox, Method::GET, path, json!(null)).await;
    assert_eq!(status, 200, "{path} {body}");
    body["data"].take()
}

/// Creates a webhook endpoint on another machine, to which nothing is sent. Returns its id.
async fn endpoint(api: &Api) -> Value {
    let body = json!({"url": "https://hooks.example.com/", "enabled_events": ["export.failed"]});
    api.post("/v2/webhooks/endpoints", body).await.data()["id"].clone()
}

#[tokio::test]
async fn workspaces_and_time_are_returned() {
    let api = Api::start().await;
    let workspaces = data(&api.sandbox, "workspaces").await;
    for (row, entry) in workspaces.as_array().unwrap().iter().zip(api.sandbox.workspaces()) {
        assert_eq!(*row, json!({"id": entry.id, "name": entry.name}));
    }
    assert_eq!(workspaces.as_array().unwrap().len(), 2);
    assert!(data(&api.sandbox, "now").await["now"].as_str().unwrap().starts_with("2026-11-23T09:00:"));
    api.sandbox.advance(Duration::from_secs(3600));
    assert!(data(&api.sandbox, "now").await["now"].as_str().unwrap().starts_with("2026-11-23T10:00:"));
}

#[tokio::test]
async fn deliver_adds_to_deliveries_and_refuses_invalid_events() {
    let api = Api::start().await;
    let event = json!({"type": "export.failed", "data": {"export_id": 7}});
    let (status, body) = ask(&api.sandbox, Method::POST, "deliver", event.clone()).await;
    assert_eq!((status, &body["data"]["event"]), (200, &json!(null)), "there is no endpoint yet");
    let endpoint = endpoint(&api).await;
    let (_, body) = ask(&api.sandbox, Method::POST, "deliver", event).await;
    let id = body["data"]["event"].clone();
    assert!(id.as_str().unwrap().starts_with("evt_"), "{body}");
    let expected = json!({
        "endpoint": endpoint, "event": id, "eventType": "export.failed", "attempt": 1, "outcome": "skipped",
    });
    assert_eq!(data(&api.sandbox, "deliveries").await, json!([expected]));
    assert_eq!(api.sandbox.deliveries()[0].event, id);
    // The data is optional.
    let (_, body) = ask(&api.sandbox, Method::POST, "deliver", json!({"type": "export.failed"})).await;
    assert!(body["data"]["event"].is_string(), "{body}");
    for (invalid, part) in [
        (json!({"type": "export.fail"}), "export.failed"),
        (json!({"data": {}}), "type"),
        (json!({"type": "export.failed", "body": {}}), "body"),
        (json!({"type": "workspace"}), "workspace.renamed"),
        (json!({"type": "export.failed", "signed_at": -1}), "-1"),
    ] {
        let (status, body) = ask(&api.sandbox, Method::POST, "deliver", invalid).await;
        assert_eq!(status, 422);
        assert!(body["message"].as_str().unwrap().contains(part), "{body}");
    }
}

#[tokio::test]
async fn exports_are_returned_with_mailboxes() {
    let api = Api::start().await.in_workspace(1);
    let domain = api.domain(0).await;
    api.post("/v2/exports/mailboxes", json!({"apps": ["MANUAL"], "contains": domain["domain"]})).await.ok();
    let exports = data(&api.sandbox, "exports").await;
    let addresses = |list: &Value, name: &str| {
        let rows = list.as_array().unwrap().iter();
        rows.map(|row| row[name].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(addresses(&exports[0]["mailboxes"], "address"), addresses(&domain["mailboxes"], "email"));
    assert_eq!(addresses(&exports[0]["mailboxes"], "id"), addresses(&domain["mailboxes"], "id"));
    assert_fields(&exports[0], json!({"workspace": api.sandbox.workspaces()[1].id, "apps": ["MANUAL"]}));
    assert_fields(&exports[0], json!({"status": "IN_PROGRESS", "failureReason": null}));
    assert!(exports[0]["startedAt"].as_str().unwrap().starts_with("2026-11-23T09:00:"));
}

#[tokio::test]
async fn documented_bodies_are_shown_except_for_passwords() {
    let api = Api::start().await;
    let operations: Vec<_> =
        document().operations().filter(|operation| operation.body_examples().next().is_some()).collect();
    for operation in &operations {
        let path = operation.path.replace("{id}", "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e");
        let request = api.request(operation.method.to_uppercase().parse().unwrap(), &path);
        request.json(operation.body_examples().next().unwrap()).send().await.unwrap();
    }
    let shown = data(&api.sandbox, "requests").await;
    let without_password = |operation: &Operation<'_>| {
        let mut example = operation.body_examples().next().unwrap().clone();
        if let Some(password) = example.get_mut("password") {
            *password = "[redacted]".into();
        }
        example
    };
    for (operation, request) in operations.iter().zip(shown.as_array().unwrap()) {
        assert_fields(request, json!({"operation": operation.id, "body": without_password(operation)}));
    }
    assert!(operations.len() > 50);
}
