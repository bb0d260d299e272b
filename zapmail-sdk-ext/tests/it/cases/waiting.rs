//! E. Waiting and state: a wait ends when the job is complete or has failed, or at its timeout with the last state.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use zapmail_sdk_ext::prelude::*;
use zapmail_sdk_ext::types::MailboxExport;
use zapmail_sdk_ext::{Error, ErrorKind};

use super::service::{Reply, Service};
use super::{DOMAIN, MAILBOX, OTHER_MAILBOX};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The only page of a list.
fn page(rows_key: &str, rows: &str) -> Reply {
    Reply::data(format!(r#"{{"currentPage":1,"nextPage":2,"totalPages":1,"{rows_key}":[{rows}]}}"#))
}

/// The connection request of a domain in this state.
fn request(status: &str) -> String {
    format!(r#"{{"id":"8d9e0f1a-2b3c-4d4e-9f5a-6b7c8d9e0f1a","domainName":"acme-example.com","status":"{status}"}}"#)
}

/// C46: a fresh domain is not registered for ten minutes.
#[tokio::test(start_paused = true)]
async fn connection_wait_passes_through_not_registered() {
    let not_registered = || page("data", &request("DOMAIN_NOT_REGISTERED"));
    let service = Service::responding(move |sent, index| match (sent.operation, index) {
        ("list_connection_requests", 0..3) => not_registered(),
        ("list_connection_requests", _) => page("data", &request("SUCCESS")),
        _ => page("domains", ""),
    });
    let started_at = Instant::now();
    let wait = service.client().wait_for_connections(&["acme-example.com"]).interval(5 * MINUTE);
    let states = wait.await.unwrap();
    assert_eq!(states["acme-example.com"].as_ref().map(|state| state.as_str()), Some("SUCCESS"));
    assert_eq!((started_at.elapsed(), service.count()), (15 * MINUTE, 4));
}

/// C47: a connection request never changes.
#[tokio::test(start_paused = true)]
async fn frozen_connection_request_times_out_with_the_last_state() {
    for metadata in ["null", r#"{"currentNameServers":[]}"#] {
        let row = format!(
            r#"{{"domainName":"acme-example.com","status":"PENDING","metadata":{metadata},"nextRetryOn":null,"createdAt":"2026-10-01T09:00:00.000Z","deletedAt":null}}"#
        );
        let service = Service::replying([page("data", &row)]);
        let started_at = Instant::now();
        let wait_error = service.client().wait_for_connections(&["acme-example.com"]).await.unwrap_err();
        assert_eq!(wait_error.error().kind(), ErrorKind::Timeout, "{wait_error}");
        assert_eq!(started_at.elapsed(), 48 * HOUR);
        assert!(wait_error.to_string().contains("acme-example.com: PENDING"), "{wait_error}");
        let last = wait_error.last_state().unwrap()["acme-example.com"].as_ref();
        assert_eq!(last.map(|state| state.as_str()), Some("PENDING"));
    }
}

/// C48: a finished connection request disappears.
#[tokio::test(start_paused = true)]
async fn vanished_connection_request_is_complete_if_the_domain_is_active() {
    let service = Service::responding(|sent, _| match sent.operation {
        "list_connection_requests" => page("data", ""),
        _ => page("domains", &format!(r#"{{"id":"{DOMAIN}","domain":"acme-example.com","status":"ACTIVE"}}"#)),
    });
    let started_at = Instant::now();
    let states = service.client().wait_for_connections(&["acme-example.com"]).await.unwrap();
    assert_eq!(states["acme-example.com"].as_ref().map(|state| state.as_str()), Some("SUCCESS"));
    assert_eq!((started_at.elapsed(), service.count()), (Duration::ZERO, 2));
}

/// Waits for both mailboxes, and exports them.
async fn export_both(service: &Service) -> Result<(), Error> {
    let zapmail = service.client();
    let addresses = ["dana.reed@acme-example.com", "lee.wood@acme-example.com"];
    let mailboxes = zapmail.wait_for_mailboxes(addresses).timeout(HOUR).await?;
    let ids = mailboxes.values().flatten().map(|mailbox| mailbox.id.clone());
    let export = MailboxExport::new(["SMARTLEAD"]).ids(ids);
    zapmail.export_mailboxes().body(export).send().await.map(drop)
}

/// A service whose second mailbox has these states, one per poll.
fn with_states(states: &'static [&'static str]) -> Service {
    Service::responding(move |sent, index| match sent.operation {
        "list_mailboxes" => {
            let state = states[index.min(states.len() - 1)];
            let mailboxes = format!(
                r#"{{"id":"{MAILBOX}","username":"dana.reed","status":"ACTIVE"}},{{"id":"{OTHER_MAILBOX}","username":"lee.wood","status":"{state}"}}"#
            );
            page("domains", &format!(r#"{{"id":"{DOMAIN}","domain":"acme-example.com","mailboxes":[{mailboxes}]}}"#))
        }
        _ => Reply::data(r#"{"exportId":10421}"#),
    })
}

/// C49: mailboxes that are not ready are left out of an export.
#[tokio::test(start_paused = true)]
async fn export_starts_after_all_mailboxes_are_active() {
    let service = with_states(&["IN_PROGRESS", "IN_PROGRESS", "ACTIVE"]);
    export_both(&service).await.unwrap();
    assert_eq!(service.operations(), ["list_mailboxes", "list_mailboxes", "list_mailboxes", "export_mailboxes"]);
    let body: Value = serde_json::from_str(&service.requests()[3].body).unwrap();
    assert_eq!(body["ids"], json!([MAILBOX, OTHER_MAILBOX]));

    for (state, kind) in [("FAILED", ErrorKind::JobFailed), ("EXPIRED", ErrorKind::Timeout)] {
        let service = with_states(if state == "FAILED" { &["FAILED"] } else { &["EXPIRED"] });
        let error = export_both(&service).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let text = error.to_string();
        assert!(text.contains("lee.wood@acme-example.com") && !text.contains("dana.reed"), "{text}");
        assert!(!service.operations().contains(&"export_mailboxes"));
    }
}

/// C50: the domain has no mailbox yet, or does not exist.
#[tokio::test(start_paused = true)]
async fn wait_for_missing_mailbox_is_not_complete() {
    for domains in [format!(r#"{{"id":"{DOMAIN}","domain":"acme-example.com","mailboxes":[]}}"#), String::new()] {
        let service = Service::replying([page("domains", &domains)]);
        let wait = service.client().wait_for_mailboxes(["dana.reed@acme-example.com"]).timeout(10 * MINUTE);
        let started_at = Instant::now();
        let wait_error = wait.await.unwrap_err();
        assert_eq!((wait_error.error().kind(), started_at.elapsed()), (ErrorKind::Timeout, 10 * MINUTE));
        assert!(wait_error.to_string().contains("dana.reed@acme-example.com: "), "{wait_error}");
        assert!(wait_error.last_state().unwrap()["dana.reed@acme-example.com"].is_none());
    }
}

/// C50, variant: the set to wait for is empty.
#[tokio::test(start_paused = true)]
async fn wait_for_an_empty_set_is_refused() {
    const NONE: [&str; 0] = [];
    let service = Service::replying([page("domains", "")]);
    let zapmail = service.client();
    let errors: [Error; 3] = [
        zapmail.wait_for_mailboxes(NONE).timeout(MINUTE).await.unwrap_err().into(),
        zapmail.wait_for_connections(&NONE).timeout(MINUTE).await.unwrap_err().into(),
        zapmail.wait_for_domains(&NONE).timeout(MINUTE).await.unwrap_err().into(),
    ];
    for error in errors {
        assert!(matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Timeout), "{error}");
        assert!(error.to_string().contains("empty") || error.to_string().contains("nothing"), "{error}");
    }
}

/// C51: the id of an export is null, a number or a text.
#[tokio::test(start_paused = true)]
async fn export_id_is_decoded_in_every_format() {
    for (data, expected) in
        [("null", None), (r#"{"exportId":10421}"#, Some(10421)), (r#"{"exportId":"10421"}"#, Some(10421))]
    {
        let service = Service::replying([Reply::data(data)]);
        let job = service.client().export_mailboxes().body(MailboxExport::new(["SMARTLEAD"])).send().await.unwrap();
        let id = job.and_then(|job| job.export_id);
        assert_eq!(id.map(|id| id.to_string()), expected.map(|id: i64| id.to_string()), "{data}");
    }
    let completed = r#"{"export_id":10421,"status":"COMPLETED","failure_reason":null}"#;
    let service = Service::replying([Reply::data(completed)]);
    let export = service.client().wait_for_export(10421).await.unwrap();
    assert_eq!(export.export_id.to_string(), "10421");
    assert_eq!(service.queries(), ["exportId=10421"]);
}

/// C51, variant: a wait has no id.
#[tokio::test(start_paused = true)]
async fn wait_without_an_export_id_is_refused_before_polling() {
    let pending = r#"{"export_id":0,"status":"STARTED","failure_reason":null}"#;
    let service = Service::replying([Reply::data(pending)]);
    let wait_error = service.client().wait_for_export(0).await.unwrap_err();
    assert_eq!(wait_error.error().kind(), ErrorKind::Invalid, "{wait_error}");
    assert_eq!(service.count(), 0);
}

/// C52: one of several accounts of an app is broken.
#[tokio::test(start_paused = true)]
async fn export_account_keeps_its_error_and_none_is_chosen() {
    let accounts = r#"{"accounts":[
   {"id":"3f1d0c52-8a7e-4c1b-9a55-0b2f6f0d7e11","appName":"SMARTLEAD","email":"old@acme-example.com","error":"Invalid credentials"},
   {"id":"4a2e1d63-9b8f-4d2c-8b66-1c3a7a1e8f22","appName":"SMARTLEAD","email":"ops@acme-example.com","error":null}]}"#;
    let service = Service::responding(move |sent, _| match sent.operation {
        "list_export_accounts" => Reply::data(accounts),
        _ => Reply::data("null"),
    });
    let zapmail = service.client();
    let accounts = zapmail.list_export_accounts().app("SMARTLEAD").send().await.unwrap().accounts;
    assert_eq!(accounts.len(), 2);
    assert_eq!(accounts[0].error.as_ref().and_then(|error| error.expose().as_str()), Some("Invalid credentials"));
    assert_eq!(accounts[1].error, None);
    // An export uses the account that the caller names, and no other.
    zapmail.export_mailboxes().body(MailboxExport::new(["SMARTLEAD"])).send().await.unwrap();
    let named = MailboxExport::new(["SMARTLEAD"]).third_party_account_id(accounts[1].id.clone());
    zapmail.export_mailboxes().body(named).send().await.unwrap();
    let [listed, unnamed, named] = service.requests().try_into().expect("three requests");
    assert_eq!(listed.query, "app=SMARTLEAD");
    assert!(!unnamed.body.contains("AccountId"), "{}", unnamed.body);
    let named: Value = serde_json::from_str(&named.body).unwrap();
    assert_eq!(named["thirdPartyAccountId"], "4a2e1d63-9b8f-4d2c-8b66-1c3a7a1e8f22");
}

/// C52, variants: the error is absent, or an object.
#[tokio::test(start_paused = true)]
async fn export_account_with_an_error_in_a_different_format_is_decoded() {
    for error in ["", r#","error":{"code":"INVALID_CREDENTIALS"}"#] {
        let account = format!(r#"{{"id":"3f1d0c52-8a7e-4c1b-9a55-0b2f6f0d7e11","appName":"SMARTLEAD"{error}}}"#);
        let service = Service::replying([Reply::data(format!(r#"{{"accounts":[{account}]}}"#))]);
        let response = service.client().list_export_accounts().app("SMARTLEAD").send_with_response().await.unwrap();
        assert_eq!(response.data().accounts.len(), 1);
        let sent = response.body();
        assert_eq!(sent.expose()["data"]["accounts"][0]["error"].is_object(), !error.is_empty());
        // A broken account must not appear to be a working one.
        let account = serde_json::to_value(&response.data().accounts[0]).unwrap();
        assert_eq!(account.get("error").is_some_and(|error| !error.is_null()), !error.is_empty(), "{account}");
    }
}

/// C53: a mailbox is ACTIVE before its DNS works. No test of the client can show that, so its documentation must not
/// promise that mail works.
#[test]
fn documentation_of_waits_does_not_promise_that_mail_works() {
    for text in [
        include_str!("../../../src/wait/mod.rs"),
        include_str!("../../../src/wait/connections.rs"),
        include_str!("../../../src/wait/jobs.rs"),
        include_str!("../../../src/guide/waiting.rs"),
    ] {
        let text = text.to_lowercase();
        for promise in ["mail works", "can send mail", "ready to send", "can receive mail"] {
            assert!(!text.contains(promise), "{promise}");
        }
    }
}

/// C54: the first page of a large account takes 35 seconds.
#[tokio::test(start_paused = true)]
async fn first_page_after_35_seconds_is_read_with_default_settings() {
    let domain = format!(r#"{{"id":"{DOMAIN}"}}"#);
    let service = Service::replying([page("domains", &domain).after(35 * SECOND)]);
    let started_at = Instant::now();
    let domains = service.client().list_domains().items().collect().await.unwrap();
    assert_eq!((domains.len(), service.count(), started_at.elapsed()), (1, 1, 35 * SECOND));
}
