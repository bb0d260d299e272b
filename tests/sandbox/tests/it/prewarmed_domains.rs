//! Pre-warmed domains.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{Api, Reply, assert_fields};

async fn offers(api: &Api, query: &str) -> Value {
    api.get(&format!("/v2/prewarmed-domains/get-domains?page=1&limit=5{query}")).await.data()
}

async fn buy(api: &Api, plan: &str) -> Reply {
    api.post(&format!("/v2/prewarmed-domains/purchase?planType={plan}"), json!(null)).await
}

async fn assign(api: &Api, ids: &[&str]) -> Reply {
    api.post("/v2/prewarmed-domains/assign", json!({"domainIds": ids})).await
}

#[tokio::test]
async fn offers_are_paginated() {
    let api = Api::start().await;
    let page = offers(&api, "").await;
    assert_fields(&page, json!({"total": 24, "totalDomainsUnsold": 24, "totalPages": 5}));
    assert!(page.get("totalSearchedCount").is_none());
    let row = &page["domains"][0];
    assert_fields(row, json!({"isSold": false, "price": 39}));
    assert!(row["preWarmedUpMailboxes"][2]["mailbox"]["firstName"].is_string());
    let found = offers(&api, "&contains=warm-003").await;
    assert_fields(&found, json!({"total": 1, "totalDomainsUnsold": 24}));
    let none = offers(&api, "&contains=cold").await;
    assert_fields(&none, json!({"totalPages": 0, "nextPage": 2}));
    assert_eq!(api.get("/v2/prewarmed-domains/count").await.data(), json!({"google": 60, "microsoft": 12}));
    api.get("/v2/prewarmed-domains/get-domains?page=1").await.refused(400);
}

#[tokio::test]
async fn purchased_plan_becomes_active() {
    let api = Api::start().await;
    let bought = buy(&api, "starter").await.ok();
    assert!(bought["message"].is_string() && bought.get("status").is_none());
    assert_eq!((api.balance().await, &*api.sandbox.ledger()[0].operation), (json!(25.5), "purchase_prewarmed_plan"));
    let subscriptions =
        async |query: &str| api.get(&format!("/v2/prewarmed-domains/subscriptions{query}")).await.data();
    let pending = subscriptions("").await;
    assert_eq!((&pending["total"], &pending["subscriptions"][0]["subscriptionStatus"]), (&json!(1), &json!("PENDING")));
    api.sandbox.advance(Duration::from_secs(60));
    assert_eq!(subscriptions("?status=ACTIVE").await["total"], 1);
    assert_eq!(subscriptions("?status=PENDING").await["totalPages"], 0);
}

#[tokio::test]
async fn assignment_is_charged_and_adds_domain_with_mailboxes() {
    let api = Api::start().await;
    let slots = api.counter("availableMailboxes").await;
    assign(&api, &["pw-1"]).await.data();
    assert_eq!((api.balance().await, &*api.sandbox.ledger()[0].operation), (json!(25.5), "assign_prewarmed_domains"));
    assert_eq!((offers(&api, "").await["total"].clone(), api.counter("availableMailboxes").await), (json!(23), slots));
    assert_eq!(api.counter("totalAssignedPreWarmedUpMailboxes").await, 3);
    assert_eq!(api.counter("totalActivePreWarmedUpMailboxes").await, 3);
    let listed = api.get("/v2/mailboxes/list?contains=warm-001").await.data();
    assert_eq!(listed["domains"][0]["mailboxes"].as_array().unwrap().len(), 3);
    assert_eq!(listed["domains"][0]["mailboxes"][0]["isWarmedUp"], true);
    assert!(assign(&api, &["pw-1"]).await.refused(400).contains("sold"));
    assert_eq!(api.sandbox.ledger().len(), 1);
}

#[tokio::test]
async fn insufficient_wallet_charges_card() {
    let api = Api::start().await;
    assign(&api, &["pw-1", "pw-2"]).await.data();
    let charge = api.sandbox.ledger().remove(0);
    assert_eq!((charge.cents, charge.balance_after, api.balance().await), (7800, 6450, json!(64.5)));
    assert_eq!(offers(&api, "").await["total"], 22);
}

#[tokio::test]
async fn plan_does_not_pay_for_assignments() {
    let api = Api::start_with(|builder| builder.wallet_cents(100_000)).await;
    buy(&api, "growth").await.ok();
    api.sandbox.advance(Duration::from_secs(60));
    assign(&api, &["pw-1"]).await.data();
    let charged: Vec<_> = api.sandbox.ledger().into_iter().map(|charge| charge.cents).collect();
    assert_eq!(charged, [14_900, 3_900]);
}

#[tokio::test]
async fn invalid_purchases_and_assignments_are_refused() {
    let api = Api::start().await;
    buy(&api, "Starter").await.refused(422);
    assert_eq!(api.post("/v2/prewarmed-domains/purchase", json!(null)).await.refused(422), "planType is required");
    assert!(buy(&api, "pro").await.refused(400).contains("Required: $339"));
    assert_eq!(assign(&api, &["pw-99"]).await.refused(404), "Domain not found");
    assign(&api, &[]).await.refused(422);
    assert_eq!(api.balance().await, 64.5);
}
