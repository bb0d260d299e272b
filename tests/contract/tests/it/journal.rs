//! Purchases with a key: for every operation that spends and every fault, at most one purchase is made, and the
//! reported outcome is correct.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::{Value, json};
use zapmail_contract::KEY;
use zapmail_contract::case::{CallError, Outcome};
use zapmail_contract::expectation::Expectation;
use zapmail_sdk::operations::Effect;
use zapmail_sdk::{BufferedResponse, Operation, ReqwestTransport, Result, Transport};
use zapmail_sdk_ext::journal::{EntryState, PurchaseOutcome};
use zapmail_sdk_ext::reqwest::Request;
use zapmail_sdk_ext::reqwest::header::HeaderMap;
use zapmail_sdk_ext::{ErrorKind, Journal, RetryPolicy};

use crate::client::client;
use crate::document;
use crate::server::{Act, Server};
use crate::spending::{Purchase, ambiguous, http, not_processed};

const ORDER: &str = "order-4711";

/// A transport that sends purchases to a server, and responds to reads with the document's examples.
#[derive(Debug)]
struct Split(Shared);

impl Transport for Split {
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        if operation.effect != Effect::Read {
            return self.0.http.send(request, operation);
        }
        let response = Expectation::of(&self.0.document, operation.id).unwrap().responses().remove(0);
        let status = response.status.try_into().unwrap();
        Box::pin(async move { Ok(BufferedResponse::new(status, HeaderMap::new(), response.body)) })
    }
}

/// The shared parts of all scenarios of a test: the document, and the HTTP client, which is slow to build.
#[derive(Debug, Clone)]
struct Shared {
    http: ReqwestTransport,
    document: Arc<Value>,
}

impl Shared {
    fn new() -> Self {
        Self { http: http(), document: Arc::new(document()) }
    }
}

/// A purchase, and a folder with a journal.
struct Scenario<'a> {
    purchase: &'a Purchase,
    shared: Shared,
    folder: tempfile::TempDir,
}

impl<'a> Scenario<'a> {
    fn of(purchase: &'a Purchase, shared: &Shared) -> Self {
        Self { purchase, shared: shared.clone(), folder: tempfile::tempdir().unwrap() }
    }

    /// Opens the journal, like a new process.
    fn journal(&self) -> Journal {
        Journal::file(self.folder.path().join("purchases.journal")).unwrap()
    }

    /// Makes the purchase, like a restarted program.
    async fn buy(&self, url: &str) -> Outcome {
        self.buy_as(url, ORDER, self.purchase.body.clone()).await
    }

    async fn buy_as(&self, url: &str, key: &str, body: Value) -> Outcome {
        let zapmail = client(url, Split(self.shared.clone())).with_retry_policy(RetryPolicy::none());
        let buyer = zapmail.journal(self.journal()).once(key);
        (self.purchase.case.required)(&buyer, body).await
    }

    async fn state(&self) -> Option<EntryState> {
        self.journal().entry(ORDER).await.unwrap().map(|entry| entry.state)
    }
}

fn kind(outcome: &Outcome, context: &str) -> ErrorKind {
    match outcome {
        Err(CallError::Client(error)) => error.kind(),
        other => panic!("{context}: {other:?}"),
    }
}

/// Responses that reject a purchase.
fn rejected() -> Vec<(&'static str, Act)> {
    let error = |status| Act::json(status, &json!({"status": status, "message": "Insufficient wallet balance"}));
    vec![
        ("400", error(400)),
        ("401", error(401)),
        ("402", error(402)),
        ("403", error(403)),
        ("404", error(404)),
        ("409", error(409)),
        ("422", error(422)),
        ("400 inside a 200", Act::json(200, &json!({"status": 400, "message": "Insufficient wallet balance"}))),
    ]
}

