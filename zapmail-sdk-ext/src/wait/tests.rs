//! Waits under paused time, against a service that answers from a script.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::testing::{Reply, Service, seconds};
use crate::types::DomainFinderQuery;
use crate::{Error, ErrorKind};

fn data(data: Value) -> Reply {
    Reply::json(200, json!({"status": 200, "data": data}))
}

fn export(status: &str) -> Reply {
    data(json!({"export_id": 10421, "status": status, "failure_reason": null}))
}

/// A page of rows that is the only one.
fn page(key: &str, rows: Value) -> Reply {
    data(json!({"currentPage": 1, "nextPage": 2, "totalPages": 1, key: rows}))
}

fn request(name: &str, status: &str) -> Value {
    let id = Uuid::from_u128(name.bytes().fold(0, |sum, byte| sum * 31 + u128::from(byte)));
    json!({"id": id, "domainName": name, "status": status})
}

fn domain(name: &str, status: &str) -> Value {
    let id = Uuid::from_u128(name.bytes().fold(1, |sum, byte| sum * 31 + u128::from(byte)));
    json!({"id": id, "domain": name, "status": status})
}

#[tokio::test(start_paused = true)]
async fn an_export_is_looked_at_until_it_is_completed_in_any_letter_case() {
    for last in ["completed", "COMPLETED", "Completed"] {
        let service = Service::answering([export("STARTED"), export("a new state"), export(last)]).await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let told = move |export: &crate::types::ExportStatus| log.lock().unwrap().push(export.status.clone().unwrap());
        let (done, waited) = seconds(service.zapmail.wait_for_export(10421).on_progress(told)).await;
        assert_eq!((done.unwrap().status.as_deref(), waited), (Some(last), 20.0));
        assert_eq!(*seen.lock().unwrap(), ["STARTED", "a new state", last]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_export_is_an_error_that_carries_what_was_reached() {
    let failed = data(json!({"export_id": 10421, "status": "FAILED", "failure_reason": "Invalid account credentials"}));
    let service = Service::answering([export("STARTED"), failed]).await;
    let unfinished = service.zapmail.wait_for_export(10421).await.unwrap_err();
    assert_eq!(unfinished.error().kind(), ErrorKind::Failed);
    assert!(unfinished.to_string().contains("Invalid account credentials"), "{unfinished}");
    assert_eq!(unfinished.into_reached().unwrap().status.as_deref(), Some("FAILED"));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_takes_too_long_tells_the_last_state() {
    let service = Service::answering([export("STARTED")]).await;
    let wait = service.zapmail.wait_for_export(10421).every(Duration::from_secs(7)).timeout(Duration::from_secs(60));
    let (outcome, waited) = seconds(wait).await;
    let unfinished = outcome.unwrap_err();
    assert_eq!((unfinished.error().kind(), waited), (ErrorKind::Timeout, 60.0));
    assert!(unfinished.to_string().contains("export 10421 is STARTED"), "{unfinished}");
    assert!(unfinished.reached().is_some());
    assert_eq!(service.asked(), 10, "one at the start, eight in between, one at the end");
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_ends_the_wait_with_what_was_reached_before() {
    let broken = Reply::json(404, json!({"status": 404, "message": "Export not found"}));
    let service = Service::answering([export("STARTED"), broken]).await;
    let unfinished = service.zapmail.wait_for_export(10421).await.unwrap_err();
    assert_eq!(unfinished.reached().unwrap().status.as_deref(), Some("STARTED"));
    let error: Error = unfinished.into();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_for_a_while_does_not_end_the_wait() {
    let down = || Reply::json(503, json!({"status": 503, "message": "Down"}));
    let service = Service::answering([export("STARTED"), down(), down(), export("COMPLETED")]).await;
    let (done, waited) = seconds(service.zapmail.wait_for_export(10421)).await;
    assert_eq!((done.unwrap().status.as_deref(), waited), (Some("COMPLETED"), 30.0));
    // Unless its time is over.
    let service = Service::answering([down()]).await;
    let wait = service.zapmail.wait_for_export(10421).timeout(Duration::from_secs(25));
    let (outcome, waited) = seconds(wait).await;
    assert_eq!((outcome.unwrap_err().error().kind(), waited), (ErrorKind::Server, 20.0));
}

#[tokio::test(start_paused = true)]
async fn a_look_that_takes_too_long_is_given_up() {
    let service = Service::answering([export("STARTED").after(Duration::from_secs(50))]).await;
    let wait = service.zapmail.wait_for_export(10421).timeout(Duration::from_secs(5));
    let (outcome, waited) = seconds(wait).await;
    assert_eq!((outcome.unwrap_err().error().kind(), waited), (ErrorKind::Timeout, 5.0));
}

#[tokio::test(start_paused = true)]
async fn of_several_requests_for_a_name_the_newest_counts() {
    let at = |status: &str, created: &str, deleted: Option<&str>| {
        let mut row = request("acme.example", status);
        row["id"] = json!(Uuid::from_u128(created.len() as u128 + status.len() as u128));
        row["createdAt"] = json!(created);
        row["deletedAt"] = json!(deleted);
        row
    };
    let newest = at("SUCCESS", "2026-11-02T09:00:00Z", None);
    let oldest = at("FAILED", "2026-10-02T09:00:00Z", None);
    let gone = at("BANNED_DOMAIN", "2026-11-20T09:00:00Z", Some("2026-11-21T09:00:00Z"));
    for rows in [json!([newest, oldest, gone]), json!([gone, oldest, newest])] {
        let service = Service::answering([page("data", rows)]).await;
        let states = service.zapmail.wait_for_connections(&["acme.example"]).await.unwrap();
        assert_eq!(states["acme.example"].as_ref().unwrap().as_str(), "SUCCESS");
    }
}

#[tokio::test(start_paused = true)]
async fn no_time_between_looks_is_refused() {
    let service = Service::answering([export("STARTED")]).await;
    let unfinished = service.zapmail.wait_for_export(10421).every(Duration::ZERO).await.unwrap_err();
    assert_eq!(unfinished.error().kind(), ErrorKind::Config);
    assert!(unfinished.to_string().contains("`every`"), "{unfinished}");
    assert_eq!(service.asked(), 0);
}

#[tokio::test(start_paused = true)]
async fn many_connections_cost_one_request_a_look() {
    let names: Vec<_> = (0..50).map(|number| format!("acme-{number}.example")).collect();
    let all = |status: &str| page("data", names.iter().map(|name| request(name, status)).collect());
    let service = Service::answering([all("PENDING"), all("NS_NOT_CHANGED"), all("Success")]).await;
    let (states, waited) = seconds(service.zapmail.wait_for_connections(&names)).await;
    assert_eq!((states.unwrap().len(), waited), (50, 120.0));
    assert_eq!(service.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_vanished_is_looked_for_among_the_domains() {
    let requests = page("data", json!([request("acme.example", "SUCCESS"), request("other.example", "FAILED")]));
    let domains = page("domains", json!([domain("Vanished.example", "ACTIVE"), domain("acme.example", "ACTIVE")]));
    let service = Service::answering([requests, domains]).await;
    let states = service.zapmail.wait_for_connections(&["ACME.example", "vanished.example"]).await.unwrap();
    assert!(states.values().flatten().all(|status| status.as_str() == "SUCCESS"), "{states:?}");
    assert_eq!(service.paths(), ["/v2/domains/connection-requests", "/v2/domains"]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_fails_is_told_once_the_others_are_final() {
    let first =
        page("data", json!([request("bad.example", "BANNED_DOMAIN"), request("slow.example", "CREATING_ZONE")]));
    let second = page("data", json!([request("bad.example", "BANNED_DOMAIN"), request("slow.example", "SUCCESS")]));
    let service = Service::answering([first, second]).await;
    let unfinished = service.zapmail.wait_for_connections(&["bad.example", "slow.example"]).await.unwrap_err();
    assert_eq!(unfinished.error().kind(), ErrorKind::Failed);
    assert_eq!(unfinished.error().message(), "failed: bad.example: BANNED_DOMAIN");
    assert_eq!(unfinished.reached().unwrap()["slow.example"].as_ref().unwrap().as_str(), "SUCCESS");
}

#[tokio::test(start_paused = true)]
async fn mailboxes_are_returned_once_all_of_them_are_active() {
    let id = Uuid::from_u128(7);
    let row = |status: &str| {
        let mailboxes: Vec<_> =
            [1, 2].iter().map(|number| json!({"id": Uuid::from_u128(*number), "status": status})).collect();
        page("domains", json!([{"id": id, "mailboxes": mailboxes}, {"id": Uuid::nil(), "mailboxes": []}]))
    };
    let service = Service::answering([page("domains", json!([])), row("CREATING_PASSWORD"), row("ACTIVE")]).await;
    let (mailboxes, waited) = seconds(service.zapmail.wait_for_mailboxes(&[id])).await;
    assert_eq!((mailboxes.unwrap()[&id].len(), waited), (2, 240.0));
    let service = Service::answering([row("FAILED")]).await;
    let unfinished = service.zapmail.wait_for_mailboxes(&[id]).await.unwrap_err();
    assert_eq!(unfinished.error().kind(), ErrorKind::Failed);
    assert_eq!(unfinished.reached().unwrap()[&id].len(), 2);
}

#[tokio::test(start_paused = true)]
async fn bought_domains_are_waited_for_by_name() {
    let first = page("domains", json!([domain("acme.example", "PENDING")]));
    let second = page("domains", json!([domain("acme.example", "ACTIVE"), domain("other.example", "ACTIVE")]));
    let service = Service::answering([first, second]).await;
    let (domains, waited) = seconds(service.zapmail.wait_for_domains(&["acme.example", "other.example"])).await;
    assert_eq!((domains.unwrap().len(), waited), (2, 60.0));
}

#[tokio::test(start_paused = true)]
async fn a_search_for_names_is_repeated_until_it_is_over() {
    let finder = |status: &str, progress: u32| data(json!({"status": status, "progress": progress, "domains": []}));
    for last in [finder("completed", 90), finder("generating", 100)] {
        let service = Service::answering([finder("generating", 20), last]).await;
        let query: DomainFinderQuery = serde_json::from_value(example_query()).unwrap();
        let (result, waited) = seconds(service.zapmail.wait_for_ai_domains(query)).await;
        result.unwrap();
        assert_eq!(waited, 5.0);
    }
}

/// The document's example of the query.
fn example_query() -> Value {
    let document: Value = serde_json::from_str(zapmail_openapi::DOCUMENT).unwrap();
    document["paths"]["/v2/domains/ai-finder"]["post"]["requestBody"]["content"]["application/json"]["example"].clone()
}
