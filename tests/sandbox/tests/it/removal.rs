//! The end of mailboxes.

use std::time::Duration;

use serde_json::json;

use crate::api::Api;

#[tokio::test]
async fn removed_mailboxes_are_gone_and_their_slots_blocked() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let (first, second) = (&domain["mailboxes"][0]["id"], &domain["mailboxes"][1]["id"]);
    let path = "/v2/mailboxes/remove-mailboxes-instantly";
    let data = api.post(path, json!({"mailboxIds": [first, second, first], "remove": true})).await.data();
    assert_eq!(data["totalMailboxesQueued"], 2);

    assert_eq!(api.domain(0).await["mailboxes"], json!([domain["mailboxes"][2]]));
    api.get(&format!("/v2/mailboxes?id={}", first.as_str().unwrap())).await.refused(404);
    assert_eq!(api.counter("totalAssignedMailboxes").await, 46);
    assert_eq!(api.counter("purchasedMailboxes").await, 58);
    assert_eq!(api.counter("availableMailboxes").await, 10);

    let body = json!({"mailboxIds": [domain["mailboxes"][2]["id"], first], "remove": true});
    assert_eq!(api.post(path, body).await.refused(404), "Mailbox not found");
    assert_eq!(api.domain(0).await["mailboxes"].as_array().unwrap().len(), 1, "nothing was removed");
    api.post(path, json!({"mailboxIds": [], "remove": true})).await.refused(422);
    api.post(path, json!({"mailboxIds": [first]})).await.refused(422);
}

#[tokio::test]
async fn a_domain_whose_mailboxes_are_gone_is_not_listed() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let ids: Vec<_> = domain["mailboxes"].as_array().unwrap().iter().map(|mailbox| &mailbox["id"]).collect();
    api.post("/v2/mailboxes/remove-mailboxes-instantly", json!({"mailboxIds": ids, "remove": true})).await.ok();
    assert_eq!(api.counter("totalSearchedCount").await, 15);
    assert_ne!(api.domain(0).await["id"], domain["id"]);
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_removal_shows_when_the_paid_period_is_over() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let path = "/v2/mailboxes/scheduled-removal";
    let month = Duration::from_secs(31 * 24 * 60 * 60);
    api.put(path, json!({"domainIds": [domain["id"]], "remove": true})).await.ok();
    assert_eq!(api.domain(0).await, domain, "nothing tells that a removal is scheduled");
    tokio::time::advance(month).await;
    assert_eq!(api.domain(0).await["mailboxes"][0]["status"], "EXPIRED");
    assert_eq!(api.domain(1).await["mailboxes"][0]["status"], "ACTIVE");
    api.put(path, json!({"domainIds": [domain["id"]], "remove": false})).await.ok();
    assert_eq!(api.domain(0).await["mailboxes"][0]["status"], "ACTIVE");
}

#[tokio::test]
async fn a_scheduled_removal_names_its_domains() {
    let api = Api::start().await;
    let path = "/v2/mailboxes/scheduled-removal";
    let message = api.put(path, json!({"domainIds": [], "remove": true})).await.refused(422);
    assert!(message.contains("domainIds"), "{message}");
    assert_eq!(api.put(path, json!({"remove": true})).await.refused(422), "domainIds is required");
    let unknown = json!({"domainIds": ["00000000-0000-4000-8000-000000000000"], "remove": true});
    assert_eq!(api.put(path, unknown).await.refused(404), "Domain not found");
}