#[tokio::test(start_paused = true)]
async fn purchase_with_unknown_outcome_is_not_retried_until_it_is_settled() {
    let shared = Shared::new();
    for purchase in Purchase::all() {
        for (what, act) in ambiguous(&purchase) {
            let context = format!("{}, {what}", purchase.case.id);
            let scenario = Scenario::of(&purchase, &shared);
            let server = Server::acting(vec![act, purchase.made.clone()]);
            for _ in 0..3 {
                let outcome = scenario.buy(&server.url()).await;
                assert_eq!(kind(&outcome, &context), ErrorKind::OutcomeUnknown, "{context}");
            }
            assert_eq!((server.connections(), scenario.state().await), (1, Some(EntryState::Unknown)), "{context}");

            scenario.journal().resolve(ORDER, PurchaseOutcome::NotMade).await.unwrap();
            let bought = scenario.buy(&server.url()).await;
            assert!(bought.is_ok(), "{context}: {bought:?}");
            assert_eq!((server.connections(), scenario.state().await), (2, Some(EntryState::Made)), "{context}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn completed_purchase_returns_its_response_and_is_not_sent_again() {
    let shared = Shared::new();
    for purchase in Purchase::all() {
        let context = purchase.case.id;
        let scenario = Scenario::of(&purchase, &shared);
        let server = Server::acting(vec![purchase.made.clone()]);
        let first = scenario.buy(&server.url()).await.unwrap();
        let second = scenario.buy(&server.url()).await.unwrap();
        assert_eq!(first, second, "{context}");
        assert_eq!(server.connections(), 1, "{context}");

        // A different key is a different purchase.
        scenario.buy_as(&server.url(), "order-4712", purchase.body.clone()).await.unwrap();
        assert_eq!(server.connections(), 2, "{context}");
    }
}

#[tokio::test(start_paused = true)]
async fn key_of_a_different_purchase_is_a_conflict() {
    let shared = Shared::new();
    let purchases = Purchase::all();
    for (purchase, other) in purchases.iter().zip(purchases.iter().cycle().skip(1)) {
        let context = format!("{} after {}", other.case.id, purchase.case.id);
        let scenario = Scenario::of(purchase, &shared);
        let server = Server::acting(vec![purchase.made.clone()]);
        scenario.buy(&server.url()).await.unwrap();
        let wrong = Scenario { purchase: other, ..scenario };
        let outcome = wrong.buy(&server.url()).await;
        assert_eq!(kind(&outcome, &context), ErrorKind::Conflict, "{context}");
        let Err(CallError::Client(error)) = outcome else { unreachable!() };
        let text = format!("the key `{ORDER}` was already used for a different request of `{}`", purchase.case.id);
        assert!(error.to_string().contains(&text) && !error.may_have_been_processed(), "{error}");
        assert_eq!(server.connections(), 1, "{context}");
    }
}

#[tokio::test(start_paused = true)]
async fn rejected_purchase_frees_its_key() {
    let shared = Shared::new();
    for purchase in Purchase::all() {
        for (what, act) in rejected().into_iter().chain(not_processed()) {
            let context = format!("{}, {what}", purchase.case.id);
            let scenario = Scenario::of(&purchase, &shared);
            let server = Server::acting(vec![act, purchase.made.clone()]);
            let outcome = scenario.buy(&server.url()).await;
            let Err(CallError::Client(error)) = outcome else { panic!("{context}: {outcome:?}") };
            assert_ne!(error.kind(), ErrorKind::OutcomeUnknown, "{context}");
            let text = error.to_string();
            assert!(text.contains("nothing was bought under the key `order-4711`, and the key is free"), "{text}");
            assert_eq!(scenario.state().await, None, "{context}");
            scenario.buy(&server.url()).await.unwrap();
            assert_eq!(server.connections(), 2, "{context}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn dropped_purchase_is_not_retried() {
    let shared = Shared::new();
    for purchase in Purchase::all() {
        let context = purchase.case.id;
        let scenario = Scenario::of(&purchase, &shared);
        let server = Server::acting(vec![Act::Silence, purchase.made.clone()]);
        let url = server.url();
        let mut call = Box::pin(scenario.buy(&url));
        // Polled until the service has received the request.
        while server.requests().is_empty() {
            assert!(futures::poll!(&mut call).is_pending(), "{context}");
            tokio::task::yield_now().await;
        }
        drop(call);
        let outcome = scenario.buy(&url).await;
        assert_eq!(kind(&outcome, context), ErrorKind::OutcomeUnknown, "{context}");
        assert_eq!(server.connections(), 1, "{context}");
    }
}

/// Credentials in a request or a response are not written to the journal.
#[tokio::test(start_paused = true)]
async fn journal_contains_no_credential() {
    let shared = Shared::new();
    for purchase in Purchase::all() {
        let context = purchase.case.id;
        let mut response: Value = serde_json::from_slice(&purchase.response).unwrap();
        plant(&mut response);
        let Value::Object(root) = &mut response else { panic!("{context}: not an object") };
        root.insert("message".to_owned(), json!(format!("{KEY} has bought")));
        let scenario = Scenario::of(&purchase, &shared);
        let server = Server::acting(vec![Act::json(200, &response)]);
        scenario.buy(&server.url()).await.unwrap();
        assert_eq!(scenario.state().await, Some(EntryState::Made), "{context}");
        let entry = scenario.journal().entry(ORDER).await.unwrap();
        for text in files(scenario.folder.path()).chain([format!("{entry:?}")]) {
            assert!(!text.contains("canary") && !text.contains(KEY), "{context}: {text}");
        }
    }
}

/// Adds credentials to every object.
fn plant(value: &mut Value) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(plant),
        Value::Object(properties) => {
            properties.values_mut().for_each(plant);
            for (name, canary) in [
                ("password", json!("canary-1")),
                ("appPassword", json!(["canary-2"])),
                ("apiKey", json!({"value": "canary-3"})),
                ("accessToken", json!("canary-4")),
                ("totpSecret", json!("canary-5")),
                ("seed", json!("canary-6")),
            ] {
                properties.insert(name.to_owned(), canary);
            }
        }
        _ => {}
    }
}

fn files(folder: &Path) -> impl Iterator<Item = String> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.map(|file| String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned())
}
