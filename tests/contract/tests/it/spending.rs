//! Spending: for each operation that spends, a request that might have been processed is never sent twice.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;
use zapmail_contract::case::{self, CallError, Case, Outcome};
use zapmail_contract::expectation::Expectation;
use zapmail_sdk::operations::Effect;
use zapmail_sdk::{OPERATIONS, ReqwestTransport};
use zapmail_sdk_ext::{ErrorKind, RetryPolicy};

use crate::client::{self, client};
use crate::document;
use crate::server::{Act, Server, free_port, url_of};

/// A purchase: the case, the body, and the success response.
pub struct Purchase {
    pub case: &'static Case,
    pub body: Value,
    pub made: Act,
    /// The body of the success response.
    pub response: Vec<u8>,
}

impl Purchase {
    pub fn all() -> Vec<Self> {
        let document = document();
        let spending = OPERATIONS.iter().filter(|operation| operation.effect == Effect::Spend);
        let purchases: Vec<_> = spending.map(|operation| Self::of(&document, operation.id)).collect();
        // Their number is checked by the test of the spending guard in `zapmail-sdk-ext`.
        assert!(!purchases.is_empty());
        purchases
    }

    fn of(document: &Value, id: &str) -> Self {
        let expectation = Expectation::of(document, id).unwrap();
        let response = expectation.responses().remove(0);
        Self {
            case: case::find(id).unwrap(),
            body: expectation.body_or_null(),
            made: Act::answer(response.status, "content-type: application/json\r\n", &response.body),
            response: response.body,
        }
    }

    /// Makes the purchase, with the maximum number of attempts.
    async fn call(&self, http: &ReqwestTransport, url: &str) -> Outcome {
        let zapmail = client(url, http.clone()).with_retry_policy(RetryPolicy::default().attempts(10));
        (self.case.required)(&zapmail, self.body.clone()).await
    }
}

/// An HTTP client with a small limit for the size of a response.
pub fn http() -> ReqwestTransport {
    client::http().body_limit(64 * 1024)
}

/// Attempts whose outcome is unknown.
pub fn ambiguous(purchase: &Purchase) -> Vec<(&'static str, Act)> {
    let error = |status| Act::json(status, &json!({"status": status, "message": "no"}));
    let large = vec![b' '; 128 * 1024];
    vec![
        ("reset unread", Act::ResetUnread),
        ("reset", Act::Reset),
        ("no response", Act::Silence),
        ("half a response", purchase.made.clone().cut(2)),
        ("408", error(408)),
        ("500", error(500)),
        ("502", Act::answer(502, "content-type: text/html\r\n", b"<html>Bad Gateway</html>")),
        ("503", Act::answer(503, "retry-after: 1\r\n", b"")),
        ("504", error(504)),
        ("500 inside a 200", Act::json(200, &json!({"status": 500, "message": "no"}))),
        ("500 as text inside a 200", Act::json(200, &json!({"statusCode": "500", "message": "no"}))),
        ("429 inside a 200", Act::json(200, &json!({"status": 429, "message": "no"}))),
        ("no success inside a 200", Act::json(200, &json!({"success": false, "message": "no"}))),
        ("failure as text inside a 200", Act::json(200, &json!({"status": "failed", "message": "no"}))),
        ("error text inside a 200", Act::json(200, &json!({"error": "no"}))),
        ("101", Act::answer(101, "", b"")),
        ("103 only", Act::answer(103, "", b"")),
        ("302", Act::answer(302, "location: /elsewhere\r\n", b"")),
        ("499", error(499)),
        ("600", error(600)),
        ("999", error(999)),
        ("200 without JSON", Act::answer(200, "", b"bought")),
        ("204", Act::answer(204, "", b"")),
        ("200 that is too large", Act::answer(200, "", &large)),
    ]
}

/// Responses to requests that were not processed.
pub fn not_processed() -> Vec<(&'static str, Act)> {
    vec![
        ("429", Act::json(429, &json!({"status": 429, "message": "Too many requests"}))),
        ("429 with a delay", Act::answer(429, "retry-after: 2\r\n", b"")),
    ]
}

#[tokio::test(start_paused = true)]
async fn ambiguous_purchase_is_not_retried() {
    let http = http();
    for purchase in Purchase::all() {
        for (what, act) in ambiguous(&purchase) {
            // The server would accept a second request.
            let server = Server::acting(vec![act, purchase.made.clone()]);
            let outcome = purchase.call(&http, &server.url()).await;
            let context = format!("{}, {what}", purchase.case.id);
            assert_eq!(server.connections(), 1, "{context}");
            let Err(CallError::Client(error)) = outcome else { panic!("{context}: {outcome:?}") };
            assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{context}: {error}");
            assert!(error.may_have_been_processed(), "{context}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn unprocessed_purchase_is_retried_until_an_attempt_is_ambiguous() {
    let http = http();
    for purchase in Purchase::all() {
        for (what, act) in not_processed() {
            let script = vec![act.clone(), act.clone(), purchase.made.clone()];
            let server = Server::acting(script);
            let outcome = purchase.call(&http, &server.url()).await;
            assert!(outcome.is_ok(), "{}, {what}: {outcome:?}", purchase.case.id);
            assert_eq!(server.requests().len(), 3, "{}, {what}", purchase.case.id);

            let server = Server::acting(vec![act, Act::Reset, purchase.made.clone()]);
            let outcome = purchase.call(&http, &server.url()).await;
            assert!(matches!(outcome, Err(CallError::Client(error)) if error.kind() == ErrorKind::OutcomeUnknown));
            assert_eq!(server.requests().len(), 2, "{}, {what}", purchase.case.id);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn purchase_without_connection_is_retried() {
    let http = http();
    for purchase in Purchase::all() {
        let port = free_port();
        let url = url_of(&port);
        let opens = async {
            sleep(Duration::from_millis(100)).await;
            Server::on(port, vec![purchase.made.clone()])
        };
        let (outcome, server) = tokio::join!(purchase.call(&http, &url), opens);
        assert!(outcome.is_ok(), "{}: {outcome:?}", purchase.case.id);
        assert_eq!(server.requests().len(), 1, "{}", purchase.case.id);
    }
}
