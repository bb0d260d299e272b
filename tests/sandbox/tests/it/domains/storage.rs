//! Domains, records and subscriptions in the state file.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::{buy, nth, row};
use crate::api::Api;

async fn start(path: &Path) -> Api {
    Api::start_with(|builder| builder.state_file(path)).await
}

#[tokio::test(start_paused = true)]
async fn restart_restores_domains_records_and_subscriptions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let api = start(&path).await;
    let removed = buy(&api, "acme-gone.com").await["id"].take();
    api.delete_with("/v2/domains", json!({"ids": [removed]})).await.ok();
    let id = nth(&api, 0).await["id"].take();
    let tags = api.post("/v2/domains/tags", json!([{"name": "North", "tagColor": "#2196F3"}])).await.data();
    api.post("/v2/domains/assign-tag", json!({"tagIds": tags["tagIds"], "domainIds": [id]})).await.ok();
    api.post("/v2/domains/catch-all", json!({"email": "all@acme.example", "domainIds": [id]})).await.ok();
    let record = json!({"host": "track", "recordType": "CNAME", "value": "track.example.net"});
    api.post("/v2/dns", json!({"assignedDomainId": id, "records": [record]})).await.ok();
    let subscription = api.get("/v2/subscriptions").await.data()[0]["subscriptionId"].take();
    api.cancel_subscription(&subscription, false).await.ok();
    api.post("/v2/domains/connect-domain", json!({"domainNames": ["own.example"]})).await.ok();
    let paths = [
        "/v2/domains?limit=50".to_owned(),
        "/v2/domains/connection-requests".to_owned(),
        "/v2/subscriptions".to_owned(),
        format!("/v2/dns?id={}", id.as_str().unwrap()),
    ];
    let mut before = Vec::new();
    for path in &paths {
        before.push(api.get(path).await.ok());
    }
    drop(api);

    let api = start(&path).await;
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(api.get(path).await.ok(), before, "{path}");
    }
    let change = json!({"domainIds": [removed], "email": "all@acme.example"});
    assert_eq!(api.post("/v2/domains/catch-all", change).await.refused(404), "Domain not found");
    api.sandbox.advance(Duration::from_secs(240));
    assert_eq!(row(&api, "own.example").await["status"], "ACTIVE");
}
