//! Quick setup.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::Api;

const PATH: &str = "/v2/quick-setup";

async fn start_with_full_wallet() -> Api {
    Api::start_with(|builder| builder.wallet_cents(100_000)).await
}

fn setup(names: &[&str], usernames: &[&str]) -> Value {
    let mailboxes: Value =
        usernames.iter().map(|name| json!({"firstName": "Noa", "lastName": "Vale", "mailboxUsername": name})).collect();
    json!({
        "domains": names.iter().map(|name| json!({"domainName": name})).collect::<Value>(),
        "mailboxes": names.iter().map(|name| (name.to_string(), mailboxes.clone())).collect::<serde_json::Map<_, _>>(),
        "enableDnsShield": false,
    })
}

async fn progress(api: &Api, domain: &str) -> Value {
    api.get(&format!("{PATH}?domain={domain}")).await.ok()["status"].clone()
}

#[tokio::test]
async fn quick_setup_passes_through_all_steps() {
    let api = start_with_full_wallet().await;
    let mut body = setup(&["noa-shop.com"], &["noa", "noa.vale"]);
    body["mailboxes"]["noa-shop.com"][0]["domainName"] = "Noa-Shop.com".into();
    body["exportApp"] = "SMARTLEAD".into();
    let batch = api.post(PATH, body.clone()).await.ok();
    assert_eq!(batch["slotsNeeded"], 0);
    assert!(batch["quickSetupBatchId"].is_string() && batch.get("status").is_none());
    let charged = api.sandbox.ledger();
    assert_eq!((charged.len(), &*charged[0].operation), (1, "quick_setup"));
    assert!(charged[0].cents > 0);

    for (seconds, status) in [(0, "PENDING"), (120, "MAILBOX_IN_PROGRESS"), (120, "COMPLETED")] {
        api.sandbox.advance(Duration::from_secs(seconds));
        assert_eq!(progress(&api, "noa-shop.com").await, status);
    }
    let listed = api.get("/v2/mailboxes/list?contains=noa-shop").await.data()["domains"][0].clone();
    assert_eq!((&listed["status"], &listed["mailboxes"][1]["status"]), (&json!("ACTIVE"), &json!("ACTIVE")));
    let export = || api.sandbox.exports().remove(0);
    assert_eq!((export().mailboxes.len(), &*export().status), (2, "IN_PROGRESS"));
    api.sandbox.advance(Duration::from_secs(30));
    assert_eq!(export().status, "COMPLETED");
    // The domain and the mailboxes now exist.
    api.post(PATH, body).await.refused(400);
    let before = api.balance().await;
    api.post(PATH, setup(&["noa-shop.com"], &["noa-3"])).await.ok();
    assert_eq!(api.balance().await, before);
    assert_eq!(progress(&api, "noa-shop.com").await, "MAILBOX_IN_PROGRESS");
    assert_eq!(api.get(&format!("{PATH}?domain=other.com")).await.refused(404), "Quick setup not found");
}

#[tokio::test]
async fn missing_slots_and_shield_are_charged() {
    let api = start_with_full_wallet().await;
    let usernames = ["a", "b", "c", "d", "e"];
    let names = ["one-shop.com", "two-shop.com", "three-shop.com"];
    let plain = api.post(PATH, setup(&names, &usernames[..3])).await.ok();
    assert_eq!(plain["slotsNeeded"], 0);
    let domains = api.sandbox.ledger()[0].cents;
    let mut body = setup(&["four-shop.com", "five-shop.com", "six-shop.com"], &usernames);
    body["enableDnsShield"] = true.into();
    let more = api.post(PATH, body).await.ok();
    assert_eq!(more["slotsNeeded"], 14);
    assert_eq!(api.sandbox.ledger()[1].cents, domains + 14 * 325 + 3 * 300);
    assert_eq!(api.counter("availableMailboxes").await, 0);
}

#[tokio::test]
async fn export_to_expired_account_fails() {
    let api = start_with_full_wallet().await;
    let mut body = setup(&["noa-shop.com"], &["noa"]);
    body["exportApp"] = "INSTANTLY".into();
    api.post(PATH, body.clone()).await.ok();
    api.sandbox.advance(Duration::from_secs(280));
    assert_eq!(api.sandbox.exports()[0].status, "FAILED");
    body["exportApp"] = "WARMY".into();
    body["domains"][0]["domainName"] = "other-shop.com".into();
    body["mailboxes"] = json!({});
    assert_eq!(api.post(PATH, body).await.refused(404), "Account not found");
}

#[tokio::test]
async fn invalid_setups_are_refused_without_charge() {
    let api = Api::start().await;
    let six = ["a", "b", "c", "d", "e", "f"];
    // Six mailboxes on the same domain, whose name has two spellings.
    let mut twice = setup(&["noa-shop.com"], &six[..3]);
    twice["mailboxes"]["NOA-shop.com"] = setup(&["noa-shop.com"], &six[3..])["mailboxes"]["noa-shop.com"].clone();
    let mut elsewhere = setup(&["noa-shop.com"], &["noa"]);
    elsewhere["mailboxes"]["noa-shop.com"][0]["domainName"] = "other-shop.com".into();
    for (body, status) in [
        (setup(&[], &[]), 422),
        (setup(&["https://noa-shop.com"], &["noa"]), 422),
        (setup(&[".com"], &["noa"]), 422),
        (setup(&["noa shop.com"], &["noa"]), 422),
        (twice, 400),
        (elsewhere, 422),
        (setup(&["noa-shop.com"], &["noa-"]), 422),
        (setup(&["noa-shop.com"], &["noa", "noa"]), 400),
        (setup(&["noa-shop.com"], &six), 400),
        (setup(&["acme-020.example.com"], &["noa"]), 400),
        (setup(&["1.com", "2.com", "3.com", "4.com", "5.com", "6.com", "7.com"], &six[..5]), 400),
        (json!({"domains": [{"domainName": "a.com"}], "mailboxes": {"b.com": []}, "enableDnsShield": false}), 422),
    ] {
        api.post(PATH, body).await.refused(status);
    }
    assert_eq!(
        api.post(PATH, json!({"domains": [], "mailboxes": {}})).await.refused(422),
        "enableDnsShield is required"
    );
    assert_eq!(api.balance().await, 64.5);
}
