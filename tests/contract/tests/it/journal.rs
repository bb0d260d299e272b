//! Purchases under a key: for every operation that spends and every fault, the service makes at most one purchase, and the
//! program learns the truth.

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
use zapmail_sdk_ext::{ErrorKind, Journal, RateLimits, RetryPolicy, Zapmail};

use crate::document;
use crate::server::{Act, Server};
use crate::spending::{Purchase, ambiguous, http, not_processed};

const ORDER: &str = "order-4711";

/// Sends purchases to a server, and answers reads as the document does: they are not what is tested.
#[derive(Debug)]
struct Split(Common);

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

/// What all trials of a test share: the HTTP client, since it takes long to build, and the document.
#[derive(Debug, Clone)]
struct Common {
    http: ReqwestTransport,
    document: Arc<Value>,
}

impl Common {
    fn new() -> Self {
        Self { http: http(), document: Arc::new(document()) }
    }
}

/// A purchase, and a folder with a journal.
struct Trial<'a> {
    purchase: &'a Purchase,
    common: Common,
    folder: tempfile::TempDir,
}

impl<'a> Trial<'a> {
    fn of(purchase: &'a Purchase, common: &Common) -> Self {
        Self { purchase, common: common.clone(), folder: tempfile::tempdir().unwrap() }
    }

    /// The journal, opened as by another process.
    fn journal(&self) -> Journal {
        Journal::file(self.folder.path().join("purchases.journal")).unwrap()
    }

    /// Makes the purchase, as a program does that was started again.
    async fn buy(&self, url: &str) -> Outcome {
        self.buy_as(url, ORDER, self.purchase.body.clone()).await
    }

    async fn buy_as(&self, url: &str, key: &str, body: Value) -> Outcome {
        let zapmail = Zapmail::builder()
            .api_key(KEY)
            .base_url(url)
            .rate_limits(RateLimits::unlimited())
            .retry_policy(RetryPolicy::none())
            .transport(Split(self.common.clone()))
            .build()
            .unwrap();
        let buyer = zapmail.allow_spending().journal(self.journal()).once(key);
        (self.purchase.case.required)(&buyer, body).await
    }

    async fn state(&self) -> Option<EntryState> {
        self.journal().entry(ORDER).await.unwrap().map(|entry| entry.state)
    }
}

fn kind(outcome: &Outcome, place: &str) -> ErrorKind {
    match outcome {
        Err(CallError::Client(error)) => error.kind(),
        other => panic!("{place}: {other:?}"),
    }
}

