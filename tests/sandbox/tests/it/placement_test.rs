//! Placement tests and their credits.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{Api, UNKNOWN, assert_fields};

async fn credits(api: &Api) -> u64 {
    api.get("/v2/placement-tests/available-slots").await.data()["totalAvailableCredits"].as_u64().unwrap()
}

/// Returns the ids of the mailboxes of the first domain.
async fn mailboxes(api: &Api) -> Vec<Value> {
    let domain = api.domain(0).await;
    domain["mailboxes"].as_array().unwrap().iter().map(|mailbox| mailbox["id"].clone()).collect()
}

fn test(placement_type: &str, ids: &[Value]) -> Value {
    json!({
        "placementType": placement_type, "testName": "May check", "mailboxIds": ids,
        "seedAccounts": ["google", "microsoft365"],
    })
}

const PURCHASE: &str = "/v2/placement-tests/purchase";

#[tokio::test]
async fn test_uses_credits_and_completes() {
    let api = Api::start().await;
    assert_eq!(credits(&api).await, 30);
    let ids = mailboxes(&api).await;
    // All spellings of an id are the same mailbox.
    let upper_case = json!(ids[0].as_str().unwrap().to_uppercase());
    let twice: Vec<_> = ids.iter().cloned().chain([upper_case]).collect();
    let order = api.post(PURCHASE, test("MONTHLY", &twice)).await.data()["cartOrderId"].take();
    assert_eq!((credits(&api).await, api.balance().await), (27, json!(64.5)));
    api.post(PURCHASE, test("MONTHLY", &ids)).await.refused(400);
    for (seconds, status) in [(0, "SCHEDULED"), (180, "COMPLETED")] {
        api.sandbox.advance(Duration::from_secs(seconds));
        let orders = api.get("/v2/placement-tests/orders").await.data();
        assert_fields(&orders["testGroups"][0], json!({"cartOrderId": order, "status": status}));
    }
    assert_eq!(api.get("/v2/placement-tests/orders?page=2").await.data()["testGroups"], json!([]));
    assert_eq!(api.post(PURCHASE, test("MONTHLY", &[UNKNOWN.into()])).await.refused(404), "Mailbox not found");
    api.post(PURCHASE, test("MONTHLY", &ids)).await.data();
}

#[tokio::test]
async fn credits_are_renewed_every_month() {
    let api = Api::start().await;
    api.post(PURCHASE, test("MONTHLY", &mailboxes(&api).await)).await.ok();
    assert_eq!(credits(&api).await, 27);
    api.sandbox.advance(Duration::from_secs(30 * 24 * 60 * 60));
    assert_eq!(credits(&api).await, 30);
}

#[tokio::test]
async fn test_without_plan_charges_wallet() {
    let api = Api::start().await.in_workspace(1);
    let ids = mailboxes(&api).await;
    assert_eq!(credits(&api).await, 0);
    let message = api.post(PURCHASE, test("MONTHLY", &ids)).await.refused(400);
    assert!(message.contains("Required: 3, Available: 0"), "{message}");
    api.post(PURCHASE, test("ONE_TIME", &ids)).await.data();
    assert_eq!(api.balance().await, 58.5);
}

#[tokio::test]
async fn plans_can_be_purchased_and_canceled() {
    let api = Api::start_with(|builder| builder.wallet_cents(100_000)).await.in_workspace(1);
    let path = "/v2/placement-tests/purchase-plan";
    api.post(path, json!({"planName": "Growth"})).await.data();
    let bought = api.post(path, json!({"planName": "starter ltd"})).await.data();
    let subscription = &bought["subscription"];
    assert_fields(subscription, json!({"planType": "STARTER", "billingCycle": "LTD"}));
    assert_eq!(subscription["lookupKey"], "placement_test_starter_ltd");
    assert_fields(&bought["invoice"], json!({"amount": 99, "status": "paid"}));
    let wallet = json!({"previousBalance": 901, "amountDeducted": 99, "currentBalance": 802});
    assert_eq!(bought["walletBalance"], wallet);
    assert_eq!(api.balance().await, 802);
    let remaining = api.get("/v2/placement-tests/available-slots").await.data();
    assert_eq!(remaining, json!({"totalAvailableCredits": 230, "monthlyCredits": 200, "ltdCredits": 30}));
    api.post(path, json!({"planName": "Huge"})).await.refused(422);
    api.post(path, json!({"planName": "Pro LTD"})).await.refused(400);

    let list = async || api.get("/v2/placement-tests/subscriptions").await.data();
    let cancel = "/v2/placement-tests/cancel-subscription";
    for id in [&list().await[1]["id"], &list().await[1]["subscriptionId"]] {
        for revert in [false, true] {
            api.post(cancel, json!({"subscriptionId": id, "revertCancellation": revert})).await.data();
            assert_eq!(list().await[1]["cancelledByUser"], !revert);
        }
    }
    assert_eq!((&list().await[0]["planType"], &list().await[1]["planType"]), (&json!("MONTHLY"), &json!("LTD")));
    let unknown = json!({"subscriptionId": "sub_1", "revertCancellation": false});
    assert_eq!(api.post(cancel, unknown).await.refused(404), "Subscription not found");
}
