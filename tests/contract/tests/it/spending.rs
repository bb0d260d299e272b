//! Money: nothing that may have been processed is sent twice, for every operation that spends.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;
use zapmail_contract::KEY;
use zapmail_contract::case::{self, CallError, Case, Outcome};
use zapmail_contract::expectation::Expectation;
use zapmail_sdk::OPERATIONS;
use zapmail_sdk::operations::Effect;
use zapmail_sdk_ext::{ErrorKind, Quota, Retries, Spending, Zapmail};

use crate::document;
use crate::server::{Act, Server, free_port, url_of};

/// A purchase: the call, its body, and an answer that says that it was made.
struct Purchase {
    case: &'static Case,
    body: Value,
    made: Act,
}

impl Purchase {
    fn all() -> Vec<Self> {
        let document = document();
        let spending = OPERATIONS.iter().filter(|operation| operation.effect == Effect::Spend);
        let purchases: Vec<_> = spending.map(|operation| Self::of(&document, operation.id)).collect();
        // How many they are is counted where `Spending` is tested.
        assert!(!purchases.is_empty());
        purchases
    }

    fn of(document: &Value, id: &str) -> Self {
        let expectation = Expectation::of(document, id).unwrap();
        let answer = expectation.answers().remove(0);
        Self {
            case: case::find(id).unwrap(),
            body: expectation.body().cloned().unwrap_or_default(),
            made: Act::answer(answer.status, "content-type: application/json\r\n", &answer.body),
        }
    }

    /// What becomes of it, with as many attempts as a client can have.
    async fn call(&self, http: &reqwest::Client, url: &str) -> Outcome {
        let zapmail = Zapmail::builder()
            .api_key(KEY)
            .base_url(url)
            .quota(Quota::unlimited())
            .retries(Retries::default().attempts(10))
            .spending(Spending::Allowed)
            .body_limit(64 * 1024)
            .http_client(http.clone())
            .build()
            .unwrap();
        (self.case.required)(&zapmail, self.body.clone()).await
    }
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

/// Whatever can happen after which nobody knows whether the purchase was made.
fn in_the_dark(purchase: &Purchase) -> Vec<(&'static str, Act)> {
    let error = |status| Act::json(status, &json!({"status": status, "message": "no"}));
    let large = vec![b' '; 128 * 1024];
    vec![
        ("reset unread", Act::ResetUnread),
        ("reset", Act::Reset),
        ("no answer", Act::Silence),
        ("half an answer", purchase.made.clone().cut(2)),
        ("408", error(408)),
        ("500", error(500)),
        ("502", Act::answer(502, "content-type: text/html\r\n", b"<html>Bad Gateway</html>")),
        ("503", Act::answer(503, "retry-after: 1\r\n", b"")),
        ("504", error(504)),
        ("500 inside a 200", Act::json(200, &json!({"status": 500, "message": "no"}))),
        ("200 without JSON", Act::answer(200, "", b"bought")),
        ("204", Act::answer(204, "", b"")),
        ("200 that is too large", Act::answer(200, "", &large)),
    ]
}

/// Answers after which the purchase was surely not made.
fn surely_not() -> Vec<(&'static str, Act)> {
    vec![
        ("429", Act::json(429, &json!({"status": 429, "message": "Too many requests"}))),
        ("429 with a wait", Act::answer(429, "retry-after: 2\r\n", b"")),
    ]
}

#[tokio::test(start_paused = true)]
async fn no_purchase_that_may_have_been_made_is_sent_twice() {
    let http = http();
    for purchase in Purchase::all() {
        for (what, act) in in_the_dark(&purchase) {
            // A server that would let the second one through.
            let server = Server::acting(vec![act, purchase.made.clone()]);
            let outcome = purchase.call(&http, &server.url()).await;
            let place = format!("{}, {what}", purchase.case.id);
            assert_eq!(server.connections(), 1, "{place}");
            let Err(CallError::Client(error)) = outcome else { panic!("{place}: {outcome:?}") };
            assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{place}: {error}");
            assert!(error.may_have_been_sent(), "{place}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_purchase_that_was_not_made_is_sent_again_until_it_may_have_been() {
    let http = http();
    for purchase in Purchase::all() {
        for (what, act) in surely_not() {
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
async fn a_purchase_that_was_refused_before_it_was_sent_is_sent_again() {
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
