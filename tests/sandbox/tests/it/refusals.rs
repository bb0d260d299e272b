//! Requests with two faults: whichever is told, it is always the same one.

use std::collections::BTreeSet;

use serde_json::json;

use crate::api::Api;

/// A hash map has another order each time: so often it does not come up with the same one by chance.
const TIMES: usize = 20;

const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn of_two_faults_always_the_same_is_told() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let id = domain["id"].as_str().unwrap();
    let failed = "/v2/placement-tests/eligible-mailboxes?page=1&limit=5&status=FAILED";
    let failed = api.post(failed, json!(null)).await.data()["domains"][0]["mailboxes"][0]["id"].take();
    api.post("/v2/aged-domains/purchase", json!({"domains": ["aged-001.example.com"]})).await.ok();
    let new = |username: &str| json!([{"firstName": "Noa", "lastName": "Vale", "mailboxUsername": username, "domainName": "other.example.com"}]);
    let link = json!([{"mailboxId": UNKNOWN, "oauthLink": "consent"}]);
    let mut by_chance = Vec::new();
    for (path, body) in [
        ("/v2/mailboxes", json!({id: new("noa"), UNKNOWN: new("noa")})),
        ("/v2/mailboxes/schedule", json!({id: new("noa-"), UNKNOWN: new("noa")})),
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
        let mut told = BTreeSet::new();
        for _ in 0..TIMES {
            let reply = api.post(path, body.clone()).await;
            assert!(matches!(reply.status, 400 | 404 | 422), "{} {}", reply.status, reply.body);
            told.insert(reply.body["message"].to_string());
        }
        if told.len() > 1 {
            by_chance.push((path, told));
        }
    }
    assert!(by_chance.is_empty(), "{by_chance:#?}");
}
