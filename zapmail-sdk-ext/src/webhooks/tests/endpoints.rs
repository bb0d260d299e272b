//! Tests of endpoints: an existing one is reused, even after lost requests and responses.

use serde_json::{Value, json};
use zapmail_sandbox::Fault;
use zapmail_sdk::types::{WebhookEndpoint, WebhookEventType};

use crate::testing::{Reply, Service, operations, sandbox};
use crate::webhooks::{EndpointChange, ensure_endpoint};
use crate::{ErrorKind, Zapmail};

const URL: &str = "https://hooks.acme.com/zapmail";

use WebhookEventType::{ExportCompleted, ExportFailed, MailboxUpdated};

async fn endpoints(zapmail: &Zapmail) -> Vec<WebhookEndpoint> {
    zapmail.list_webhook_endpoints().send().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn endpoint_is_created_once() {
    let (sandbox, zapmail) = sandbox();
    let created = ensure_endpoint(&zapmail, URL, [ExportFailed, ExportCompleted, ExportFailed]).await.unwrap();
    assert_eq!((created.change, created.url.as_str()), (EndpointChange::Created, URL));
    assert_eq!(created.events, [ExportFailed, ExportCompleted]);
    assert!(created.secret.is_some() && created.others.is_empty());
    assert!(!format!("{created:?}").contains(created.secret.as_ref().unwrap().expose()));

    // A subset of the events, with a different spelling of the URL.
    let second =
        ensure_endpoint(&zapmail, " HTTPS://Hooks.ACME.com:443/zapmail/#top\n", ["export.completed"]).await.unwrap();
    assert_eq!((second.change, second.secret), (EndpointChange::Unchanged, None));
    assert_eq!((second.id, second.url.as_str(), second.events), (created.id, URL, created.events));
    assert_eq!(operations(&sandbox), ["list_webhook_endpoints", "create_webhook_endpoint", "list_webhook_endpoints"]);
}

#[tokio::test(start_paused = true)]
async fn missing_events_are_enabled_and_others_stay_enabled() {
    let (sandbox, zapmail) = sandbox();
    let created = ensure_endpoint(&zapmail, &format!("{URL}/"), [ExportCompleted]).await.unwrap();
    let updated = ensure_endpoint(&zapmail, URL, [ExportFailed, MailboxUpdated]).await.unwrap();
    assert_eq!((updated.change, updated.secret), (EndpointChange::Updated, None));
    assert_eq!((&updated.id, &updated.events), (&created.id, &vec![ExportCompleted, ExportFailed, MailboxUpdated]));
    let listed = endpoints(&zapmail).await;
    assert_eq!((listed.len(), &listed[0].enabled_events), (1, &updated.events));
    // The spelling of the URL stays.
    assert_eq!(listed[0].url.as_deref(), Some("https://hooks.acme.com/zapmail/"));
    let body = sandbox.requests_of("update_webhook_endpoint")[0].body.clone().unwrap();
    assert_eq!(
        body,
        json!({
            "url": "https://hooks.acme.com/zapmail/", "status": "active",
            "enabled_events": ["export.completed", "export.failed", "mailbox.updated"],
        })
    );
}

#[tokio::test(start_paused = true)]
async fn different_url_is_a_different_endpoint() {
    let (_sandbox, zapmail) = sandbox();
    let urls = [
        URL,
        "https://hooks.acme.com/zapmail?2",
        "https://hooks.acme.com/Zapmail",
        "https://hooks.acme.com:8443/zapmail",
        "https://acme.com/zapmail",
        "http://127.0.0.1:8080/zapmail",
        "http://localhost/zapmail",
        "http://[::1]/zapmail",
    ];
    for (nth, url) in urls.into_iter().enumerate() {
        let ensured = ensure_endpoint(&zapmail, url, [ExportCompleted]).await.unwrap();
        assert_eq!(ensured.change, EndpointChange::Created, "{url}");
        assert_eq!(endpoints(&zapmail).await.len(), nth + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_url_and_no_event_are_refused_before_sending() {
    let (sandbox, zapmail) = sandbox();
    for (url, part) in [
        ("http://hooks.acme.com/zapmail?token=hush", "`url` begins with `http://`; use https"),
        ("ftp://hooks.acme.com/hush", "`url` begins with `ftp://`"),
        ("hooks.acme.com/hush", "`url` is not a valid URL"),
        ("mailto:hush@acme.com", "`url` is not a valid URL"),
        ("", "`url` is not a valid URL"),
        ("http://127.0.0.1.acme.com/hush", "`url` begins with `http://`"),
    ] {
        let error = ensure_endpoint(&zapmail, url, [ExportCompleted]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{url}");
        assert!(error.to_string().contains(part) && !error.to_string().contains("hush"), "{error}");
    }
    let error = ensure_endpoint(&zapmail, URL, [""; 0]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Invalid, "`events` is empty; pass the events that the endpoint should receive")
    );
    assert!(sandbox.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn rejection_of_unknown_event_lists_known_events() {
    let (sandbox, zapmail) = sandbox();
    let error = ensure_endpoint(&zapmail, URL, ["mailbox.status_changed"]).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Invalid, Some(422)));
    let hint = "; `mailbox.status_changed` is not a documented event; use one of domain.updated, ";
    assert!(error.to_string().contains(hint) && error.to_string().contains("placement_test.status_changed"), "{error}");
    assert_eq!(operations(&sandbox), ["list_webhook_endpoints", "create_webhook_endpoint"]);
}

#[tokio::test(start_paused = true)]
async fn lost_response_reports_endpoint_whose_secret_is_lost() {
    for (fault, kind) in [(Fault::DropAfterRequest, ErrorKind::OutcomeUnknown), (Fault::GarbledJson, ErrorKind::Decode)]
    {
        let (sandbox, zapmail) = sandbox();
        sandbox.fail_next("create_webhook_endpoint", fault.clone()).unwrap();
        let error = ensure_endpoint(&zapmail, URL, [ExportCompleted]).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_processed()), (kind, true), "{fault:?}: {error}");
        let text = error.to_string();
        assert!(text.contains("the endpoint `we_1` exists now, but its secret cannot be read again"), "{text}");
        // The endpoint is not created again.
        assert_eq!(endpoints(&zapmail).await.len(), 1);
        let second = ensure_endpoint(&zapmail, URL, [ExportCompleted]).await.unwrap();
        assert_eq!((second.change, second.secret), (EndpointChange::Unchanged, None));
        let other = ensure_endpoint(&zapmail, &format!("{URL}?2"), [ExportCompleted]).await.unwrap();
        assert!(other.secret.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn lost_request_reports_that_endpoint_is_not_listed() {
    let (sandbox, zapmail) = sandbox();
    sandbox.fail_next("create_webhook_endpoint", Fault::status(502)).unwrap();
    let error = ensure_endpoint(&zapmail, URL, [ExportCompleted]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert!(error.to_string().contains("call `ensure_endpoint` again"), "{error}");
    assert!(ensure_endpoint(&zapmail, URL, [ExportCompleted]).await.unwrap().secret.is_some());
    assert_eq!(endpoints(&zapmail).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn unreadable_list_after_lost_response_names_the_operation_to_check_with() {
    let (sandbox, zapmail) = sandbox();
    sandbox.fail_next("create_webhook_endpoint", Fault::DropAfterRequest).unwrap();
    // The first list is readable, the second is not.
    let pending = ensure_endpoint(&zapmail, URL, [ExportCompleted]);
    sandbox.fail_next("list_webhook_endpoints", Fault::Delay(std::time::Duration::ZERO)).unwrap();
    sandbox.fail_next("list_webhook_endpoints", Fault::status(503)).unwrap();
    let error = pending.await.unwrap_err();
    assert_eq!((error.kind(), error.verify_with()), (ErrorKind::OutcomeUnknown, Some("list_webhook_endpoints")));
}

fn endpoint(id: &str, url: &str, status: &str, events: &[&str]) -> Value {
    json!({"id": id, "url": url, "status": status, "enabled_events": events})
}

#[tokio::test]
async fn complete_endpoint_is_preferred_and_others_are_reported() {
    let endpoints = json!([
        endpoint("we_1", URL, "disabled", &["export.completed"]),
        endpoint("we_2", "https://acme.com/", "active", &["export.completed"]),
        endpoint("we_3", URL, "active", &["export.failed"]),
        endpoint("we_4", "https://hooks.acme.com/zapmail/", "ACTIVE", &["workspace.renamed", "export.completed"]),
        {"id": "we_5"},
        endpoint("we_6", "not a url", "active", &["export.completed"]),
    ]);
    let service = Service::replying([Reply::data(endpoints)]).await;
    let ensured = ensure_endpoint(&service.zapmail, URL, [ExportCompleted]).await.unwrap();
    assert_eq!((ensured.change, ensured.id), (EndpointChange::Unchanged, "we_4".into()));
    assert_eq!(ensured.others, ["we_1".into(), "we_3".into()]);
    assert_eq!(service.requests(), 1);
}

#[tokio::test]
async fn active_endpoint_is_preferred_if_none_is_complete() {
    let endpoints = json!([
        endpoint("we_1", URL, "disabled", &["export.completed"]),
        endpoint("we_2", URL, "active", &["export.failed"]),
        endpoint("we_3", URL, "active", &[]),
    ]);
    let updated = Reply::data(json!({"id": "we_2"}));
    let service = Service::replying([Reply::data(endpoints), updated]).await;
    let ensured = ensure_endpoint(&service.zapmail, URL, [ExportCompleted]).await.unwrap();
    assert_eq!((ensured.change, ensured.id), (EndpointChange::Updated, "we_2".into()));
    assert_eq!(ensured.others, ["we_1".into(), "we_3".into()]);
    assert_eq!(service.paths()[1], "/v2/webhooks/endpoints/we_2");
}

#[tokio::test]
async fn unknown_event_of_endpoint_stays_enabled() {
    let known = json!([endpoint("we_1", URL, "active", &["workspace.renamed"])]);
    let service = Service::replying([Reply::data(known), Reply::data(Value::Null)]).await;
    let ensured = ensure_endpoint(&service.zapmail, URL, [ExportCompleted]).await;
    assert_eq!(service.bodies()[1]["enabled_events"], json!(["workspace.renamed", "export.completed"]));
    // The response without data is unreadable; the list does not show the change.
    assert_eq!(ensured.unwrap_err().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn update_with_unreadable_response_succeeds_if_list_shows_it() {
    let [before, after] = [&["export.failed"][..], &["export.failed", "export.completed"]]
        .map(|events| Reply::data(json!([endpoint("we_1", URL, "active", events)])));
    let service = Service::replying([before, Reply::data(json!([])), after]).await;
    let ensured = ensure_endpoint(&service.zapmail, URL, [ExportCompleted]).await.unwrap();
    assert_eq!((ensured.change, ensured.events), (EndpointChange::Updated, vec![ExportFailed, ExportCompleted]));
    assert_eq!(service.requests(), 3);
}

#[tokio::test]
async fn endpoint_without_status_is_activated() {
    let known = json!([{"id": "we_1", "url": URL, "enabled_events": ["export.completed"]}]);
    let updated = Reply::data(json!({"id": "we_1"}));
    let service = Service::replying([Reply::data(known), updated]).await;
    let ensured = ensure_endpoint(&service.zapmail, URL, [ExportCompleted]).await.unwrap();
    assert_eq!(ensured.change, EndpointChange::Updated);
    assert_eq!(service.bodies()[1]["status"], "active");
}

#[tokio::test]
async fn created_endpoint_without_secret_is_an_error() {
    let created = Reply::data(json!({"id": "we_7", "url": URL}));
    let known = Reply::data(json!([endpoint("we_7", URL, "active", &["export.completed"])]));
    let service = Service::replying([Reply::data(json!([])), created, known]).await;
    let error = ensure_endpoint(&service.zapmail, URL, [ExportCompleted]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert!(error.to_string().contains("the endpoint `we_7` exists now"), "{error}");
}
