//! The control requests, for tests in a different process than the sandbox.

mod list;
mod same_as_sandbox;

use std::time::{Duration, UNIX_EPOCH};

use reqwest::Method;
use serde_json::{Value, json};
use zapmail_sandbox::Sandbox;

use crate::api::{Api, http};

/// Sends a control request without the key. Returns the status and the body of the response.
async fn ask(sandbox: &Sandbox, method: Method, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/_sandbox/{path}", sandbox.base_url().trim_end_matches("/api"));
    let response = http().request(method, url).json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn add_fault(sandbox: &Sandbox, body: Value) -> (u16, Value) {
    ask(sandbox, Method::POST, "faults", body).await
}

#[tokio::test]
async fn every_fault_can_be_added() {
    let sandbox = Sandbox::start().await.unwrap();
    let faults = [
        json!({"kind": "status", "status": 502, "body": "<html>", "content_type": "text/html", "retry_after_seconds": 2}),
        json!({"kind": "delay", "seconds": 1.5}),
        json!({"kind": "drop_before_request"}),
        json!({"kind": "drop_after_request"}),
        json!({"kind": "cut_body"}),
        json!({"kind": "garbled_json"}),
        json!({"kind": "unknown_enum_value"}),
        json!({"kind": "missing_field"}),
        json!({"kind": "repeated_page"}),
        json!({"kind": "error_inside_200", "status": 409, "message": "no"}),
        json!({"kind": "redirect", "url": "https://example.com"}),
    ];
    for (nth, fault) in faults.iter().enumerate() {
        let (status, body) = add_fault(&sandbox, json!({"operation": "*", "fault": fault})).await;
        assert_eq!((status, &body["data"]["waiting"]), (200, &json!(nth + 1)), "{fault} {body}");
    }
}

#[tokio::test]
async fn invalid_faults_are_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    for (body, part) in [
        (json!({"operation": "buy_all", "fault": {"kind": "cut_body"}}), "buy_all"),
        (json!({"operation": "get_user", "fault": {"kind": "explode"}}), "explode"),
        (json!({"operation": "get_user", "fault": {"kind": "status", "status": 99}}), "200 to 599"),
        (json!({"operation": "get_user", "fault": {"kind": "delay", "seconds": -1}}), "seconds"),
        (json!({"operation": "get_user"}), "fault"),
        (json!({"operation": "get_user", "fault": {"kind": "cut_body"}, "time": 2}), "time"),
        (json!({"operation": "get_user", "fault": {"kind": "cut_body"}, "times": 1_000_000}), "times"),
    ] {
        let (status, response) = add_fault(&sandbox, body).await;
        assert_eq!(status, 422);
        assert!(response["message"].as_str().unwrap().contains(part), "{response}");
    }
}

#[tokio::test]
async fn advance_moves_time_and_refuses_invalid_durations() {
    let sandbox = Sandbox::start().await.unwrap();
    let before = sandbox.now();
    let (status, _) = ask(&sandbox, Method::POST, "advance", json!({"seconds": 90})).await;
    assert_eq!(status, 200);
    assert!(sandbox.now().duration_since(before).unwrap() >= Duration::from_secs(90));
    for invalid in [json!({"seconds": -1}), json!({"seconds": "90"}), json!({"minutes": 1}), json!({"seconds": 1e300})]
    {
        assert_eq!(ask(&sandbox, Method::POST, "advance", invalid).await.0, 422);
    }
}

#[tokio::test]
async fn time_stops_at_end_of_year_9999() {
    let api = Api::start().await;
    let last = UNIX_EPOCH + Duration::from_secs(253_402_300_799);
    for beyond in [1e19, 253_402_300_799.0] {
        let (status, response) = ask(&api.sandbox, Method::POST, "advance", json!({"seconds": beyond})).await;
        assert_eq!(
            (status, &response["message"]),
            (422, &json!("seconds must not advance the time beyond the year 9999"))
        );
    }
    assert!(api.sandbox.now() < UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let remaining = last.duration_since(api.sandbox.now()).unwrap().as_secs() - 60;
    assert_eq!(ask(&api.sandbox, Method::POST, "advance", json!({"seconds": remaining})).await.0, 200);
    // The method does not refuse such a duration: the time stops at the end.
    api.sandbox.advance(Duration::MAX);
    api.sandbox.advance(Duration::MAX);
    assert_eq!(api.sandbox.now(), last);
    api.post("/v2/wallet/buy-addon-mailboxes?quantity=2", json!({})).await.ok();
    assert_eq!(api.sandbox.ledger()[0].time, last);
    let (_, ledger) = ask(&api.sandbox, Method::GET, "ledger", json!(null)).await;
    assert_eq!(ledger["data"][0]["time"], "9999-12-31T23:59:59.000Z");
    let late = Sandbox::builder().starting_at(last + Duration::from_secs(60)).start().await.unwrap();
    assert_eq!(late.now(), last);
}
