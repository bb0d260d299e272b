//! Fuzzing of responses: a random response to any operation causes no panic and no hang, and a reported error is never
//! `Ok`.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use zapmail_contract::KEY;
use zapmail_contract::case::{CASES, CallError};
use zapmail_contract::expectation::Expectation;
use zapmail_sdk::Client;
use zapmail_sdk_ext::{ErrorKind, RetryPolicy};

use crate::client::{client, http, raw_outcome};
use crate::document;
use crate::parts::{point_to_all, remove};
use crate::server::{Act, Server};

/// The number of responses per operation.
const ROUNDS: usize = 64;

/// HTTP statuses, which are also used as numbers in bodies.
const STATUSES: &[u16] = &[
    101, 103, 200, 200, 200, 200, 200, 200, 200, 200, 201, 202, 204, 207, 299, 300, 304, 400, 401, 403, 404, 408, 409,
    422, 429, 451, 499, 500, 503, 599, 600, 999,
];

/// Texts that have a meaning for the client.
const WORDS: &[&str] = &[
    "error",
    "fail",
    "FAILED",
    "failure",
    "success",
    "true",
    "false",
    "200",
    "404",
    " 500 ",
    "429",
    "400 Bad Request",
];

/// Properties that the client reads. The first six determine whether a body reports an error.
const NAMES: &[&str] = &[
    "status",
    "statusCode",
    "success",
    "error",
    "errors",
    "data",
    "message",
    "errorId",
    "domains",
    "id",
    "otp",
    "expiresIn",
    "paymentLink",
];

fn leaf() -> impl Strategy<Value = Value> + Clone {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(STATUSES).prop_map(Value::from),
        select(WORDS).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ]
}

/// Arbitrary JSON, with names and values that the client reads.
fn any_json() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let name = prop_oneof![
            4 => select(NAMES).prop_map(str::to_owned),
            1 => ".{0,8}",
        ];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name, inner), 0..5).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Changes of an example: the index of a part, and its new value. `None` removes the part.
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

