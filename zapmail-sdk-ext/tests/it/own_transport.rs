//! Custom transports: below the policies, and around them.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::BoxFuture;
use serde_json::{Value, json};
use zapmail_sdk_ext::http::{HeaderMap, StatusCode};
use zapmail_sdk_ext::reqwest::Request;
use zapmail_sdk_ext::{
    BufferedResponse, Decimal, Error, ErrorKind, Operation, RateLimits, Result, SharedTransport, Transport, Zapmail,
};

/// Returns a response without a network, and counts the requests.
#[derive(Debug, Clone)]
struct Canned {
    status: u16,
    body: Value,
    sent: Arc<AtomicU32>,
}

impl Transport for Canned {
    fn send<'a>(&'a self, _: Request, _: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let status = StatusCode::from_u16(self.status).unwrap();
        Box::pin(ready(Ok(BufferedResponse::new(status, HeaderMap::new(), self.body.to_string()))))
    }
}

/// Counts the calls, and forwards them to another transport.
#[derive(Debug)]
struct Counted {
    inner: SharedTransport,
    calls: Arc<AtomicU32>,
}

impl Transport for Counted {
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request, operation)
    }
}

fn canned(status: u16, body: Value) -> (Zapmail, Arc<AtomicU32>) {
    let sent = Arc::new(AtomicU32::new(0));
    let transport = Canned { status, body, sent: Arc::clone(&sent) };
    let builder = Zapmail::builder().api_key("not-a-real-key").rate_limits(RateLimits::unlimited());
    (builder.transport(transport).build().unwrap(), sent)
}

#[tokio::test(start_paused = true)]
async fn wrapped_transport_keeps_every_policy() {
    let calls = Arc::new(AtomicU32::new(0));
    let (zapmail, sent) = canned(503, json!({"message": "busy"}));
    let wrapped = |zapmail: &Zapmail| {
        let raw = zapmail.raw();
        raw.sending_through(Counted { inner: raw.transport().clone(), calls: Arc::clone(&calls) })
    };

    let error = wrapped(&zapmail).get_user().send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 4), "retries");
    assert_eq!((calls.load(Ordering::Relaxed), sent.load(Ordering::Relaxed)), (1, 4));

    let error = wrapped(&zapmail).purchase_addon_mailboxes().quantity(1u32).send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::SpendingNotAllowed, 0), "spending guard");
    assert_eq!(sent.load(Ordering::Relaxed), 4);

    let buyer = zapmail.allow_spending();
    let error = wrapped(&buyer).purchase_addon_mailboxes().quantity(1u32).send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::OutcomeUnknown, 1), "no retry of a purchase");
}

async fn fails(status: u16, body: Value) -> Error {
    let (client, sent) = canned(status, body);
    let error = client.allow_spending().purchase_addon_mailboxes().quantity(1u32).send().await.unwrap_err();
    assert_eq!((sent.load(Ordering::Relaxed), error.attempts()), (1, 1));
    error
}

#[tokio::test]
async fn custom_transport_response_is_decoded() {
    let (client, _) =
        canned(200, json!({"data": {"id": "3f0c2b1e-6a41-4d7b-9c55-0e1f2a3b4c5d", "walletBalance": 64.5}}));
    assert_eq!(client.get_user().send().await.unwrap().wallet_balance, Some(Decimal::new(645, 1)));
}

#[tokio::test]
async fn custom_transport_refusal_is_an_error() {
    let error = fails(403, json!({"status": 403, "message": "Not yours", "errorId": "2f6d1b0a"})).await;
    assert_eq!(
        (error.kind(), error.message(), error.error_id()),
        (ErrorKind::Forbidden, "Not yours", Some("2f6d1b0a"))
    );
    assert_eq!(error.verify_with(), None);
}

#[tokio::test]
async fn custom_transport_ambiguous_purchase_is_outcome_unknown() {
    let error = fails(502, json!("Bad gateway")).await;
    assert_eq!((error.kind(), error.verify_with()), (ErrorKind::OutcomeUnknown, Some("list_mailboxes")));
    let error = fails(200, json!(17)).await;
    assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::OutcomeUnknown, true));
}
