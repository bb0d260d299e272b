//! Fuzz test: random requests to every operation. No request makes the sandbox fail, and every response matches the
//! document.

mod bodies;
mod known;
mod parameters;
mod parts;

use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use zapmail_openapi::document::Operation;

use crate::api::{Api, check, document};
use known::Known;

/// The number of requests per operation.
const ROUNDS: usize = 20;

/// The number of operations after which the known values are read again, because operations create and remove data.
const REFRESH_INTERVAL: usize = 4;

/// Operations that fail with 500 instead of refusing the request, like the service (mailbox.yaml, export.yaml).
const FAIL_WITH_500: [&str; 2] = ["get_mailbox", "list_export_accounts"];

/// A generated request.
#[derive(Debug)]
struct GeneratedRequest {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

fn requests(operation: &Operation<'static>, known: &Known) -> impl Strategy<Value = GeneratedRequest> + use<> {
    let (method, path): (Method, _) = (operation.method.to_uppercase().parse().unwrap(), operation.path);
    let parts = (
        known.any_text(""),
        parameters::query(operation, known),
        parameters::headers(operation, known),
        bodies::of(operation, known),
    );
    parts.prop_map(move |(id, query, headers, body)| {
        // Every byte is percent-encoded, so that none has a special meaning in the path.
        let id: String = id.bytes().map(|byte| format!("%{byte:02x}")).collect();
        GeneratedRequest { method: method.clone(), path: path.replace("{id}", &id), query, headers, body }
    })
}

#[tokio::test]
async fn no_request_makes_the_sandbox_fail() {
    // The balance is so high that no operation is refused because of its price.
    let api = Api::start_with(|builder| builder.wallet_cents(u64::MAX)).await;
    let mut runner = TestRunner::deterministic();
    let (mut succeeded, mut refused) = (0, 0);
    let (mut known, mut operations) = (Known::of(&api).await, 0);
    for operation in document().operations() {
        let id = operation.id;
        let requests = requests(&operation, &known);
        for _ in 0..ROUNDS {
            let generated = requests.new_tree(&mut runner).unwrap().current();
            let request = api.request(generated.method.clone(), &generated.path).query(&generated.query);
            let request = generated.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
            let request = generated.body.iter().fold(request, |request, body| request.body(body.clone()));
            let response = request.send().await.unwrap_or_else(|error| panic!("{id} {generated:?}: {error:?}"));
            let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
            check(id, status, &serde_json::from_str(&text).unwrap_or_else(|_| text.clone().into()));
            assert!(
                status < 500 || FAIL_WITH_500.contains(&id),
                "{id} responded with {status} {text} to {generated:?}"
            );
            succeeded += usize::from(status < 300);
            refused += usize::from(status >= 400);
        }
        // Complete the operations that run in the background.
        api.sandbox.advance(Duration::from_secs(1000));
        operations += 1;
        if operations % REFRESH_INTERVAL == 0 {
            known = Known::of(&api).await;
        }
    }
    api.get("/v2/users").await.ok();
    assert!(succeeded > 300 && refused > 300, "too few requests: {succeeded} succeeded, {refused} refused");
}
