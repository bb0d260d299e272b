//! What webhooks hear of domains, connections and subscriptions.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::nth;
use crate::api::Api;

const EVENTS: [&str; 4] = [
    "domain.updated",
    "domain.connection_status_changed",
    "subscription.status_changed",
    "subscription.billing_changed",
];

/// A sandbox with an endpoint that nothing is sent to: what would be is written down all the same.
async fn start() -> Api {
    let api = Api::start().await;
    let endpoint = json!({"url": "https://hooks.example.com/zapmail", "enabled_events": EVENTS});
    api.post("/v2/webhooks/endpoints", endpoint).await.ok();
    api
}

/// The types of the events, once there are so many.
async fn heard(api: &Api, count: usize) -> Vec<String> {
    api.deliveries(count).await.into_iter().map(|delivery| delivery.event_type).collect()
}

#[tokio::test]
async fn a_change_is_told_and_a_bought_domain_twice() {
    let api = start().await;
    let id = nth(&api, 0).await["id"].take();
    api.post("/v2/domains/catch-all", json!({"email": "all@acme.example", "domainIds": [id]})).await.ok();
    assert_eq!(heard(&api, 1).await, ["domain.updated"]);
    let order = json!({"domains": [{"domainName": "acme-new.com"}], "useWallet": true, "enableDnsShield": false});
    api.post("/v2/domains/buy", order).await.ok();
    assert_eq!(heard(&api, 2).await.len(), 2);
    api.sandbox.advance(Duration::from_secs(120));
    assert_eq!(heard(&api, 3).await, ["domain.updated"; 3]);
}

#[tokio::test]
async fn each_status_of_a_connection_is_told_unless_it_was_removed() {
    let api = start().await;
    for (told, name) in ["oldhost.example", "own.example"].into_iter().enumerate() {
        api.post("/v2/domains/connect-domain", json!({"domainNames": [name]})).await.ok();
        assert_eq!(heard(&api, told + 1).await.len(), told + 1);
    }
    let remove = json!({"domainNames": ["own.example"]});
    api.send(api.request(Method::DELETE, "/v2/domains/connection-requests").json(&remove)).await.ok();
    api.sandbox.advance(Duration::from_secs(600));
    // Two more steps and the end of the other one.
    assert_eq!(heard(&api, 5).await, ["domain.connection_status_changed"; 5]);
    // And nothing more, however long one waits.
    api.sandbox.advance(Duration::from_secs(86_400));
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(heard(&api, 5).await.len(), 5);
}

#[tokio::test]
async fn a_subscription_tells_once_of_each_change() {
    let api = start().await;
    let id = api.get("/v2/subscriptions").await.data()[0]["subscriptionId"].take();
    for (revert, told) in [(true, 0), (false, 1), (false, 1), (true, 2)] {
        let body = json!({"subscriptionId": id, "revertCancellation": revert});
        api.post("/v2/subscriptions/cancel", body).await.ok();
        assert_eq!(heard(&api, told).await.len(), told);
    }
    api.post("/v2/subscriptions/purchase?planName=Starter", json!({})).await.ok();
    assert_eq!(heard(&api, 3).await, ["subscription.status_changed"; 3]);
}
