//! Tests of waits under paused time, against a service that responds from a script.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::testing::{Reply, Service, client_of, seconds};
use crate::types::{DomainFinderQuery, ExportStatus};
use crate::{Error, ErrorKind};

fn export(status: &str) -> Reply {
    Reply::data(json!({"export_id": 10421, "status": status, "failure_reason": null}))
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
async fn export_is_polled_until_completed_in_any_letter_case() {
    for last in ["completed", "COMPLETED", "Completed"] {
        let service = Service::replying([export("STARTED"), export("a new state"), export(last)]).await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let callback = move |export: &ExportStatus| log.lock().unwrap().push(export.status.clone().unwrap());
        let (done, waited) = seconds(service.zapmail.wait_for_export(10421).on_progress(callback)).await;
        assert_eq!((done.unwrap().status.as_deref(), waited), (Some(last), 12.5));
        assert_eq!(*seen.lock().unwrap(), ["STARTED", "a new state", last]);
    }
}

#[tokio::test(start_paused = true)]
async fn export_of_primary_workspace_is_polled_with_workspace_id() {
    let sandbox = zapmail_sandbox::Sandbox::builder().build().unwrap();
    let zapmail = client_of(&sandbox).build().unwrap();
    let body = crate::types::MailboxExport::new([crate::types::ExportApp::Manual]);
    let job = zapmail.export_mailboxes().body(body).send().await.unwrap().unwrap();
    let export = zapmail.wait_for_export(job.export_id.unwrap()).await.unwrap();
    assert!(export.status.unwrap().eq_ignore_ascii_case("completed"));
    // The service rejects the first request, and the workspace is read once.
    assert_eq!(sandbox.requests_of("list_workspaces").len(), 1);
    let refused = sandbox.requests_of("get_export_status").iter().filter(|request| request.status == 400).count();
    assert_eq!(refused, 1);

    let invalid = Reply::error(400, "Export id is required");
    let service = Service::replying([invalid]).await;
    let error = service.zapmail.wait_for_export(10421).await.unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::Invalid);
}

#[tokio::test(start_paused = true)]
async fn failed_export_is_an_error_with_last_state() {
    let failed =
        Reply::data(json!({"export_id": 10421, "status": "FAILED", "failure_reason": "Invalid account credentials"}));
    let service = Service::replying([export("STARTED"), failed]).await;
    let wait_error = service.zapmail.wait_for_export(10421).await.unwrap_err();
    assert_eq!(wait_error.error().kind(), ErrorKind::JobFailed);
    assert!(wait_error.to_string().contains("Invalid account credentials"), "{wait_error}");
    assert_eq!(wait_error.into_last_state().unwrap().status.as_deref(), Some("FAILED"));
}

#[tokio::test(start_paused = true)]
async fn timed_out_wait_reports_last_state() {
    let service = Service::replying([export("STARTED")]).await;
    let wait = service.zapmail.wait_for_export(10421).interval(Duration::from_secs(7)).timeout(Duration::from_secs(60));
    let (outcome, waited) = seconds(wait).await;
    let wait_error = outcome.unwrap_err();
    assert_eq!((wait_error.error().kind(), waited), (ErrorKind::Timeout, 60.0));
    assert!(wait_error.to_string().contains("export 10421 is STARTED"), "{wait_error}");
    assert!(wait_error.last_state().is_some());
    assert_eq!(service.requests(), 10, "one at the start, eight in between, one at the end");
}

#[tokio::test(start_paused = true)]
async fn failed_poll_ends_wait_with_previous_state() {
    let not_found = Reply::error(404, "Export not found");
    let service = Service::replying([export("STARTED"), not_found]).await;
    let wait_error = service.zapmail.wait_for_export(10421).await.unwrap_err();
    assert_eq!(wait_error.last_state().unwrap().status.as_deref(), Some("STARTED"));
    let error: Error = wait_error.into();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn temporary_failure_does_not_end_wait() {
    let down = || Reply::error(503, "Down");
    let service = Service::replying([export("STARTED"), down(), down(), export("COMPLETED")]).await;
    let (done, waited) = seconds(service.zapmail.wait_for_export(10421)).await;
    assert_eq!((done.unwrap().status.as_deref(), waited), (Some("COMPLETED"), 23.8));
    // The last poll is made when the timeout elapses.
    let service = Service::replying([down()]).await;
    let wait = service.zapmail.wait_for_export(10421).timeout(Duration::from_secs(25));
    let (outcome, waited) = seconds(wait).await;
    let error = outcome.unwrap_err().error().clone();
    assert_eq!((error.kind(), waited), (ErrorKind::Timeout, 25.0));
    assert!(error.message().contains("the last poll failed"), "{error}");
    let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Error>());
    assert_eq!(source.map(Error::kind), Some(ErrorKind::Server));
}

