//! B. Requests that must not be repeated: a call that could charge, create or send twice is sent once.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use zapmail_sdk_ext::operations::{Effect, find};
use zapmail_sdk_ext::types::{
    DomainConnection, DomainPurchase, DomainPurchaseItem, DomainRenewal, MailboxAssignments, NewMailbox,
};
use zapmail_sdk_ext::{DomainId, Error, ErrorKind, Timeouts, Zapmail};

use super::service::{Reply, Service};
use super::{DOMAIN, body, client_of};
use crate::server::{Act, Server};

const SECOND: Duration = Duration::from_secs(1);

fn assignment() -> MailboxAssignments {
    let mailbox = NewMailbox::new("acme-example.com", "Dana", "Reed", "dana.reed");
    MailboxAssignments([(DomainId::from(DOMAIN), vec![mailbox])].into())
}

/// Asserts that the outcome is unknown after one attempt, and that the error names the operation that verifies it.
fn assert_unknown(error: &Error, verify_with: &str) {
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::OutcomeUnknown, 1), "{error}");
    assert!(error.may_have_been_processed() && !error.is_retryable());
    assert_eq!(error.verify_with(), Some(verify_with));
    let text = error.to_string();
    assert!(text.contains(&format!("may have been processed; check with `{verify_with}` before retrying")), "{text}");
}

/// C11: the service reads an assignment completely and never responds.
#[tokio::test(start_paused = true)]
async fn assignment_without_response_is_sent_once_and_its_outcome_is_unknown() {
    let server = Server::acting(vec![Act::Silence]);
    let error = client_of(&server).assign_mailboxes().body(assignment()).send().await.unwrap_err();
    assert_unknown(&error, "list_mailboxes");
    let [request] = server.requests().try_into().expect("one request");
    assert!(request.starts_with("POST /api/v2/mailboxes HTTP/1.1\r\n"), "{request}");
    let mailbox = json!({
        "firstName": "Dana", "lastName": "Reed", "mailboxUsername": "dana.reed", "domainName": "acme-example.com",
    });
    assert_eq!(serde_json::from_str::<Value>(body(&request)).unwrap(), json!({DOMAIN: [mailbox]}));
}

/// A purchase of one domain.
async fn buy(zapmail: &Zapmail) -> Result<(), Error> {
    let purchase = DomainPurchase::new([DomainPurchaseItem::new("acme-example.com")], false, true);
    zapmail.purchase_domains().body(purchase).send().await.map(drop)
}

fn bought() -> Reply {
    Reply::json(
        200,
        r#"{"status":200,"message":"Domains purchased","data":{"invoiceLink":"https://invoice.example.com/i/1"}}"#,
    )
}

/// C12: a purchase takes 20 seconds.
#[tokio::test(start_paused = true)]
async fn purchase_that_takes_20_seconds_is_sent_once() {
    let service = Service::replying([bought().after(20 * SECOND)]);
    let started_at = Instant::now();
    buy(&service.client()).await.unwrap();
    assert_eq!((started_at.elapsed(), service.count()), (20 * SECOND, 1));

    for timeouts in [Timeouts::default().attempt(15 * SECOND), Timeouts::default().call(15 * SECOND)] {
        let service = Service::replying([bought().after(20 * SECOND)]);
        let error = buy(&service.client().with_timeouts(timeouts)).await.unwrap_err();
        assert_unknown(&error, "list_domains");
        tokio::time::sleep(600 * SECOND).await;
        assert_eq!(service.count(), 1);
    }
}

/// C13: slots are rejected while the wallet recharges.
#[tokio::test(start_paused = true)]
async fn purchase_with_insufficient_balance_is_rejected_and_not_retried() {
    let refusal = r#"{"status":400,"message":"Insufficient wallet balance. Required: $18.00, Available: $4.10"}"#;
    let service = Service::replying([Reply::json(400, refusal)]);
    let error = service.client().purchase_addon_mailboxes().quantity(6_u32).send().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Invalid, Some(400)), "{error}");
    assert_eq!(error.message(), "Insufficient wallet balance. Required: $18.00, Available: $4.10");
    assert!(!error.is_outcome_unknown() && !error.is_retryable() && error.verify_with().is_none());
    let [sent] = service.requests().try_into().expect("one request");
    assert_eq!((sent.path.as_str(), sent.query.as_str()), ("/v2/wallet/buy-addon-mailboxes", "quantity=6"));
}

