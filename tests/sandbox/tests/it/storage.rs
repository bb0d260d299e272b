//! The state file.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use zapmail_sandbox::{Builder, Quota, Sandbox};

use crate::api::Api;

const BUY: &str = "/v2/wallet/buy-addon-mailboxes?quantity=2";

fn builder(path: &std::path::Path) -> Builder {
    Sandbox::builder().quota(Quota::unlimited()).state_file(path)
}

async fn start(path: &std::path::Path) -> Api {
    Api::of(builder(path).start().await.unwrap())
}

#[tokio::test]
async fn restart_restores_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let api = start(&path).await;
    api.post(BUY, json!({})).await.ok();
    let (domain, ledger) = (api.domain(0).await, api.sandbox.ledger());
    let listed = api.get("/v2/domains?limit=50").await.ok();
    // Dropped, not stopped: each change is in the file before its response is sent.
    drop(api);

    // The file takes precedence over the builder's settings for new sandboxes.
    let api = Api::of(builder(&path).domains(1).seed(7).start().await.unwrap());
    assert_eq!(api.balance().await, 58);
    assert_eq!(api.domain(0).await, domain);
    assert_eq!(api.sandbox.ledger(), ledger);
    assert_eq!(api.get("/v2/domains?limit=50").await.ok(), listed);
    let mailbox = domain["mailboxes"][0]["id"].as_str().unwrap();
    api.get(&format!("/v2/mailboxes?id={mailbox}")).await.data();
}

#[tokio::test]
async fn ids_are_unique_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let mut links = Vec::new();
    for _ in 0..2 {
        links.push(start(&path).await.post(BUY, json!({})).await.ok()["paymentLink"].clone());
    }
    assert_ne!(links[0], links[1]);
}

#[tokio::test(start_paused = true)]
async fn time_continues_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let sandbox = builder(&path).start().await.unwrap();
    sandbox.advance(Duration::from_secs(5000));
    let stopped = sandbox.now();
    sandbox.stop().await;
    let passed = builder(&path).start().await.unwrap().now().duration_since(stopped).unwrap();
    assert!(passed < Duration::from_secs(5), "{passed:?}");
    let later = stopped + Duration::from_secs(1_000_000);
    assert_eq!(builder(&path).starting_at(later).start().await.unwrap().now(), later);
}

#[tokio::test]
async fn file_is_replaced_atomically() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let api = std::sync::Arc::new(start(&path).await);
    let buy = |_| {
        let api = std::sync::Arc::clone(&api);
        tokio::spawn(async move { api.request(reqwest::Method::POST, BUY).send().await.unwrap().status() })
    };
    for status in (0..8).map(buy).collect::<Vec<_>>() {
        assert_eq!(status.await.unwrap(), 200);
        let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert!(file["state"]["wallet"]["balance"].as_u64().unwrap() < 6450);
    }
    let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(file["state"]["wallet"]["balance"], 6450 - 8 * 650);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["state.json"]);
}

#[tokio::test]
async fn invalid_file_is_an_error_and_stays_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    drop(start(&path).await);
    let valid = fs::read_to_string(&path).unwrap();
    let damaged = |pointer: &str, part: Value| {
        let mut file: Value = serde_json::from_str(&valid).unwrap();
        *file.pointer_mut(pointer).unwrap() = part;
        file.to_string()
    };
    let attempt = |endpoint: usize, number: u32| {
        json!({
            "due": {"secs": 1_800_000_000, "nanos": 0}, "endpoint": endpoint, "number": number,
            "event": {"id": "evt_1", "event_type": "export.failed", "body": "{}"},
        })
    };
    let mut unnumbered: Value =
        serde_json::from_str(&damaged("/state/webhooks/queue", json!([attempt(0, 0)]))).unwrap();
    unnumbered["state"]["webhooks"]["endpoints"] = json!([{
        "id": "we_1", "url": "http://127.0.0.1:9/", "active": true, "events": ["export.failed"], "secret": "-", "failures": 0,
    }]);
    for (text, part) in [
        (String::new(), "line 1"),
        (valid[..valid.len() / 2].to_owned(), "line 1"),
        ("{}".to_owned(), "format"),
        ("{\"format\": \"another\"}".to_owned(), "format"),
        (valid.replacen("\"wallet\":", "\"purse\":", 1), "wallet"),
        (damaged("/state/domains/0/workspace", json!(99)), "workspace that does not exist"),
        (damaged("/state/shield/0/domains", json!([0, 24])), "DNS Shield"),
        (damaged("/state/webhooks/queue", json!([attempt(0, 1)])), "endpoint that does not exist"),
        (unnumbered.to_string(), "no attempt number"),
    ] {
        fs::write(&path, &text).unwrap();
        let error = builder(&path).start().await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        let message = error.to_string();
        assert!(message.contains("state.json") && message.contains(part), "{message}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[tokio::test]
async fn time_beyond_maximum_becomes_maximum() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    drop(start(&path).await);
    let mut file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    file["state"]["clock"] = json!({"secs": u64::MAX, "nanos": 0});
    fs::write(&path, file.to_string()).unwrap();
    assert_eq!(start(&path).await.sandbox.now(), UNIX_EPOCH + Duration::from_secs(253_402_300_799));
}

#[tokio::test]
async fn start_with_unwritable_file_fails() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nowhere").join("state.json");
    let message = builder(&path).start().await.unwrap_err().to_string();
    assert!(message.contains("nowhere") && message.contains("written"), "{message}");
}