#[tokio::test(start_paused = true)]
async fn slow_poll_is_canceled_at_timeout() {
    let service = Service::replying([export("STARTED").after(Duration::from_secs(50))]).await;
    let wait = service.zapmail.wait_for_export(10421).timeout(Duration::from_secs(5));
    let (outcome, waited) = seconds(wait).await;
    assert_eq!((outcome.unwrap_err().error().kind(), waited), (ErrorKind::Timeout, 5.0));
}

#[tokio::test(start_paused = true)]
async fn newest_of_several_requests_for_a_name_counts() {
    let at = |status: &str, created: &str, deleted: Option<&str>| {
        let mut row = request("acme.example", status);
        row["id"] = json!(Uuid::from_u128(created.len() as u128 + status.len() as u128));
        row["createdAt"] = json!(created);
        row["deletedAt"] = json!(deleted);
        row
    };
    let newest = at("SUCCESS", "2026-11-02T09:00:00Z", None);
    let oldest = at("FAILED", "2026-10-02T09:00:00Z", None);
    let deleted = at("BANNED_DOMAIN", "2026-11-20T09:00:00Z", Some("2026-11-21T09:00:00Z"));
    for rows in [json!([newest, oldest, deleted]), json!([deleted, oldest, newest])] {
        let service = Service::replying([Reply::page("data", rows)]).await;
        let states = service.zapmail.wait_for_connections(&["acme.example"]).await.unwrap();
        assert_eq!(states["acme.example"].as_ref().unwrap().as_str(), "SUCCESS");
    }
}

