//! Calls of a raw client that somebody has given a transport of their own: sent once, with the same data and errors.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::BoxFuture;
use reqwest::{Request, Response};
use serde_json::{Value, json};
use zapmail_sdk::{Client, Operation, SharedTransport, Transport};
use zapmail_sdk_ext::{Error, ErrorKind, prelude::*};

/// Answers without a network, and counts.
#[derive(Debug, Clone)]
struct Canned {
    status: u16,
    body: Value,
    sent: Arc<AtomicU32>,
}

impl Transport for Canned {
    fn send<'a>(
        &'a self,
        _: &'a reqwest::Client,
        _: Request,
        _: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let answer = http::Response::builder().status(self.status).body(self.body.to_string());
        Box::pin(ready(Ok(answer.unwrap().into())))
    }
}

fn canned(status: u16, body: Value) -> (Client, Arc<AtomicU32>) {
    let sent = Arc::new(AtomicU32::new(0));
    let transport = Canned { status, body, sent: Arc::clone(&sent) };
    let http = zapmail_sdk::http_client().unwrap().build().unwrap();
    (Client::new_with_client("http://localhost", http, SharedTransport::new(transport)), sent)
}

async fn fails(status: u16, body: Value) -> Error {
    let (client, sent) = canned(status, body);
    let error = client.purchase_addon_mailboxes().quantity(1u32).call().await.unwrap_err();
    assert_eq!((sent.load(Ordering::Relaxed), error.attempts()), (1, 1));
    error
}

#[tokio::test]
async fn its_answers_are_data() {
    let (client, _) =
        canned(200, json!({"data": {"id": "3f0c2b1e-6a41-4d7b-9c55-0e1f2a3b4c5d", "walletBalance": 64.5}}));
    assert_eq!(client.get_user().call().await.unwrap().wallet_balance, Some(64.5));
}

#[tokio::test]
async fn its_refusals_are_errors() {
    let error = fails(403, json!({"status": 403, "message": "Not yours", "errorId": "2f6d1b0a"})).await;
    assert_eq!(
        (error.kind(), error.message(), error.error_id()),
        (ErrorKind::Forbidden, "Not yours", Some("2f6d1b0a"))
    );
    assert_eq!(error.verify_with(), None);
}

#[tokio::test]
async fn what_leaves_a_purchase_in_the_dark_does_so_here_too() {
    let error = fails(502, json!("Bad gateway")).await;
    assert_eq!((error.kind(), error.verify_with()), (ErrorKind::OutcomeUnknown, Some("list_mailboxes")));
    let error = fails(200, json!(17)).await;
    assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::OutcomeUnknown, true));
}
