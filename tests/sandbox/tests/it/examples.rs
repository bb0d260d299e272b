//! Operations without state.

use reqwest::Method;
use serde_json::json;

use crate::api::{Api, document};

/// `Api` holds each answer against the document.
#[tokio::test]
async fn every_operation_answers_as_the_document_says() {
    let api = Api::start().await;
    let mut answered = 0;
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let path = path.replace("{id}", "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e");
            let request = api.request(method.to_uppercase().parse().unwrap(), &path);
            let body = &operation["requestBody"]["content"]["application/json"];
            let several = || body["examples"].as_object()?.values().next()?.get("value");
            let reply = match body.get("example").or_else(several) {
                Some(example) => api.send(request.json(example)).await,
                None => api.send(request).await,
            };
            let logged = api.sandbox.requests().pop().unwrap();
            assert_eq!(logged.operation.as_deref(), operation["operationId"].as_str());
            answered += usize::from(reply.status < 300);
        }
    }
    // What has state refuses the examples' identifiers; the others take everything.
    assert!(answered > 90, "{answered}");
}

#[tokio::test]
async fn an_operation_without_state_answers_with_its_example() {
    let api = Api::start().await;
    let operation = &document()["paths"]["/v2/subscriptions"]["get"]["responses"]["200"]["content"]["application/json"];
    let several = || operation["examples"].as_object()?.values().next()?.get("value");
    assert_eq!(Some(&api.get("/v2/subscriptions").await.ok()), operation.get("example").or_else(several));
    // It is checked all the same.
    api.post("/v2/subscriptions/cancel", json!({})).await.refused(422);
    api.send(api.bare("/v2/subscriptions")).await.refused(401);
}

#[tokio::test]
async fn a_download_is_a_file() {
    let api = Api::start().await;
    let content = &document()["paths"]["/v2/onebox/download-attachment"]["post"];
    let body = content["requestBody"]["content"]["application/json"]["example"].clone();
    let reply = api.send(api.request(Method::POST, "/v2/onebox/download-attachment").json(&body)).await;
    assert_eq!((reply.status, &reply.headers["content-type"]), (200, &"application/octet-stream".parse().unwrap()));
}
