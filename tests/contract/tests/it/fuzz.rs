//! Answers of no sense, to every operation: no panic, no hang, and always `Ok` or an error of the right kind.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use zapmail_contract::KEY;
use zapmail_contract::case::{CASES, CallError, Case};
use zapmail_contract::expectation::Expectation;
use zapmail_sdk::operations::{Effect, find as operation_of};
use zapmail_sdk_ext::{Error, ErrorKind, Quota, Retries, Spending, Zapmail};

use crate::document;
use crate::parts::{point_to_all, remove};
use crate::server::{Act, Server};

/// Answers that each operation gets.
const ROUNDS: usize = 48;

/// Statuses that a final answer can have; those of 1xx announce another one.
const STATUSES: &[u16] = &[
    200, 200, 200, 200, 201, 202, 204, 207, 299, 300, 304, 400, 401, 404, 408, 409, 422, 429, 451, 500, 503, 599, 600,
    999,
];

/// JSON of any shape, with the names and values that the client looks at.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(STATUSES).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = prop_oneof![
            4 => prop::sample::select(&["status", "message", "error", "errorId", "data", "domains", "id", "otp", "expiresIn"][..]).prop_map(str::to_owned),
            1 => ".{0,8}",
        ];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name, inner), 0..5).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Changes of an example: a part of it, and what stands there afterwards; `None` takes the part away.
fn changes() -> impl Strategy<Value = Vec<(Index, Option<Value>)>> {
    vec((any::<Index>(), prop::option::of(any_json())), 1..4)
}

fn changed(mut example: Value, changes: Vec<(Index, Option<Value>)>) -> Value {
    for (part, change) in changes {
        let mut pointers = Vec::new();
        point_to_all(&example, String::new(), &mut pointers);
        let pointer = part.get(&pointers);
        match change {
            Some(change) => *example.pointer_mut(pointer).unwrap() = change,
            None => remove(&mut example, pointer),
        }
    }
    example
}

/// What the client is to make of an answer: the kind of its error, or `None` where it may succeed.
fn expected(case: &Case, status: u16, body: &[u8]) -> Option<ErrorKind> {
    let operation = operation_of(case.id).unwrap();
    let harmless = operation.is_safe_to_retry();
    // With a 204 no body arrives, whatever the server has sent.
    let body = if status == 204 { b"" } else { body };
    let inside =
        serde_json::from_slice::<Value>(body).ok().and_then(|body| u16::try_from(body.get("status")?.as_u64()?).ok());
    let inside = inside.filter(|inside| (200..300).contains(&status) && (400..600).contains(inside));
    match inside.unwrap_or(status) {
        200..=299 => None,
        300..=399 if operation.effect == Effect::Spend => Some(ErrorKind::OutcomeUnknown),
        408 | 500..=599 if !harmless => Some(ErrorKind::OutcomeUnknown),
        408 => Some(ErrorKind::Timeout),
        500..=599 => Some(ErrorKind::Server),
        400 | 422 => Some(ErrorKind::Invalid),
        401 => Some(ErrorKind::Unauthorized),
        404 => Some(ErrorKind::NotFound),
        409 => Some(ErrorKind::Conflict),
        429 => Some(ErrorKind::RateLimited),
        _ => Some(ErrorKind::Unexpected),
    }
}

fn is_right(case: &Case, status: u16, body: &[u8], outcome: &Result<Value, Error>) -> bool {
    let undecodable = if operation_of(case.id).unwrap().effect == Effect::Spend {
        ErrorKind::OutcomeUnknown
    } else {
        ErrorKind::Decode
    };
    match (outcome, expected(case, status, body)) {
        (Ok(_), None) => true,
        (Err(error), None) => error.kind() == undecodable,
        (Err(error), Some(kind)) => error.kind() == kind,
        (Ok(_), Some(_)) => false,
    }
}

/// Answers for an operation: bytes, any JSON, its examples with changes.
fn answers(runner: &mut TestRunner, examples: &[Value]) -> Vec<(u16, Vec<u8>)> {
    let status = || prop::sample::select(STATUSES);
    let bytes = (status(), vec(any::<u8>(), 0..200));
    let json = (status(), any_json()).prop_map(|(status, body)| (status, body.to_string().into_bytes()));
    let examples = (status(), prop::sample::select(examples.to_vec()), changes());
    let examples =
        examples.prop_map(|(status, example, changes)| (status, changed(example, changes).to_string().into_bytes()));
    let answer = prop_oneof![bytes, json, examples];
    (0..ROUNDS).map(|_| answer.new_tree(runner).unwrap().current()).collect()
}

#[tokio::test(start_paused = true)]
async fn any_answer_to_any_operation_is_data_or_the_right_error() {
    let (document, mut runner) = (document(), TestRunner::deterministic());
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let (mut successes, mut undecodable) = (0, 0);
    for case in CASES {
        let expectation = Expectation::of(&document, case.id).unwrap();
        // A file has no example in JSON.
        let examples =
            expectation.answers().into_iter().map(|answer| serde_json::from_slice(&answer.body).unwrap_or(json!({})));
        let answers = answers(&mut runner, &examples.collect::<Vec<_>>());
        let acts =
            answers.iter().map(|(status, body)| Act::answer(*status, "content-type: application/json\r\n", body));
        let server = Server::acting(acts.collect());
        for (status, body) in &answers {
            // A client of its own for each, since one 429 holds up all calls of a client.
            let zapmail = Zapmail::builder()
                .api_key(KEY)
                .base_url(server.url())
                .quota(Quota::unlimited())
                .retries(Retries::none())
                .spending(Spending::Allowed)
                .http_client(http.clone())
                .build()
                .unwrap();
            let outcome = match (case.everything)(&zapmail, expectation.body().cloned().unwrap_or_default()).await {
                Err(CallError::Client(error)) => Err(error),
                Err(CallError::Example(error)) => panic!("{}: {error}", case.id),
                Ok(data) => Ok(data),
            };
            let text = String::from_utf8_lossy(body);
            assert!(is_right(case, *status, body, &outcome), "{}: {outcome:?} for {status} {text}", case.id);
            successes += usize::from(outcome.is_ok());
            undecodable += usize::from(matches!(outcome, Err(error) if error.kind() == ErrorKind::Decode));
        }
    }
    assert!(successes > 100 && undecodable > 100, "hardly a test: {successes} {undecodable}");
}
