//! Requests of no sense, to every operation: none makes the sandbox fail, and it is there after each.

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
use zapmail_sandbox::{Quota, Sandbox};

use crate::api::{Api, document};
use known::Known;

/// Requests that each operation gets.
const ROUNDS: usize = 20;

/// Operations after which the sandbox is asked again what it has: they create and remove.
const LESSON: usize = 4;

/// These fail with 500 where they should refuse, as the service does (mailbox.yaml, export.yaml).
const FAIL: [&str; 2] = ["get_mailbox", "list_export_accounts"];

/// A request for an operation.
#[derive(Debug)]
struct Asked {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

fn requests(operation: &Operation<'static>, known: &Known) -> impl Strategy<Value = Asked> + use<> {
    let (method, path): (Method, _) = (operation.method.to_uppercase().parse().unwrap(), operation.path);
    let parts = (
        known.any_text(""),
        parameters::query(operation, known),
        parameters::headers(operation, known),
        bodies::of(operation, known),
    );
    parts.prop_map(move |(id, query, headers, body)| {
        // Everything that could mean something in a path is written as what it is.
        let id: String = id.bytes().map(|byte| format!("%{byte:02x}")).collect();
        Asked { method: method.clone(), path: path.replace("{id}", &id), query, headers, body }
    })
}

#[tokio::test]
async fn no_request_makes_the_sandbox_fail() {
    // Rich, so that what costs money is carried out as well.
    let sandbox = Sandbox::builder().wallet_cents(u64::MAX).quota(Quota::unlimited()).start().await.unwrap();
    let (api, mut runner) = (Api::of(sandbox), TestRunner::deterministic());
    let (mut carried_out, mut refused) = (0, 0);
    let (mut known, mut operations) = (Known::of(&api).await, 0);
    for operation in document().operations() {
        let id = operation.id;
        let requests = requests(&operation, &known);
        for _ in 0..ROUNDS {
            let asked = requests.new_tree(&mut runner).unwrap().current();
            let request = api.request(asked.method.clone(), &asked.path).query(&asked.query);
            let request = asked.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
            let request = asked.body.iter().fold(request, |request, body| request.body(body.clone()));
            let answer = request.send().await.unwrap_or_else(|error| panic!("{id} {asked:?}: {error:?}"));
            let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
            assert!(status < 500 || FAIL.contains(&id), "{id} answered {status} {text} to {asked:?}");
            carried_out += usize::from(status < 300);
            refused += usize::from(status >= 400);
        }
        // What has been begun goes on.
        api.sandbox.advance(Duration::from_secs(1000));
        operations += 1;
        if operations % LESSON == 0 {
            known = Known::of(&api).await;
        }
    }
    api.get("/v2/users").await.ok();
    assert!(carried_out > 300 && refused > 300, "hardly a test: {carried_out} {refused}");
}