#[tokio::test(start_paused = true)]
async fn zero_interval_is_refused_before_polling() {
    let service = Service::replying([export("STARTED")]).await;
    let wait_error = service.zapmail.wait_for_export(10421).interval(Duration::ZERO).await.unwrap_err();
    assert_eq!(wait_error.error().kind(), ErrorKind::Config);
    assert!(wait_error.to_string().contains("the polling interval must be greater than zero"), "{wait_error}");
    assert_eq!(service.requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn many_connections_cost_one_request_per_poll() {
    let names: Vec<_> = (0..50).map(|number| format!("acme-{number}.example")).collect();
    let all = |status: &str| Reply::page("data", names.iter().map(|name| request(name, status)).collect());
    let service = Service::replying([all("PENDING"), all("NS_NOT_CHANGED"), all("Success")]).await;
    let (states, waited) = seconds(service.zapmail.wait_for_connections(&names)).await;
    assert_eq!((states.unwrap().len(), waited), (50, 150.0));
    assert_eq!(service.requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn missing_connection_request_is_found_among_domains() {
    let requests = Reply::page("data", json!([request("acme.example", "SUCCESS"), request("other.example", "FAILED")]));
    let domains =
        Reply::page("domains", json!([domain("Vanished.example", "ACTIVE"), domain("acme.example", "ACTIVE")]));
    let service = Service::replying([requests, domains]).await;
    let states = service.zapmail.wait_for_connections(&["ACME.example", "vanished.example"]).await.unwrap();
    assert!(states.values().flatten().all(|status| status.as_str() == "SUCCESS"), "{states:?}");
    assert_eq!(service.paths(), ["/v2/domains/connection-requests", "/v2/domains"]);
}

#[tokio::test(start_paused = true)]
async fn failed_connection_is_reported_once_the_others_are_final() {
    let first =
        Reply::page("data", json!([request("bad.example", "BANNED_DOMAIN"), request("slow.example", "CREATING_ZONE")]));
    let second =
        Reply::page("data", json!([request("bad.example", "BANNED_DOMAIN"), request("slow.example", "SUCCESS")]));
    let service = Service::replying([first, second]).await;
    let wait_error = service.zapmail.wait_for_connections(&["bad.example", "slow.example"]).await.unwrap_err();
    assert_eq!(wait_error.error().kind(), ErrorKind::JobFailed);
    assert_eq!(wait_error.error().message(), "failed: bad.example: BANNED_DOMAIN");
    assert_eq!(wait_error.last_state().unwrap()["slow.example"].as_ref().unwrap().as_str(), "SUCCESS");
}

#[tokio::test(start_paused = true)]
async fn unregistered_domain_is_waited_for_an_hour() {
    let row = |status: &str| Reply::page("data", json!([request("acme.example", status)]));
    let unregistered = || row("DOMAIN_NOT_REGISTERED");
    let service = Service::replying([unregistered(), unregistered(), unregistered(), row("SUCCESS")]).await;
    let wait = service.zapmail.wait_for_connections(&["acme.example"]).interval(Duration::from_secs(20 * 60));
    let (states, waited) = seconds(wait).await;
    assert_eq!((states.unwrap()["acme.example"].as_ref().unwrap().as_str(), waited), ("SUCCESS", 3600.0));

    let service = Service::replying([row("PENDING"), unregistered()]).await;
    let (outcome, waited) =
        seconds(service.zapmail.wait_for_connections(&["acme.example"]).interval(Duration::from_secs(60))).await;
    let wait_error = outcome.unwrap_err();
    assert_eq!(wait_error.error().message(), "failed: acme.example: DOMAIN_NOT_REGISTERED");
    assert_eq!((wait_error.error().kind(), waited), (ErrorKind::JobFailed, 61.0 * 60.0));
}

/// A mailbox of `acme.example`.
fn mailbox(username: &str, status: &str, created: &str) -> Value {
    json!({"id": Uuid::nil(), "username": username, "status": status, "createdAt": created})
}

fn mailboxes(mailboxes: Value) -> Reply {
    Reply::page("domains", json!([{"id": Uuid::nil(), "domain": "Acme.example", "mailboxes": mailboxes}]))
}

const OLD: &str = "2026-01-01T00:00:00Z";
const NEW: &str = "2026-11-01T00:00:00Z";

#[tokio::test(start_paused = true)]
async fn mailboxes_are_returned_once_all_are_active() {
    let row = |status: &str| mailboxes(json!([mailbox("dana", status, NEW), mailbox("lee", "ACTIVE", NEW)]));
    let service = Service::replying([Reply::page("domains", json!([])), row("CREATING_PASSWORD"), row("ACTIVE")]).await;
    let wait = service.zapmail.wait_for_mailboxes(["Dana@acme.example ", "lee@acme.example"]);
    let (mailboxes, waited) = seconds(wait).await;
    let mailboxes = mailboxes.unwrap();
    assert_eq!(mailboxes.keys().collect::<Vec<_>>(), ["dana@acme.example", "lee@acme.example"]);
    assert!(mailboxes.values().all(Option::is_some));
    assert_eq!(waited, 300.0);
    let service = Service::replying([row("FAILED")]).await;
    let wait_error = service.zapmail.wait_for_mailboxes(["dana@acme.example", "lee@acme.example"]).await.unwrap_err();
    assert_eq!(wait_error.error().kind(), ErrorKind::JobFailed);
    assert_eq!(wait_error.error().message(), "failed: dana@acme.example: FAILED");
    assert_eq!(wait_error.last_state().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn other_and_older_mailboxes_are_ignored() {
    let others = [mailbox("old", "ACTIVE", OLD), mailbox("broken", "FAILED", NEW)];
    let with = |rows: &[Value]| mailboxes(others.iter().chain(rows).cloned().collect());
    let old = |status| mailbox("dana", status, OLD);
    let new = |status| mailbox("dana", status, NEW);
    let rows = [
        // The new mailbox is not listed yet.
        vec![with(&[]), with(&[new("IN_PROGRESS")]), with(&[new("ACTIVE")])],
        // An older mailbox has the same address.
        vec![
            with(&[old("EXPIRED")]),
            with(&[new("IN_PROGRESS"), old("ACTIVE")]),
            with(&[new("ACTIVE"), old("FAILED")]),
        ],
        vec![
            with(&[old("EXPIRED")]),
            with(&[old("FAILED"), new("IN_PROGRESS")]),
            with(&[old("EXPIRED"), new("ACTIVE")]),
        ],
    ];
    for replies in rows {
        let service = Service::replying(replies).await;
        let (mailboxes, waited) = seconds(service.zapmail.wait_for_mailboxes(["dana@acme.example"])).await;
        let mailbox = mailboxes.unwrap().remove("dana@acme.example").flatten().unwrap();
        assert_eq!((mailbox.created_at, waited), (Some(NEW.parse().unwrap()), 300.0));
    }
}

#[tokio::test(start_paused = true)]
async fn address_without_at_sign_is_refused_before_polling() {
    let service = Service::replying([mailboxes(json!([]))]).await;
    let wait_error = service.zapmail.wait_for_mailboxes(["dana"]).await.unwrap_err();
    assert_eq!(wait_error.error().kind(), ErrorKind::Invalid);
    assert!(wait_error.to_string().contains("`addresses` contains `dana`"), "{wait_error}");
    assert_eq!(service.requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn expired_domain_of_same_name_is_ignored() {
    let row = |status: &str, created: &str| json!({"id": Uuid::nil(), "domain": "acme.example", "status": status, "createdAt": created});
    let expired = || row("EXPIRED", OLD);
    let mut bought = row("ACTIVE", NEW);
    bought["id"] = json!(Uuid::from_u128(1));
    for rows in [json!([bought, expired()]), json!([expired(), bought])] {
        let service =
            Service::replying([Reply::page("domains", json!([expired()])), Reply::page("domains", rows)]).await;
        let (states, waited) = seconds(service.zapmail.wait_for_domains(&["acme.example"])).await;
        let state = states.unwrap().remove("acme.example").flatten().unwrap();
        assert_eq!((state.as_str(), waited), ("ACTIVE", 15.0));
    }
}

#[tokio::test(start_paused = true)]
async fn domains_are_returned_once_all_names_are_active() {
    let first = Reply::page("domains", json!([domain("acme.example", "PENDING")]));
    let second = Reply::page("domains", json!([domain("acme.example", "ACTIVE"), domain("other.example", "ACTIVE")]));
    let service = Service::replying([first, second]).await;
    let (domains, waited) = seconds(service.zapmail.wait_for_domains(&["acme.example", "other.example"])).await;
    assert_eq!((domains.unwrap().len(), waited), (2, 15.0));
}

#[tokio::test(start_paused = true)]
async fn domain_search_is_polled_until_completed() {
    let finder =
        |status: &str, progress: u32| Reply::data(json!({"status": status, "progress": progress, "domains": []}));
    for last in [finder("completed", 90), finder("COMPLETED", 100)] {
        let service = Service::replying([finder("generating", 20), finder("generating", 100), last]).await;
        let query: DomainFinderQuery = serde_json::from_value(example_query()).unwrap();
        let (result, waited) = seconds(service.zapmail.wait_for_ai_domains(query)).await;
        result.unwrap();
        assert_eq!(waited, 10.0);
    }
}

/// Returns the example query of the API document.
fn example_query() -> Value {
    let document: Value = serde_json::from_str(zapmail_openapi::DOCUMENT).unwrap();
    document["paths"]["/v2/domains/ai-finder"]["post"]["requestBody"]["content"]["application/json"]["example"].clone()
}

#[tokio::test(start_paused = true)]
async fn growing_interval_grows_by_half_up_to_maximum() {
    let replies = ["A", "B", "C", "D", "E", "F", "completed"].map(export);
    let service = Service::replying(replies).await;
    let start = tokio::time::Instant::now();
    let polls = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&polls);
    let wait = service
        .zapmail
        .wait_for_export(10421)
        .growing_interval(Duration::from_secs(4), Duration::from_secs(12))
        .on_progress(move |_| log.lock().unwrap().push(start.elapsed().as_secs()));
    wait.await.unwrap();
    assert_eq!(*polls.lock().unwrap(), [0, 4, 10, 19, 31, 43, 55]);
}

#[tokio::test(start_paused = true)]
async fn wait_until_polls_until_custom_condition_is_met_or_fails() {
    let wallet = |balance: f64| Reply::json(200, json!({"status": 200, "walletBalance": balance}));
    let evaluate = |wallet: &crate::types::Wallet| match wallet.wallet_balance.unwrap_or_default() {
        balance if balance >= 50.into() => crate::Condition::Met,
        balance if balance.is_zero() => crate::Condition::Failed("the wallet is empty".to_owned()),
        balance => crate::Condition::Pending(format!("the wallet has {balance} USD")),
    };
    let poll = |zapmail: crate::Zapmail| async move { zapmail.get_wallet_balance().send().await };

    let service = Service::replying([wallet(10.0), wallet(20.0), wallet(64.5)]).await;
    let (wallet_state, waited) = seconds(service.zapmail.wait_until(poll, evaluate)).await;
    assert_eq!((wallet_state.unwrap().wallet_balance, waited), (Some("64.5".parse().unwrap()), 37.5));

    let service = Service::replying([wallet(10.0), wallet(0.0)]).await;
    let failed = service.zapmail.wait_until(poll, evaluate).await.unwrap_err();
    assert_eq!((failed.error().kind(), failed.to_string()), (ErrorKind::JobFailed, "the wallet is empty".to_owned()));

    let service = Service::replying([wallet(10.0)]).await;
    let wait = service.zapmail.wait_until(poll, evaluate).timeout(Duration::from_secs(40));
    let late = wait.await.unwrap_err();
    assert_eq!(late.to_string(), "timed out after 40s: the wallet has 10.0 USD");
    // After 0, 15 and 37.5 seconds, and at the deadline.
    assert_eq!(service.requests(), 4);
}

#[tokio::test(start_paused = true)]
async fn wait_for_a_text_that_is_not_a_domain_name_is_refused() {
    let service = Service::replying([Reply::page("domains", json!([]))]).await;
    for name in ["", "acme", "https://acme.com", "dana@acme.com"] {
        let errors: [Error; 2] = [
            service.zapmail.wait_for_connections(&["acme.com", name]).await.unwrap_err().into(),
            service.zapmail.wait_for_domains(&["acme.com", name]).await.unwrap_err().into(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
            assert!(error.message().contains(&format!("`{name}`, which is not a valid domain name")), "{error}");
        }
    }
    assert_eq!(service.requests(), 0);
}
