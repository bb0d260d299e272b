//! Requests with two errors always get the same message.

use std::collections::BTreeSet;

use serde_json::json;

use crate::api::{Api, UNKNOWN};

/// The number of repetitions, high enough that a hash map does not have the same order each time by chance.
const REPETITIONS: usize = 20;

#[tokio::test]
async fn request_with_two_errors_always_has_same_message() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let id = domain["id"].as_str().unwrap();
    // The last mailbox of the second-to-last Google domain has failed.
    let failed = api.domain(13).await["mailboxes"][2]["id"].take();
    api.post("/v2/aged-domains/purchase", json!({"domains": ["aged-001.example.com"]})).await.ok();
    let assignment = |username: &str| json!([{"firstName": "Noa", "lastName": "Vale", "mailboxUsername": username, "domainName": "other.example.com"}]);
    let link = json!([{"mailboxId": UNKNOWN, "oauthLink": "consent"}]);
    let mut varying = Vec::new();
    for (path, body) in [
        ("/v2/mailboxes", json!({id: assignment("noa"), UNKNOWN: assignment("noa")})),
        ("/v2/mailboxes/schedule", json!({id: assignment("noa-"), UNKNOWN: assignment("noa")})),
        (
            "/v2/mailboxes/custom-oauth",
            json!({"google": {"appName": "Sequencer", "clientId": "app", "mailboxesPerDomain": {id: link, UNKNOWN: link}}}),
        ),
        (
            "/v2/placement-tests/purchase",
            json!({"placementType": "MONTHLY", "testName": "May", "mailboxIds": [UNKNOWN, failed], "seedAccounts": ["google"]}),
        ),
        ("/v2/aged-domains/purchase", json!({"domains": ["aged-001.example.com", "young.example.com"]})),
    ] {
        let mut messages = BTreeSet::new();
        for _ in 0..REPETITIONS {
            let reply = api.post(path, body.clone()).await;
            assert!(matches!(reply.status, 400 | 404 | 422), "{} {}", reply.status, reply.body);
            messages.insert(reply.body["message"].to_string());
        }
        if messages.len() > 1 {
            varying.push((path, messages));
        }
    }
    assert!(varying.is_empty(), "{varying:#?}");
}
