//! Purchases of domains.

use std::time::Duration;

use serde_json::{Value, json};

use super::row;
use crate::api::{Api, Reply, assert_fields};

async fn buy(api: &Api, names: &[&str], use_wallet: bool) -> Reply {
    let domains: Value = names.iter().map(|name| json!({"domainName": name})).collect();
    api.post("/v2/domains/buy", json!({"domains": domains, "useWallet": use_wallet, "enableDnsShield": false})).await
}

#[tokio::test(start_paused = true)]
async fn purchased_domain_is_pending_then_active() {
    let api = Api::start().await;
    let order = buy(&api, &["acme-one.com", "ACME-two.net"], true).await.ok();
    assert_eq!(order["message"], "Domains purchased");
    assert!(order["invoiceLink"].is_string() && order.get("status").is_none(), "the body is flat");
    assert_eq!(api.balance().await, 36.52);
    let bought = row(&api, "acme-two.net").await;
    assert_fields(&bought, json!({"status": "PENDING", "serviceProvider": null}));
    tokio::time::advance(Duration::from_secs(119)).await;
    assert_eq!(row(&api, "acme-two.net").await["status"], "PENDING");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(row(&api, "acme-two.net").await["status"], "ACTIVE");
    assert_eq!(row(&api, "acme-one.com").await["expireOn"], "2027-11-23T09:00:00.000Z");
    let charged = api.sandbox.ledger();
    assert_eq!((charged.len(), &*charged[0].operation, charged[0].cents), (1, "purchase_domains", 2798));
}

#[tokio::test(start_paused = true)]
async fn purchase_with_years_and_shield_applies_both() {
    let api = Api::start().await;
    let body =
        json!({"domains": [{"domainName": "acme-long.com", "years": 2}], "useWallet": true, "enableDnsShield": true});
    api.post("/v2/domains/buy", body).await.ok();
    assert_eq!(api.balance().await, 27.52);
    // Setting up the protection takes a minute.
    assert_eq!(row(&api, "acme-long.com").await["dnsShieldUpdateInProgress"], true);
    tokio::time::advance(Duration::from_secs(60)).await;
    let bought = row(&api, "acme-long.com").await;
    assert_fields(&bought, json!({"expireOn": "2028-11-22T09:00:00.000Z", "dnsShieldEnabled": true}));
}

#[tokio::test]
async fn insufficient_wallet_creates_invoice_only() {
    let api = Api::start().await;
    let names = ["a-acme.com", "b-acme.com", "c-acme.com", "d-acme.com", "e-acme.com"];
    let order = buy(&api, &names, true).await.ok();
    assert!(order["invoiceLink"].is_string());
    assert!(order["message"].as_str().unwrap().contains("$0.45"), "{order}");
    assert_eq!(api.balance().await, 64.5);
    api.sandbox.advance(Duration::from_secs(600));
    assert!(row(&api, "a-acme.com").await.is_null());
}

#[tokio::test]
async fn purchase_without_wallet_returns_payment_link() {
    let api = Api::start().await;
    let order = buy(&api, &["acme-one.com"], false).await.ok();
    assert!(order["paymentLink"].is_string() && order["invoiceLink"].is_null());
    assert_eq!(api.balance().await, 64.5);
    assert!(row(&api, "acme-one.com").await.is_null());
}

#[tokio::test]
async fn taken_name_is_charged_and_refunded() {
    let api = Api::start().await;
    buy(&api, &["acme-taken.com"], true).await.ok();
    assert_eq!(api.balance().await, 51.51);
    api.sandbox.advance(Duration::from_secs(120));
    assert!(row(&api, "acme-taken.com").await.is_null());
    assert_eq!(api.balance().await, 64.5);
}

#[tokio::test]
async fn invalid_orders_are_refused_without_charge() {
    let api = Api::start().await;
    for name in ["acme-001.example.com", "banned.com", "workspace.com", "acme.io"] {
        let message = buy(&api, &["acme-one.com", name], true).await.refused(400);
        assert!(message.starts_with(name), "{message}");
    }
    buy(&api, &["acme-one.com", "acme-one.com"], true).await.refused(400);
    buy(&api, &[], true).await.refused(422);
    assert_eq!(buy(&api, &["acme"], true).await.refused(422), "domains.0.domainName is not a valid domain name");
    let years =
        json!({"domains": [{"domainName": "acme-one.com", "years": 11}], "useWallet": true, "enableDnsShield": false});
    assert!(api.post("/v2/domains/buy", years).await.refused(422).starts_with("domains.0.years"));
    assert_eq!(api.balance().await, 64.5);
}

#[tokio::test]
async fn purchase_without_billing_details_is_refused() {
    let api = Api::start().await;
    let id = api.post("/v2/workspaces", json!({"name": "Client South"})).await.data()["id"].take();
    let order = json!({"domains": [{"domainName": "acme-one.com"}], "useWallet": true, "enableDnsShield": false});
    let request = api.request(reqwest::Method::POST, "/v2/domains/buy").header("x-workspace-key", id.as_str().unwrap());
    assert!(api.send(request.json(&order)).await.refused(400).contains("billing"));
}