/// Responses that refuse a purchase.
fn refused() -> Vec<(&'static str, Act)> {
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
async fn purchase_of_unknown_outcome_is_not_made_again_until_it_is_settled() {
    let common = Common::new();
    for purchase in Purchase::all() {
        for (what, act) in ambiguous(&purchase) {
            let place = format!("{}, {what}", purchase.case.id);
            let trial = Trial::of(&purchase, &common);
            let server = Server::acting(vec![act, purchase.made.clone()]);
            for _ in 0..3 {
                let outcome = trial.buy(&server.url()).await;
                assert_eq!(kind(&outcome, &place), ErrorKind::OutcomeUnknown, "{place}");
            }
            assert_eq!((server.connections(), trial.state().await), (1, Some(EntryState::Unknown)), "{place}");

            trial.journal().resolve(ORDER, PurchaseOutcome::DidNotHappen).await.unwrap();
            let bought = trial.buy(&server.url()).await;
            assert!(bought.is_ok(), "{place}: {bought:?}");
            assert_eq!((server.connections(), trial.state().await), (2, Some(EntryState::Made)), "{place}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn purchase_that_was_made_returns_its_response_and_is_not_sent_again() {
    let common = Common::new();
    for purchase in Purchase::all() {
        let place = purchase.case.id;
        let trial = Trial::of(&purchase, &common);
        let server = Server::acting(vec![purchase.made.clone()]);
        let first = trial.buy(&server.url()).await.unwrap();
        let second = trial.buy(&server.url()).await.unwrap();
        assert_eq!(first, second, "{place}");
        assert_eq!(server.connections(), 1, "{place}");

        // Another key is another purchase, and another request under the same key a mistake.
        trial.buy_as(&server.url(), "order-4712", purchase.body.clone()).await.unwrap();
        assert_eq!(server.connections(), 2, "{place}");
    }
}

#[tokio::test(start_paused = true)]
async fn key_of_another_purchase_is_a_conflict() {
    let common = Common::new();
    let purchases = Purchase::all();
    for (purchase, other) in purchases.iter().zip(purchases.iter().cycle().skip(1)) {
        let place = format!("{} after {}", other.case.id, purchase.case.id);
        let trial = Trial::of(purchase, &common);
        let server = Server::acting(vec![purchase.made.clone()]);
        trial.buy(&server.url()).await.unwrap();
        let wrong = Trial { purchase: other, ..trial };
        let outcome = wrong.buy(&server.url()).await;
        assert_eq!(kind(&outcome, &place), ErrorKind::Conflict, "{place}");
        let Err(CallError::Client(error)) = outcome else { unreachable!() };
        let text = format!("the key `{ORDER}` was used for another request of `{}`", purchase.case.id);
        assert!(error.to_string().contains(&text) && !error.may_have_been_processed(), "{error}");
        assert_eq!(server.connections(), 1, "{place}");
    }
}

#[tokio::test(start_paused = true)]
async fn purchase_that_was_refused_frees_its_key() {
    let common = Common::new();
    for purchase in Purchase::all() {
        for (what, act) in refused().into_iter().chain(not_processed()) {
            let place = format!("{}, {what}", purchase.case.id);
            let trial = Trial::of(&purchase, &common);
            let server = Server::acting(vec![act, purchase.made.clone()]);
            let outcome = trial.buy(&server.url()).await;
            let Err(CallError::Client(error)) = outcome else { panic!("{place}: {outcome:?}") };
            assert_ne!(error.kind(), ErrorKind::OutcomeUnknown, "{place}");
            let text = error.to_string();
            assert!(text.contains("nothing was bought under the key `order-4711`, and the key is free"), "{text}");
            assert_eq!(trial.state().await, None, "{place}");
            trial.buy(&server.url()).await.unwrap();
            assert_eq!(server.connections(), 2, "{place}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn dropped_purchase_is_not_made_again() {
    let common = Common::new();
    for purchase in Purchase::all() {
        let place = purchase.case.id;
        let trial = Trial::of(&purchase, &common);
        let server = Server::acting(vec![Act::Silence, purchase.made.clone()]);
        let url = server.url();
        let mut call = Box::pin(trial.buy(&url));
        // Until the service has it.
        while server.requests().is_empty() {
            assert!(futures::poll!(&mut call).is_pending(), "{place}");
            tokio::task::yield_now().await;
        }
        drop(call);
        let outcome = trial.buy(&url).await;
        assert_eq!(kind(&outcome, place), ErrorKind::OutcomeUnknown, "{place}");
        assert_eq!(server.connections(), 1, "{place}");
    }
}

/// Neither what the service returns nor what is sent leaves a credential in a journal.
#[tokio::test(start_paused = true)]
async fn journal_contains_no_credential() {
    let common = Common::new();
    for purchase in Purchase::all() {
        let place = purchase.case.id;
        let mut response: Value = serde_json::from_slice(&purchase.response).unwrap();
        plant(&mut response);
        let Value::Object(root) = &mut response else { panic!("{place}: not an object") };
        root.insert("message".to_owned(), json!(format!("{KEY} has bought")));
        let trial = Trial::of(&purchase, &common);
        let server = Server::acting(vec![Act::json(200, &response)]);
        trial.buy(&server.url()).await.unwrap();
        assert_eq!(trial.state().await, Some(EntryState::Made), "{place}");
        let entry = trial.journal().entry(ORDER).await.unwrap();
        for text in files(trial.folder.path()).chain([format!("{entry:?}")]) {
            assert!(!text.contains("canary") && !text.contains(KEY), "{place}: {text}");
        }
    }
}

/// Puts credentials into every object.
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