/// C13, variant: the rejection is a 200.
#[tokio::test(start_paused = true)]
async fn rejected_purchase_in_a_200_is_not_a_success() {
    let refusal = r#"{"message":"Insufficient wallet balance. Required: $18.00, Available: $4.10"}"#;
    let service = Service::replying([Reply::json(200, refusal)]);
    let error = service.client().purchase_addon_mailboxes().quantity(6_u32).send().await.unwrap_err();
    assert_unknown(&error, "list_mailboxes");
    assert_eq!(
        error.body().unwrap().expose()["message"],
        json!("Insufficient wallet balance. Required: $18.00, Available: $4.10")
    );
    assert_eq!(service.count(), 1);
}

/// C14: two renewals of the same domain run concurrently.
#[tokio::test(start_paused = true)]
async fn concurrent_renewals_send_two_requests_and_none_without_permission() {
    let renewed = r#"{"status":200,"message":"ok","data":{"domainIds":["7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e"]}}"#;
    let service = Service::replying([Reply::json(200, renewed).after(SECOND)]);
    let renew = |zapmail: &Zapmail| zapmail.renew_domains().body(DomainRenewal::new([DOMAIN])).send();
    let zapmail = service.client();
    let (first, second) = tokio::join!(renew(&zapmail), renew(&zapmail));
    first.unwrap();
    second.unwrap();
    let [first, second] = service.requests().try_into().expect("two requests");
    assert_eq!(first.body, r#"{"domainIds":["7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e"]}"#);
    assert_eq!(first.body, second.body);
    // The documentation states that each call is charged.
    let document: Value = serde_json::from_str(zapmail_openapi::DOCUMENT).unwrap();
    let description = document["paths"]["/v2/domains/renew"]["post"]["description"].as_str().unwrap();
    assert!(description.contains("a repeated call can charge again"), "{description}");

    let service = Service::replying([Reply::json(200, renewed)]);
    let error = renew(&service.careful_builder().build().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::SpendingNotAllowed, false));
    assert_eq!(service.count(), 0);
}

/// C15: connecting a domain times out once.
#[tokio::test(start_paused = true)]
async fn idempotent_connection_is_retried_after_a_timeout() {
    let operation = find("connect_domains").unwrap();
    assert_eq!((operation.effect, operation.idempotent, operation.is_safe_to_retry()), (Effect::Write, true, true));
    let connected = json!({"status": 200, "message": "ok", "data": {"domains": {"acme-example.com": "SUCCESS"}}});
    let server = Server::acting(vec![Act::Silence, Act::json(200, &connected)]);
    let connection = DomainConnection::new(["acme-example.com"]);
    client_of(&server).connect_domains().body(connection).send().await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

/// C16: a purchase is completed after its timeout.
#[tokio::test(start_paused = true)]
async fn slow_purchase_is_sent_again_only_by_the_caller() {
    let service = Service::responding(|_, index| if index == 0 { bought().after(90 * SECOND) } else { bought() });
    let zapmail = service.client();
    let error = buy(&zapmail).await.unwrap_err();
    assert_unknown(&error, "list_domains");
    assert_eq!(service.count(), 1);
    // The caller can send the purchase again deliberately.
    buy(&zapmail).await.unwrap();
    assert_eq!(service.count(), 2);
}

/// C17: an idempotency key differs between attempts.
#[tokio::test(start_paused = true)]
async fn idempotency_key_is_the_same_in_all_attempts() {
    let connect = async |zapmail: &Zapmail| {
        let connection = DomainConnection::new(["acme-example.com"]);
        zapmail.connect_domains().body(connection).send().await.unwrap_err()
    };
    let keys = |service: &Service| {
        let is_key = |name: &str| name.contains("idempotency") || name.contains("request-id");
        let requests = service.requests();
        let keys = requests.iter().map(|sent| {
            let headers = sent.headers.iter().filter(|(name, _)| is_key(name.as_str()));
            headers.map(|(_, value)| value.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        });
        keys.collect::<Vec<_>>()
    };
    let failing = || Service::replying([Reply::json(500, r#"{"status":500,"message":"Internal server error"}"#)]);
    // The client sends no idempotency key by itself.
    let service = failing();
    connect(&service.client()).await;
    assert_eq!(keys(&service), vec![Vec::<String>::new(); 4]);
    // The key of the caller.
    let service = failing();
    connect(&service.client().with_header("idempotency-key", "order-4711").unwrap()).await;
    assert_eq!(keys(&service), vec![["order-4711"]; 4]);
}
