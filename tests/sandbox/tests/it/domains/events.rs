//! Webhook events about domains, connections and subscriptions.

use std::time::Duration;

use serde_json::json;

use super::nth;
use crate::api::{Api, run_tasks};

const EVENTS: [&str; 4] = [
    "domain.updated",
    "domain.connection_status_changed",
    "subscription.status_changed",
    "subscription.billing_changed",
];

/// Starts a sandbox with an endpoint on another machine. Nothing is sent there, but the attempts are logged.
async fn start() -> Api {
    let api = Api::start().await;
    let endpoint = json!({"url": "https://hooks.example.com/zapmail", "enabled_events": EVENTS});
    api.post("/v2/webhooks/endpoints", endpoint).await.ok();
    api
}

/// Waits for at least `count` events and returns the types of all.
async fn event_types(api: &Api, count: usize) -> Vec<String> {
    api.deliveries(count).await.into_iter().map(|delivery| delivery.event_type).collect()
}

#[tokio::test]
async fn changed_domain_causes_one_event_and_purchased_domain_two() {
    let api = start().await;
    let id = nth(&api, 0).await["id"].take();
    api.post("/v2/domains/catch-all", json!({"email": "all@acme.example", "domainIds": [id]})).await.ok();
    assert_eq!(event_types(&api, 1).await, ["domain.updated"]);
    api.purchase_domain("acme-new.com").await;
    assert_eq!(event_types(&api, 2).await.len(), 2);
    api.sandbox.advance(Duration::from_secs(120));
    assert_eq!(event_types(&api, 3).await, ["domain.updated"; 3]);
}

#[tokio::test]
async fn connection_causes_event_per_status_until_removed() {
    let api = start().await;
    for (count, name) in ["oldhost.example", "own.example"].into_iter().enumerate() {
        api.post("/v2/domains/connect-domain", json!({"domainNames": [name]})).await.ok();
        assert_eq!(event_types(&api, count + 1).await.len(), count + 1);
    }
    api.delete_with("/v2/domains/connection-requests", json!({"domainNames": ["own.example"]})).await.ok();
    api.sandbox.advance(Duration::from_secs(600));
    // Two more steps and the outcome of the other connection.
    assert_eq!(event_types(&api, 5).await, ["domain.connection_status_changed"; 5]);
    // No further events, regardless of the time.
    api.sandbox.advance(Duration::from_secs(86_400));
    run_tasks().await;
    assert_eq!(event_types(&api, 5).await.len(), 5);
}

#[tokio::test]
async fn subscription_causes_one_event_per_change() {
    let api = start().await;
    let id = api.get("/v2/subscriptions").await.data()[0]["subscriptionId"].take();
    for (revert, count) in [(true, 0), (false, 1), (false, 1), (true, 2)] {
        api.cancel_subscription(&id, revert).await.ok();
        assert_eq!(event_types(&api, count).await.len(), count);
    }
    api.post("/v2/subscriptions/purchase?planName=Starter", json!({})).await.ok();
    assert_eq!(event_types(&api, 3).await, ["subscription.status_changed"; 3]);
}
