//! The quotas, which apply unless a test disables them.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use zapmail_sandbox::{Quota, Sandbox};

use crate::api::Api;

async fn start(quota: Quota) -> Api {
    Api::start_with(|builder| builder.quota(quota)).await
}

#[tokio::test(start_paused = true)]
async fn default_quota_allows_five_requests_per_second() {
    let api = Api::of(Sandbox::start().await.unwrap());
    for _ in 0..5 {
        api.get("/v2/users").await.ok();
    }
    tokio::time::advance(Duration::from_millis(400)).await;
    let refused = api.get("/v2/wallet/balance").await;
    assert_eq!(refused.headers["retry-after"], "1");
    assert!(!refused.refused(429).is_empty());
    api.sandbox.advance(Duration::from_millis(600));
    api.get("/v2/users").await.ok();
}

#[tokio::test(start_paused = true)]
async fn availability_operations_share_separate_quota() {
    let api = start(Quota::documented().availability_checks_per_30_min(2)).await;
    let ask = |path| api.send(api.request(Method::POST, path));
    let paths = availability_paths();
    assert_eq!(paths.len(), 2);
    for path in &paths {
        // Invalid requests also count.
        assert_eq!(ask(path).await.status, 422);
    }
    for path in &paths {
        assert_eq!(ask(path).await.headers["retry-after"], "1800");
    }
    api.get("/v2/users").await.ok();
}

fn availability_paths() -> Vec<&'static str> {
    let operations = crate::api::document().operations();
    operations.filter(|operation| operation.bucket() == "domain-availability").map(|operation| operation.path).collect()
}

#[tokio::test(start_paused = true)]
async fn request_over_quota_is_neither_executed_nor_counted() {
    let api = start(Quota::documented().per_second(1)).await;
    let path = "/v2/wallet/buy-addon-mailboxes?quantity=1";
    api.post(path, json!({})).await.ok();
    for _ in 0..3 {
        tokio::time::advance(Duration::from_millis(300)).await;
        api.post(path, json!({})).await.refused(429);
    }
    assert_eq!(api.sandbox.ledger().len(), 1);
    tokio::time::advance(Duration::from_millis(100)).await;
    api.post(path, json!({})).await.ok();
    assert_eq!(api.sandbox.ledger().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn quota_is_checked_before_key() {
    let api = start(Quota::documented().per_second(1)).await;
    assert_eq!(api.send(api.bare("/v2/users")).await.status, 401);
    assert_eq!(api.send(api.bare("/v2/users")).await.status, 429);
    // Requests with the key are counted separately.
    api.get("/v2/users").await.ok();
}
