//! Subscriptions.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{Api, assert_fields};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn list(api: &Api, query: &str) -> Vec<Value> {
    api.get(&format!("/v2/subscriptions{query}")).await.data().as_array().unwrap().clone()
}

/// Returns the identifier of the subscription at this position.
async fn id(api: &Api, position: usize) -> Value {
    list(api, "").await[position]["subscriptionId"].take()
}

#[tokio::test]
async fn slots_are_sum_of_subscriptions() {
    let api = Api::start().await;
    let all = list(&api, "").await;
    let rows: Vec<_> = all.iter().map(|row| (&row["plan"], &row["price"], &row["totalMailboxQuantity"])).collect();
    assert_eq!(rows, [(&json!("GROWTH"), &json!(99), &json!(30)), (&json!("GROWTH"), &json!(91), &json!(28))]);
    assert_eq!(api.counter("purchasedMailboxes").await, 58);
    assert_eq!(all[0]["periodEnd"], "2026-12-13T09:00:00.000Z");
    assert!(all[0]["subscriptionId"].as_str().unwrap().starts_with("sub_"));

    api.post("/v2/wallet/buy-addon-mailboxes?quantity=2", json!({})).await.ok();
    let bought = list(&api, "").await.pop().unwrap();
    assert_fields(&bought, json!({"totalMailboxQuantity": 2, "price": 6.5}));
    assert_eq!(list(&api, "?status=active&contains=growth").await.len(), 3);
    assert!(list(&api, "?status=CANCELLED").await.is_empty());
    assert!(list(&api, "?contains=starter").await.is_empty());
    api.sandbox.advance(30 * DAY);
    assert_eq!(list(&api, "").await[0]["periodEnd"], "2027-01-12T09:00:00.000Z");
}

#[tokio::test]
async fn cancellation_can_be_reverted_until_period_ends() {
    let api = Api::start().await;
    let id = id(&api, 0).await;
    let status = || async { list(&api, "").await[0]["subscriptionStatus"].clone() };
    for (revert, expected) in [(false, "CANCELLED"), (false, "CANCELLED"), (true, "ACTIVE"), (true, "ACTIVE")] {
        api.cancel_subscription(&id, revert).await.ok();
        assert_eq!(status().await, expected);
    }
    api.cancel_subscription(&id, false).await.ok();
    api.sandbox.advance(20 * DAY);
    let row = &list(&api, "").await[0];
    assert_fields(row, json!({"planUpgradeCancelPossible": false, "periodEnd": "2026-12-13T09:00:00.000Z"}));
    api.cancel_subscription(&id, true).await.refused(400);
    assert_eq!(api.get("/v2/users").await.data()["activePlan"], "Growth", "the other workspace has a plan");
}

#[tokio::test]
async fn purchase_charges_wallet_and_adds_slots() {
    let api = Api::start().await;
    let buy = async |query: &str| api.post(&format!("/v2/subscriptions/purchase?{query}"), json!({})).await;
    let bought = buy("planName=Starter").await.ok();
    assert!(bought["paymentLink"].is_string() && bought.get("status").is_none(), "the body is flat");
    assert_eq!(api.balance().await, 25.5);
    assert_eq!(api.counter("purchasedMailboxes").await, 68);
    let row = list(&api, "?contains=starter").await.pop().unwrap();
    assert_fields(&row, json!({"price": 39, "totalMailboxQuantity": 10}));
    for (query, price) in [
        ("planName=starter", "$39"),
        ("planName=Pro&billingCycle=Yearly", "$3000"),
        ("planName=Growth&billingCycle=quarterly", "$270"),
    ] {
        let message = buy(query).await.refused(400);
        assert!(message.contains(&format!("Required: {price},")), "{message}");
    }
    for invalid in ["", "planName=Huge", "planName=Pro&billingCycle=hourly"] {
        buy(invalid).await.refused(422);
    }
    assert_eq!(api.sandbox.ledger().len(), 1);
}

#[tokio::test]
async fn upgrade_charges_difference() {
    let api = Api::start().await;
    api.post("/v2/subscriptions/purchase?planName=Starter", json!({})).await.ok();
    let id = id(&api, 2).await;
    let upgrade =
        |key: &str, id: &Value| api.post("/v2/subscriptions/upgrade", json!({"lookupKey": key, "subscriptionId": id}));
    let message = upgrade("zap_mail_growth", &id).await.refused(400);
    assert!(message.contains("Required: $60, Available: $25.50"), "{message}");
    upgrade("zap_mail_starter", &id).await.refused(400);
    upgrade("zap_mail_huge", &id).await.refused(400);
    upgrade("zap_mail_growth", &json!("sub_unknown")).await.refused(404);
    assert_eq!(list(&api, "").await[2]["plan"], "STARTER");
}

#[tokio::test]
async fn upgrade_adds_slots() {
    let api = Api::start_with(|builder| builder.wallet_cents(25_000)).await;
    let upgrade = json!({"lookupKey": "zap_mail_pro", "subscriptionId": id(&api, 0).await});
    assert_eq!(api.post("/v2/subscriptions/upgrade", upgrade.clone()).await.ok(), json!({}));
    let row = &list(&api, "").await[0];
    assert_fields(row, json!({"plan": "PRO", "price": 299, "totalMailboxQuantity": 100}));
    assert_eq!(api.counter("purchasedMailboxes").await, 128);
    assert_eq!(api.balance().await, 50);
    api.post("/v2/subscriptions/upgrade", upgrade).await.refused(400);
    let add_on = json!({"lookupKey": "zap_mail_pro", "subscriptionId": id(&api, 1).await});
    api.post("/v2/subscriptions/upgrade", add_on).await.refused(400);
}

#[tokio::test]
async fn mailboxes_are_listed_by_subscription() {
    let api = Api::start().await;
    let mailboxes = async |id: Value| api.post("/v2/subscriptions/mailboxes", json!({"subscriptionId": id})).await;
    let (first, second) = (id(&api, 0).await, id(&api, 1).await);
    let first = mailboxes(first).await.data();
    assert_eq!(first.as_array().unwrap().len(), 30);
    assert_eq!(first[0]["domain"], "acme-001.example.com");
    let second = mailboxes(second).await.data();
    assert_eq!(second.as_array().unwrap().len(), 18);
    assert_ne!(first[29]["id"], second[0]["id"]);
    assert_eq!(mailboxes(json!("sub_unknown")).await.refused(404), "Subscription not found");
}

#[tokio::test]
async fn subscriptions_belong_to_workspace() {
    let api = Api::start().await;
    let id = id(&api, 0).await;
    let north = api.in_workspace(1);
    assert_eq!(list(&north, "").await.len(), 2);
    north.cancel_subscription(&id, false).await.refused(404);
}
