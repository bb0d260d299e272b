//! Removal of mailboxes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{Api, UNKNOWN, assignment};

const SCHEDULED: &str = "/v2/mailboxes/scheduled-removal";

/// Longer than the paid period of a mailbox.
const MONTH: Duration = Duration::from_secs(31 * 24 * 60 * 60);

fn statuses(domain: &Value) -> Vec<&str> {
    domain["mailboxes"].as_array().unwrap().iter().map(|mailbox| mailbox["status"].as_str().unwrap()).collect()
}

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
async fn domain_without_mailboxes_is_not_listed() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let ids: Vec<_> = domain["mailboxes"].as_array().unwrap().iter().map(|mailbox| &mailbox["id"]).collect();
    api.post("/v2/mailboxes/remove-mailboxes-instantly", json!({"mailboxIds": ids, "remove": true})).await.ok();
    assert_eq!(api.counter("totalSearchedCount").await, 15);
    assert_ne!(api.domain(0).await["id"], domain["id"]);
}

#[tokio::test(start_paused = true)]
async fn scheduled_removal_shows_after_paid_period() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    api.put(SCHEDULED, json!({"domainIds": [domain["id"]], "remove": true})).await.ok();
    assert_eq!(api.domain(0).await, domain, "a scheduled removal is not visible before");
    tokio::time::advance(MONTH).await;
    assert_eq!(api.domain(0).await["mailboxes"][0]["status"], "EXPIRED");
    assert_eq!(api.domain(1).await["mailboxes"][0]["status"], "ACTIVE");
    api.put(SCHEDULED, json!({"domainIds": [domain["id"]], "remove": false})).await.ok();
    assert_eq!(api.domain(0).await["mailboxes"][0]["status"], "ACTIVE");
}

#[tokio::test]
async fn scheduled_removal_without_domains_is_refused() {
    let api = Api::start().await;
    let message = api.put(SCHEDULED, json!({"domainIds": [], "remove": true})).await.refused(422);
    assert!(message.contains("domainIds"), "{message}");
    assert_eq!(api.put(SCHEDULED, json!({"remove": true})).await.refused(422), "domainIds is required");
    let unknown = json!({"domainIds": [UNKNOWN], "remove": true});
    assert_eq!(api.put(SCHEDULED, unknown).await.refused(404), "Domain not found");
}

#[tokio::test]
async fn scheduled_removal_with_contains_removes_only_matching_mailboxes() {
    let api = Api::start().await;
    let (first, second) = (api.domain(0).await, api.domain(1).await);
    let username = first["mailboxes"][1]["username"].as_str().unwrap();
    let body = json!({
        "domainIds": [first["id"], second["id"]], "remove": true, "contains": format!("{}@", username.to_uppercase()),
    });
    api.put(SCHEDULED, body).await.ok();
    api.sandbox.advance(MONTH);
    assert_eq!(statuses(&api.domain(0).await), ["ACTIVE", "EXPIRED", "ACTIVE"]);
    assert_eq!(statuses(&api.domain(1).await), ["ACTIVE"; 3]);
    assert_eq!(
        api.get(&format!("/v2/mailboxes?id={}", first["mailboxes"][1]["id"].as_str().unwrap())).await.data()["mailbox"]
            ["status"],
        "EXPIRED"
    );

    // The same filter cancels only the removals that it selects.
    let all = json!({"domainIds": [first["id"]], "remove": true});
    api.put(SCHEDULED, all).await.ok();
    assert_eq!(statuses(&api.domain(0).await), ["EXPIRED"; 3]);
    let undo = json!({"domainIds": [first["id"]], "remove": false, "contains": username});
    api.put(SCHEDULED, undo).await.ok();
    assert_eq!(statuses(&api.domain(0).await), ["EXPIRED", "ACTIVE", "EXPIRED"]);
    let nothing = json!({"domainIds": [first["id"]], "remove": false, "contains": "nobody@"});
    api.put(SCHEDULED, nothing).await.ok();
    assert_eq!(statuses(&api.domain(0).await), ["EXPIRED", "ACTIVE", "EXPIRED"]);
}

#[tokio::test]
async fn scheduled_removal_with_status_removes_only_mailboxes_with_status() {
    let api = Api::start().await;
    // The last mailbox of the second-to-last Google domain has failed.
    let listed = async || api.domain(13).await;
    let id = listed().await["id"].take();
    assert_eq!(statuses(&listed().await), ["ACTIVE", "ACTIVE", "FAILED"]);
    api.put(SCHEDULED, json!({"domainIds": [id], "remove": true, "status": "failed"})).await.ok();
    api.sandbox.advance(MONTH);
    assert_eq!(statuses(&listed().await), ["ACTIVE", "ACTIVE", "FAILED"]);
    api.put(SCHEDULED, json!({"domainIds": [id], "remove": true, "status": "ACTIVE"})).await.ok();
    assert_eq!(statuses(&listed().await), ["EXPIRED", "EXPIRED", "FAILED"]);
    api.put(SCHEDULED, json!({"domainIds": [id], "remove": false, "status": "EXPIRED"})).await.ok();
    assert_eq!(statuses(&listed().await), ["ACTIVE", "ACTIVE", "FAILED"]);
}

#[tokio::test]
async fn mailbox_assigned_after_scheduled_removal_stays() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    api.put(SCHEDULED, json!({"domainIds": [domain["id"]], "remove": true})).await.ok();
    api.post("/v2/mailboxes", assignment(&domain, &["noa.vale"])).await.ok();
    api.sandbox.advance(MONTH);
    assert_eq!(statuses(&api.domain(0).await), ["EXPIRED", "EXPIRED", "EXPIRED", "ACTIVE"]);
}
