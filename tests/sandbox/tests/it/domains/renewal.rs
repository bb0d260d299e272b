//! Renewals of domains.

use std::time::Duration;

use serde_json::json;

use super::{names, nth};
use crate::api::{Api, UNKNOWN, assert_fields};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn only_domains_in_last_two_months_are_renewable() {
    let api = Api::start().await;
    let soon = api.post("/v2/domains/renewal-soon?limit=200", json!({})).await.data();
    assert_eq!(names(&soon), ["acme-005.example.com", "acme-011.example.com"]);
    assert_fields(&soon, json!({"totalCount": 2, "totalSearchedCount": 2}));
    assert_eq!(soon["domains"][0]["assignedMailboxesCount"], "3");
    let found = api.post("/v2/domains/renewal-soon", json!({"contains": "011"})).await.data();
    assert_fields(&found, json!({"totalCount": 2, "totalSearchedCount": 1}));
    api.sandbox.advance(50 * DAY);
    assert_eq!(nth(&api, 4).await["status"], "EXPIRED");
    assert_eq!(api.post("/v2/domains/renewal-soon", json!({})).await.data()["totalCount"], 0);
}

#[tokio::test]
async fn renewal_is_charged_and_extends_registration() {
    let api = Api::start().await;
    let (domain, other) = (nth(&api, 4).await, nth(&api, 0).await);
    let price =
        api.post("/v2/domains/get-renewal-price", json!({"domainIds": [domain["id"], other["id"]]})).await.data();
    assert_eq!(price.as_array().unwrap().len(), 1, "the other domain cannot be renewed yet");
    assert_fields(&price[0], json!({"domainId": domain["id"], "renewPrice": "20.99"}));
    let order = api.post("/v2/domains/renew", json!({"domainIds": [domain["id"]]})).await.data();
    assert_eq!(
        order,
        json!({"paymentLink": null, "domains": [domain["domain"]], "domainIds": [domain["id"]], "useWallet": true})
    );
    assert_eq!(api.balance().await, 43.51);
    assert_eq!(api.sandbox.ledger()[0].operation, "renew_domains");
    assert!(nth(&api, 4).await["expireOn"].as_str().unwrap().starts_with("2028-01-0"));
    assert!(
        api.post("/v2/domains/renew", json!({"domainIds": [domain["id"]]})).await.refused(400).contains("eligible")
    );
    assert_eq!(api.balance().await, 43.51);
}

#[tokio::test]
async fn insufficient_wallet_returns_payment_link() {
    let api = Api::start().await;
    api.post("/v2/wallet/buy-addon-mailboxes?quantity=14", json!({})).await.ok();
    let domain = nth(&api, 4).await;
    let order = api.post("/v2/domains/renew", json!({"domainIds": [domain["id"]]})).await.data();
    assert!(order["paymentLink"].is_string());
    assert_eq!(nth(&api, 4).await["expireOn"], domain["expireOn"]);
    assert_eq!(api.balance().await, 19);
}

#[tokio::test]
async fn renewal_without_known_domains_is_refused() {
    let api = Api::start().await;
    api.post("/v2/domains/renew", json!({})).await.refused(422);
    api.post("/v2/domains/renew", json!({"domainIds": []})).await.refused(422);
    api.post("/v2/domains/renew", json!({"domainIds": [UNKNOWN]})).await.refused(404);
    api.post("/v2/domains/get-renewal-price", json!({"domainIds": [UNKNOWN]})).await.refused(404);
}

#[tokio::test]
async fn auto_renewal_is_stored() {
    let api = Api::start().await;
    let id = nth(&api, 0).await["id"].take();
    for auto_renew in [true, false] {
        let body = json!({"domainIds": [id], "autoRenew": auto_renew});
        api.post("/v2/domains/update-auto-renew", body).await.ok();
        assert_eq!(nth(&api, 0).await["autoRenew"], auto_renew);
    }
    api.post("/v2/domains/update-auto-renew", json!({"domainIds": [id]})).await.refused(422);
}
