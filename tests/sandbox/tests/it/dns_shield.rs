//! DNS Shield.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{Api, Reply, UNKNOWN, assert_fields};

async fn eligible(api: &Api, query: &str) -> Value {
    api.get(&format!("/v2/dns-shield/eligible-domains?page=1&limit=50{query}")).await.data()
}

async fn free_slots(api: &Api) -> u64 {
    api.get("/v2/dns-shield/available-slots").await.data()["totalAvailableSlots"].as_u64().unwrap()
}

async fn subscriptions(api: &Api) -> Value {
    api.get("/v2/dns-shield/subscriptions").await.data()
}

async fn allocate(api: &Api, ids: Value) -> Reply {
    api.post("/v2/dns-shield/allocate-domains", json!({"domainIds": ids})).await
}

#[tokio::test]
async fn allocated_slot_protects_domain() {
    let api = Api::start().await;
    let before = eligible(&api, "").await;
    assert_fields(&before, json!({"totalSearchedCount": 16, "nextPage": 2}));
    assert_eq!(free_slots(&api).await, 30);
    let id = before["domains"][0]["id"].clone();
    assert_eq!(allocate(&api, json!([id])).await.data(), json!(null));
    assert_eq!(free_slots(&api).await, 29);
    assert_eq!(eligible(&api, "").await["totalSearchedCount"], 15);

    let subscription = subscriptions(&api).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v2/dns-shield/allocated-domains?subscriptionId={subscription}");
    let allocated = api.get(&path).await.data();
    assert_fields(&allocated[0], json!({"id": id, "dnsShieldUpdateInProgress": true}));
    let row = async || api.get("/v2/domains?limit=1").await.data()["domains"][0].clone();
    assert_fields(&row().await, json!({"dnsShieldEnabled": false, "dnsShieldUpdateInProgress": true}));
    api.sandbox.advance(Duration::from_secs(60));
    assert_eq!(api.get(&path).await.data()[0]["dnsShieldUpdateInProgress"], false);
    assert_fields(&row().await, json!({"dnsShieldEnabled": true, "dnsShieldUpdateInProgress": false}));

    allocate(&api, json!([id])).await.refused(409);
    assert_eq!(allocate(&api, json!([UNKNOWN])).await.refused(404), "Domain not found");
    allocate(&api, json!([])).await.refused(422);
    assert_eq!(eligible(&api, "&contains=acme-002").await["totalSearchedCount"], 1);
    assert_eq!(eligible(&api, "&contains=acme-001").await["totalSearchedCount"], 0);
}

#[tokio::test]
async fn workspace_without_plan_has_no_slots() {
    let api = Api::start().await.in_workspace(1);
    assert_eq!(subscriptions(&api).await, json!(null));
    let none = json!({"totalAvailableSlots": 0, "subscriptions": []});
    assert_eq!(api.get("/v2/dns-shield/available-slots").await.data(), none);
    let id = eligible(&api, "").await["domains"][0]["id"].clone();
    let message = allocate(&api, json!([id])).await.refused(400);
    assert!(message.contains("Required: 1, Available: 0"), "{message}");
}

#[tokio::test]
async fn monthly_protection_is_charged() {
    let api = Api::start().await.in_workspace(1);
    let rows = eligible(&api, "").await["domains"].clone();
    let path = "/v2/dns-shield/purchase";
    let body =
        json!({"planType": "MONTHLY", "quantity": 2, "domainIds": [rows[0]["id"]], "domainNames": [rows[1]["domain"]]});
    let bought = api.post(path, body.clone()).await.ok();
    assert!(bought["invoiceUrl"].is_string() && bought.get("status").is_none());
    assert_eq!(api.balance().await, 58.5);
    assert_eq!(api.sandbox.ledger()[0].operation, "purchase_dns_shield");
    let bought = subscriptions(&api).await;
    assert_fields(&bought[0], json!({"billingCycle": "MONTHLY", "usedSlots": 2}));
    // Monthly subscriptions have no free slots.
    assert_eq!(free_slots(&api).await, 0);
    api.post(path, body).await.refused(409);
    for (body, status) in [
        (json!({}), 422),
        (json!({"planType": "MONTHLY"}), 422),
        (json!({"planType": "MONTHLY", "quantity": 1000}), 400),
        (json!({"planType": "MONTHLY", "quantity": 1, "domainNames": ["other.example.com"]}), 404),
        (json!({"planType": "LTD", "planName": "Huge"}), 422),
        (json!({"planType": "LTD", "planName": "Starter"}), 400),
        (json!({"planType": "EXISTING", "domainIds": [rows[2]["id"]]}), 400),
    ] {
        api.post(path, body).await.refused(status);
    }
    assert_eq!(api.balance().await, 58.5);
}

#[tokio::test]
async fn lifetime_plan_can_be_upgraded_and_canceled() {
    let api = Api::start_with(|builder| builder.wallet_cents(1_000_000)).await.in_workspace(1);
    api.post("/v2/dns-shield/purchase", json!({"planType": "LTD", "planName": "starter"})).await.ok();
    assert_eq!((free_slots(&api).await, api.balance().await), (30, json!(9701)));
    let id = subscriptions(&api).await[0]["id"].clone();
    let upgrade = |plan: &str| json!({"subscriptionId": id, "newPlanName": plan});
    let upgraded = api.post("/v2/dns-shield/upgrade-plan", upgrade("growth")).await.ok();
    assert!(upgraded["invoiceUrl"].is_string() && upgraded.get("data").is_none());
    assert_eq!((free_slots(&api).await, api.balance().await), (100, json!(9001)));
    let slots = api.get("/v2/dns-shield/available-slots").await.data();
    let row = json!({"id": id, "planType": "GROWTH", "totalSlots": 100, "totalUsedSlots": 0, "availableSlots": 100});
    assert_eq!(slots["subscriptions"], json!([row]));
    api.post("/v2/dns-shield/upgrade-plan", upgrade("Starter")).await.refused(400);
    api.post("/v2/dns-shield/upgrade-plan", upgrade("Huge")).await.refused(422);

    let domain = eligible(&api, "").await["domains"][0]["id"].clone();
    let existing = json!({"planType": "EXISTING", "domainIds": [domain]});
    api.post("/v2/dns-shield/purchase", existing).await.ok();
    assert_eq!((free_slots(&api).await, api.balance().await), (99, json!(9001)));

    let cancel = "/v2/dns-shield/cancel-subscription";
    api.post(cancel, json!({"subscriptionId": id})).await.data();
    assert_eq!(subscriptions(&api).await[0]["cancelledByUser"], true);
    assert_eq!(free_slots(&api).await, 0);
    assert_eq!(api.post(cancel, json!({"subscriptionId": "sub_1"})).await.refused(404), "Subscription not found");
    api.get("/v2/dns-shield/allocated-domains?subscriptionId=sub_1").await.refused(404);
    let unknown = json!({"subscriptionId": "sub_1", "newPlanName": "Pro"});
    api.post("/v2/dns-shield/upgrade-plan", unknown).await.refused(404);
}
