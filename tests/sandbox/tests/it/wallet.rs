//! The wallet.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::api::Api;

#[tokio::test]
async fn each_slot_purchase_is_charged_immediately() {
    let api = Api::start().await;
    for (slots, balance) in [(13, json!(54.75)), (16, json!(45))] {
        let path = "/v2/wallet/buy-addon-mailboxes?quantity=3";
        let invoice = api.send(api.request(Method::POST, path)).await.ok();
        assert!(invoice["message"].as_str().unwrap().contains(invoice["paymentLink"].as_str().unwrap()));
        assert!(invoice.get("status").is_none(), "the body is flat");
        assert_eq!(api.balance().await, balance);
        assert_eq!(api.counter("availableMailboxes").await, slots);
    }
}

#[tokio::test]
async fn insufficient_wallet_is_refused_with_both_amounts() {
    let api = Api::start().await;
    for (quantity, price) in [("20", "$65,"), ("25", "$81.25,"), ("18446744073709551615", "$")] {
        let path = format!("/v2/wallet/buy-addon-mailboxes?quantity={quantity}");
        let message = api.post(&path, json!({})).await.refused(400);
        assert!(message.contains(&format!("Required: {price}")) && message.contains("Available: $64.50"), "{message}");
    }
    assert_eq!(api.balance().await, 64.5);
    assert_eq!(api.counter("availableMailboxes").await, 10);
}

#[tokio::test]
async fn quantity_must_be_a_positive_integer() {
    let api = Api::start().await;
    for query in ["", "?quantity=", "?quantity=0", "?quantity=-1", "?quantity=1.5", "?quantity=two"] {
        let message = api.post(&format!("/v2/wallet/buy-addon-mailboxes{query}"), json!({})).await.refused(422);
        assert!(message.contains("quantity"), "{message}");
    }
    assert_eq!(api.balance().await, 64.5);
}

#[tokio::test(start_paused = true)]
async fn payment_link_credits_nothing_and_has_cooldown() {
    let api = Api::start().await;
    let link = api.post("/v2/wallet/balance", json!({"amount": 50})).await.ok();
    assert!(link["paymentLink"].is_string() && link.get("status").is_none());
    assert_eq!(api.balance().await, 64.5);

    tokio::time::advance(Duration::from_millis(20_500)).await;
    let refused = api.post("/v2/wallet/balance", json!({"amount": 50})).await;
    assert_eq!(refused.headers["retry-after"], "40");
    assert!(!refused.refused(429).is_empty());
    tokio::time::advance(Duration::from_millis(39_500)).await;
    let other = api.post("/v2/wallet/balance", json!({"amount": 50})).await.ok();
    assert_ne!(other["paymentLink"], link["paymentLink"]);
}

#[tokio::test]
async fn amount_must_be_a_positive_number() {
    let api = Api::start().await;
    assert_eq!(api.post("/v2/wallet/balance", json!({})).await.refused(422), "amount is required");
    api.post("/v2/wallet/balance", json!({"amount": "50"})).await.refused(422);
    api.post("/v2/wallet/balance", json!({"amount": 0})).await.refused(400);
    api.post("/v2/wallet/balance", json!({"amount": -5})).await.refused(400);
    // None of the refused requests started the cool-down.
    api.post("/v2/wallet/balance", json!({"amount": 0.01})).await.ok();
}

#[tokio::test]
async fn auto_recharge_settings_are_stored() {
    let api = Api::start().await;
    let path = "/v2/wallet/enable-auto-recharge";
    let wallet = || async { api.get("/v2/wallet/balance").await.ok() };
    assert_eq!(wallet().await["autoRechargeEnabled"], false);
    for (settings, details) in [
        (json!({"enable": true}), json!({"threshold": 20, "amount": 50})),
        (json!({"enable": true, "threshold": 7.25}), json!({"threshold": 7.25, "amount": 50})),
        (json!({"enable": true, "minimumRechargeAmount": 80}), json!({"threshold": 20, "amount": 80})),
    ] {
        let response = api.post(path, settings).await.ok();
        assert!(response["message"].is_string() && response.get("status").is_none());
        assert_eq!(wallet().await["autoRechargeEnabled"], true);
        assert_eq!(wallet().await["autoRechargeDetails"], details);
    }
    api.post(path, json!({"enable": false})).await.ok();
    assert_eq!(wallet().await["autoRechargeEnabled"], false);
    assert_eq!(api.post(path, json!({"threshold": 20})).await.refused(422), "enable is required");
    api.post(path, json!({"enable": true, "threshold": -1})).await.refused(400);
    assert_eq!(wallet().await["autoRechargeEnabled"], false);
}

#[tokio::test]
async fn refused_purchase_starts_one_recharge() {
    let api = Api::start().await;
    let buy = || api.post("/v2/wallet/buy-addon-mailboxes?quantity=20", json!({}));
    for (settings, balance) in
        [(json!({"enable": false}), json!(64.5)), (json!({"enable": true, "minimumRechargeAmount": 80}), json!(144.5))]
    {
        api.post("/v2/wallet/enable-auto-recharge", settings).await.ok();
        buy().await.refused(400);
        buy().await.refused(400);
        api.sandbox.advance(Duration::from_secs(59));
        assert_eq!(api.balance().await, 64.5);
        api.sandbox.advance(Duration::from_secs(1));
        assert_eq!(api.balance().await, balance, "there is at most one recharge");
    }
    buy().await.ok();
}

#[tokio::test]
async fn invoice_url_matches_subscription() {
    let api = Api::start().await;
    let path = "/v2/payment/invoices";
    for row in api.get("/v2/subscriptions").await.data().as_array().unwrap() {
        let data = api.post(path, json!({"subscriptionId": row["subscriptionId"]})).await.data();
        assert_eq!(data["invoiceUrl"], row["invoiceDetails"]);
    }
    assert_eq!(api.post(path, json!({"subscriptionId": "sub_1"})).await.refused(404), "Subscription not found");
    assert_eq!(api.post(path, json!({})).await.refused(422), "subscriptionId is required");
}