/// Adds properties of an envelope to an example.
fn completed(mut example: Value, properties: Vec<(&'static str, Value)>) -> Value {
    if let Some(object) = example.as_object_mut() {
        object.extend(properties.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
    example
}

/// Facts about an operation according to the document.
#[derive(Clone, Copy)]
struct Facts {
    spends: bool,
    reads: bool,
    is_file: bool,
    is_safe_to_retry: bool,
    /// A read whose body is the data itself, so that its `status` can be the state of a job.
    is_bare_read: bool,
}

impl Facts {
    fn of(operation: &Value) -> Self {
        let effect = operation["x-zapmail-effect"].as_str().unwrap();
        let (reads, spends) = (effect == "read", effect == "spend");
        Self {
            spends,
            reads,
            is_file: operation["responses"]["200"]["content"].get("application/octet-stream").is_some(),
            is_safe_to_retry: reads || (!spends && operation["x-zapmail-idempotent"] == true),
            is_bare_read: reads && operation.get("x-zapmail-data").is_none(),
        }
    }

    /// The kind of an HTTP status that is not a success.
    fn kind(self, status: u16) -> ErrorKind {
        match status {
            // The client skips informational responses, after which the connection ends.
            102..=199 if self.is_safe_to_retry => ErrorKind::Connection,
            408 if self.is_safe_to_retry => ErrorKind::Timeout,
            500..=599 if self.is_safe_to_retry => ErrorKind::Server,
            102..=199 | 408 | 500..=599 => ErrorKind::OutcomeUnknown,
            429 => ErrorKind::RateLimited,
            400 | 422 => ErrorKind::Invalid,
            401 => ErrorKind::Unauthorized,
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            400..=498 => ErrorKind::Unexpected,
            _ if self.spends => ErrorKind::OutcomeUnknown,
            _ => ErrorKind::Unexpected,
        }
    }
}

/// The highest status that a body contains, as a number or at the beginning of a text.
fn status_inside(body: &Value) -> Option<u16> {
    let statuses = ["status", "statusCode"].into_iter().filter_map(|name| match &body[name] {
        Value::String(text) => text.split_whitespace().next()?.parse().ok(),
        value => value.as_f64(),
    });
    statuses.filter(|status| status.is_finite()).map(|status: f64| status as u16).max()
}

/// Whether a body reports an error with a status of 400 or more, or with `success: false`.
fn reports_error(body: &Value) -> bool {
    let success = body["success"].as_str().unwrap_or_default().trim();
    status_inside(body) >= Some(400) || body["success"] == false || success.eq_ignore_ascii_case("false")
}

/// Random responses for an operation: bytes, arbitrary JSON, and modified examples.
fn responses(runner: &mut TestRunner, examples: &[Value]) -> Vec<(u16, Vec<u8>)> {
    let status = || select(STATUSES);
    let example = || select(examples.to_vec());
    let bytes = (status(), vec(any::<u8>(), 0..200));
    let text = |(status, body): (u16, Value)| (status, body.to_string().into_bytes());
    let json = (status(), any_json()).prop_map(text);
    let changes = (status(), (example(), changes()).prop_map(|(example, changes)| changed(example, changes)));
    let value = prop_oneof![leaf(), select(STATUSES).prop_map(Value::from), select(WORDS).prop_map(Value::from)];
    let properties = vec((select(&NAMES[..6]), value), 1..3);
    let properties = (example(), properties).prop_map(|(example, properties)| completed(example, properties));
    let properties = (status(), properties).prop_map(text);
    let response = prop_oneof![bytes, json, changes.prop_map(text), properties];
    (0..ROUNDS).map(|_| response.new_tree(runner).unwrap().current()).collect()
}

#[tokio::test(start_paused = true)]
async fn random_response_becomes_data_or_the_expected_error() {
    let (document, mut runner) = (document(), TestRunner::deterministic());
    let http = http();
    let (mut successes, mut undecodable, mut reported) = (0, 0, 0);
    for case in CASES {
        let expectation = Expectation::of(&document, case.id).unwrap();
        let facts = Facts::of(expectation.operation);
        // A file has no JSON example.
        let examples = expectation
            .responses()
            .into_iter()
            .map(|response| serde_json::from_slice(&response.body).unwrap_or(json!({})));
        let responses = responses(&mut runner, &examples.collect::<Vec<_>>());
        let acts =
            responses.iter().map(|(status, body)| Act::answer(*status, "content-type: application/json\r\n", body));
        let server = Server::acting(acts.collect());
        for (status, body) in &responses {
            // Each response has a new client, because a 429 delays all calls of a client.
            let zapmail = client(&server.url(), http.clone()).with_retry_policy(RetryPolicy::none());
            let outcome = match (case.everything)(&zapmail, expectation.body_or_null()).await {
                Err(CallError::Client(error)) => Err(error),
                Err(CallError::Example(error)) => panic!("{}: {error}", case.id),
                Ok(data) => Ok(data),
            };
            // The body of a 204 is ignored.
            let json = serde_json::from_slice(if *status == 204 { b"" } else { body }).unwrap_or_default();
            let is_success = (200..300).contains(status);
            let is_expected = match &outcome {
                Ok(_) => is_success && (facts.is_file || !reports_error(&json)),
                Err(error) => is_success || error.kind() == facts.kind(*status),
            };
            let text = String::from_utf8_lossy(body);
            assert!(is_expected, "{}: {outcome:?} for {status} {text}", case.id);
            successes += usize::from(outcome.is_ok());
            undecodable += usize::from(matches!(&outcome, Err(error) if error.kind() == ErrorKind::Decode));
            reported += usize::from(is_success && outcome.is_err());
        }
    }
    let counts = [successes, undecodable, reported];
    assert!(counts.iter().all(|count| *count > 100), "the test covers too few cases: {counts:?}");
}

/// Every form of an error in a 200, for every operation.
#[tokio::test(start_paused = true)]
async fn error_inside_200_is_never_ok() {
    let forms = [
        json!({"status": 400}),
        json!({"status": 500.0}),
        json!({"status": "404"}),
        json!({"status": " 422 "}),
        json!({"status": 600}),
        json!({"status": 1001}),
        json!({"statusCode": 403}),
        json!({"statusCode": "503"}),
        json!({"status": 200, "statusCode": 500}),
        json!({"success": false}),
        json!({"success": "False"}),
        json!({"status": 200, "success": false}),
        json!({"status": "error"}),
        json!({"status": "fail"}),
        json!({"status": "Failed"}),
        json!({"error": "no such mailbox"}),
        json!({"error": "no such mailbox", "status": 100, "data": null}),
        json!({"error": "no such mailbox", "success": "yes"}),
        json!({"error": ["no such mailbox"]}),
        json!({"error": {"message": "no such mailbox"}}),
        json!({"error": {"code": 4}}),
        json!({"error": true}),
        json!({"error": "no such mailbox", "status": 200, "message": "ok"}),
        json!({"errors": ["no such mailbox"], "status": 200}),
        json!({"errors": [{"field": "id"}]}),
        json!({"status": "400 Bad Request"}),
        json!({"status": false}),
        json!({"status": "failure"}),
    ];
    let (document, http) = (document(), http());
    for case in CASES {
        let expectation = Expectation::of(&document, case.id).unwrap();
        let facts = Facts::of(expectation.operation);
        let example = expectation.responses().remove(0).body;
        for form in &forms {
            let mut body = serde_json::from_slice(&example).unwrap_or(json!({}));
            if form.get("error").or(form.get("errors")).is_some() {
                body = json!({});
            }
            let Some(object) = body.as_object_mut() else { continue };
            object.extend(form.as_object().unwrap().clone());
            let outcome = raw_outcome(case, &expectation, &http, Act::json(200, &body)).await;
            let is_state =
                facts.is_bare_read && form["status"].as_str().is_some_and(|word| word.starts_with(char::is_alphabetic));
            match outcome {
                Ok(_) => assert!(is_state, "{}: {body}", case.id),
                Err(CallError::Client(error)) => {
                    if let Some(status @ 400..) = status_inside(form) {
                        assert_eq!(error.kind(), facts.kind(status), "{}: {body}", case.id);
                    }
                }
                Err(CallError::Example(error)) => panic!("{}: {error}", case.id),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn error_in_a_duplicate_key_is_never_ok() {
    let http = http();
    for (body, kind) in [
        (r#"{"status": 500, "status": 200, "data": {}}"#, ErrorKind::Server),
        (r#"{"status": 200, "status": "404", "data": {}}"#, ErrorKind::NotFound),
        (r#"{"success": false, "success": true, "data": {}}"#, ErrorKind::Unexpected),
    ] {
        let server = Server::acting(vec![Act::answer(200, "", body.as_bytes())]);
        let client = Client::with_transport(KEY, &server.url(), http.clone()).unwrap();
        assert_eq!(client.get_zap_site().id("7").send().await.unwrap_err().kind(), kind, "{body}");
    }
}

/// Responses without the result of a purchase or the data of a read.
#[tokio::test(start_paused = true)]
async fn response_without_content_is_not_a_success() {
    let (document, http) = (document(), http());
    let bodies = [
        "",
        "null",
        "[]",
        r#"[200, "ok", ["sub_1"]]"#,
        "{}",
        r#"{"status": 200}"#,
        r#"{"message": "Insufficient wallet balance"}"#,
        r#"{"status": 200, "message": "done", "success": true}"#,
    ];
    // Valid data of a read, but not the result of a purchase.
    let empty_data = [
        r#"{"status": 200, "data": null}"#,
        r#"{"status": 200, "data": {}}"#,
        r#"{"status": 200, "data": []}"#,
        r#"{"status": 200, "data": {"paymentLink": null, "invoiceLink": "", "domains": [], "message": "no"}}"#,
        r#"{"paymentLink": null, "invoiceUrl": " ", "quickSetupBatchId": null}"#,
    ];
    let mut purchases = 0;
    for case in CASES {
        let expectation = Expectation::of(&document, case.id).unwrap();
        let facts = Facts::of(expectation.operation);
        let kind = match (facts.spends, facts.reads) {
            (true, _) => ErrorKind::OutcomeUnknown,
            (false, true) if !facts.is_file => ErrorKind::Decode,
            _ => continue,
        };
        purchases += usize::from(facts.spends);
        for body in bodies.iter().chain(empty_data.iter().filter(|_| facts.spends)) {
            match raw_outcome(case, &expectation, &http, Act::answer(200, "", body.as_bytes())).await {
                Err(CallError::Client(error)) => assert_eq!(error.kind(), kind, "{}: {body}: {error}", case.id),
                other => panic!("{}: {body}: {other:?}", case.id),
            }
        }
    }
    assert_eq!(purchases, 14);
}

/// A write that needs no data succeeds without a body.
#[tokio::test(start_paused = true)]
async fn write_without_data_succeeds_without_a_body() {
    let (document, http) = (document(), http());
    let mut successes = 0;
    for case in CASES {
        let expectation = Expectation::of(&document, case.id).unwrap();
        let facts = Facts::of(expectation.operation);
        if facts.reads || facts.spends {
            continue;
        }
        let success = &expectation.operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
        let schema = success.as_str().unwrap().rsplit('/').next().unwrap();
        let needs_nothing = ["Acknowledgement", "UntypedEnvelope", "UntypedBody"].contains(&schema);
        for (status, body) in [(204, ""), (200, ""), (200, " "), (200, "null"), (202, "{}")] {
            let outcome = raw_outcome(case, &expectation, &http, Act::answer(status, "", body.as_bytes())).await;
            assert!(outcome.is_ok() || !needs_nothing, "{}: {status} {body}: {outcome:?}", case.id);
            successes += usize::from(needs_nothing);
        }
    }
    assert!(successes > 100, "only {successes} responses");
}
