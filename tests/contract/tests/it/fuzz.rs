//! Fuzzing of responses: a random response to any operation causes no panic and no hang, and yields `Ok` or an error of
//! the expected kind.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use zapmail_contract::KEY;
use zapmail_contract::case::{CASES, CallError};
use zapmail_contract::expectation::Expectation;
use zapmail_sdk::ReqwestTransport;
use zapmail_sdk_ext::{Error, ErrorKind, RateLimits, RetryPolicy, Zapmail};

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
struct Facts<'a> {
    operation: &'a Value,
    spends: bool,
    reads: bool,
    is_file: bool,
    is_safe_to_retry: bool,
    /// A read whose body is the data itself, so that its `status` can be the state of a job.
    is_bare_read: bool,
}

impl<'a> Facts<'a> {
    fn of(operation: &'a Value) -> Self {
        let effect = operation["x-zapmail-effect"].as_str().unwrap();
        let (reads, spends) = (effect == "read", effect == "spend");
        Self {
            operation,
            spends,
            reads,
            is_file: operation["responses"]["200"]["content"].get("application/octet-stream").is_some(),
            is_safe_to_retry: reads || (!spends && operation["x-zapmail-idempotent"] == true),
            is_bare_read: reads && operation.get("x-zapmail-data").is_none(),
        }
    }

    fn kind(self, status: u16, is_http: bool) -> ErrorKind {
        match status {
            // The client skips informational responses, after which the connection ends.
            102..=199 if self.is_safe_to_retry => ErrorKind::Connection,
            408 if self.is_safe_to_retry => ErrorKind::Timeout,
            500..=599 if self.is_safe_to_retry => ErrorKind::Server,
            102..=199 | 408 | 500..=599 => ErrorKind::OutcomeUnknown,
            // Only a limiter in front of the service guarantees that nothing was processed.
            429 if is_http || self.is_safe_to_retry => ErrorKind::RateLimited,
            429 => ErrorKind::OutcomeUnknown,
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

/// The expected outcomes of a response.
struct Expected {
    ok: bool,
    kinds: Vec<ErrorKind>,
}

/// The keys that report the outcome of a request.
const REPORT: &[&str] = &["status", "statusCode", "success", "message", "error", "errors", "errorId"];

/// The rule for errors, independent of the client's code.
fn expected(facts: Facts<'_>, status: u16, body: &[u8]) -> Expected {
    if !(200..300).contains(&status) {
        return Expected { ok: false, kinds: vec![facts.kind(status, true)] };
    }
    // The body of a 204 is ignored.
    let body = if status == 204 { b"" } else { body };
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    // A status is a number, or a text that begins with a number.
    let number = |name: &str| match &body[name] {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let first = text.trim().split(char::is_whitespace).next();
            first.and_then(|word| word.parse().ok()).filter(|number: &f64| number.is_finite())
        }
        _ => None,
    };
    let word = |name: &str| body[name].as_str().unwrap_or_default().trim().to_lowercase();
    let is = |name: &str, flag: bool| body[name] == flag || word(name) == flag.to_string();
    let is_failure = |word: String| ["error", "fail", "failed", "failure"].contains(&word.as_str());
    let statuses: Vec<_> = ["status", "statusCode"].into_iter().filter_map(number).collect();
    let has_content = body.as_object().is_some_and(|object| {
        object.iter().any(|(key, value)| match key.as_str() {
            "data" => !value.is_null(),
            // A status that is the state of a job.
            "status" | "statusCode" => value.as_str().is_some_and(|_| !word(key).is_empty() && number(key).is_none()),
            key => !REPORT.contains(&key),
        })
    });

    let mut kinds: Vec<_> =
        statuses.iter().filter(|status| **status >= 400.0).map(|status| facts.kind(*status as u16, false)).collect();
    let succeeded = is("success", true) || is("status", true) || is("statusCode", true) || !body["data"].is_null();
    let has_error = ["error", "errors"].into_iter().any(|name| is_filled(&body[name]));
    let failed = is("success", false)
        || is("status", false)
        || is("statusCode", false)
        || (["status", "statusCode"].into_iter().any(|name| is_failure(word(name))) && !facts.is_bare_read)
        || (has_error && !succeeded);
    if kinds.is_empty() && failed {
        kinds.push(facts.kind(status, false));
    }
    let is_file_contents = facts.is_file && has_content;
    if !kinds.is_empty() && !is_file_contents {
        return Expected { ok: false, kinds };
    }
    let undecodable = if facts.spends { ErrorKind::OutcomeUnknown } else { ErrorKind::Decode };
    let has_required_data = if body.is_array() && !facts.is_file {
        false
    } else if facts.spends {
        let proof = facts.operation["x-zapmail-proof"].as_array().unwrap();
        proof.iter().any(|pointer| body.pointer(pointer.as_str().unwrap()).is_some_and(is_shown))
    } else if facts.reads && body.is_object() && !facts.is_file {
        if facts.is_bare_read { has_content } else { body.get("data").is_some() }
    } else {
        true
    };
    Expected { ok: has_required_data, kinds: vec![undecodable] }
}

/// Whether an error has content.
fn is_filled(error: &Value) -> bool {
    match error {
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(errors) => !errors.is_empty(),
        Value::Object(error) => !error.is_empty(),
        other => !other.is_null() && *other != false && other.as_f64() != Some(0.0),
    }
}

/// Whether a part of a purchase's response has content: a non-empty value, not counting the keys of [`REPORT`].
fn is_shown(part: &Value) -> bool {
    match part {
        Value::Array(parts) => parts.iter().any(is_shown),
        Value::Object(parts) => parts.iter().any(|(key, part)| !REPORT.contains(&key.as_str()) && is_shown(part)),
        part => is_filled(part),
    }
}

fn is_expected(facts: Facts<'_>, status: u16, body: &[u8], outcome: &Result<Value, Error>) -> bool {
    let expected = expected(facts, status, body);
    match outcome {
        Ok(_) => expected.ok,
        Err(error) => expected.kinds.contains(&error.kind()),
    }
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
    let http = ReqwestTransport::configured(|builder| builder.no_proxy()).unwrap();
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
            let zapmail = Zapmail::builder()
                .api_key(KEY)
                .base_url(server.url())
                .rate_limits(RateLimits::unlimited())
                .retry_policy(RetryPolicy::none())
                .allow_spending()
                .transport(http.clone())
                .build()
                .unwrap();
            let outcome = match (case.everything)(&zapmail, expectation.body().cloned().unwrap_or_default()).await {
                Err(CallError::Client(error)) => Err(error),
                Err(CallError::Example(error)) => panic!("{}: {error}", case.id),
                Ok(data) => Ok(data),
            };
            let text = String::from_utf8_lossy(body);
            assert!(is_expected(facts, *status, body, &outcome), "{}: {outcome:?} for {status} {text}", case.id);
            successes += usize::from(outcome.is_ok());
            undecodable += usize::from(matches!(&outcome, Err(error) if error.kind() == ErrorKind::Decode));
            reported += usize::from((200..300).contains(status) && !expected(facts, *status, body).ok);
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
    let (document, http) = (document(), ReqwestTransport::configured(|builder| builder.no_proxy()).unwrap());
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
            let server = Server::acting(vec![Act::json(200, &body)]);
            let client = zapmail_sdk::Client::with_transport(KEY, &server.url(), http.clone()).unwrap();
            let outcome = (case.raw)(&client, expectation.body().cloned().unwrap_or_default()).await;
            let is_state =
                facts.is_bare_read && form["status"].as_str().is_some_and(|word| word.starts_with(char::is_alphabetic));
            let expected = expected(facts, 200, body.to_string().as_bytes());
            match outcome {
                Ok(_) => assert!(is_state && expected.ok, "{}: {body}", case.id),
                Err(CallError::Client(error)) => {
                    assert!(expected.kinds.contains(&error.kind()), "{}: {body}: {error:?}", case.id);
                }
                Err(CallError::Example(error)) => panic!("{}: {error}", case.id),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn error_in_a_duplicate_key_is_never_ok() {
    let http = ReqwestTransport::configured(|builder| builder.no_proxy()).unwrap();
    for (body, kind) in [
        (r#"{"status": 500, "status": 200, "data": {}}"#, ErrorKind::Server),
        (r#"{"status": 200, "status": "404", "data": {}}"#, ErrorKind::NotFound),
        (r#"{"success": false, "success": true, "data": {}}"#, ErrorKind::Unexpected),
    ] {
        let server = Server::acting(vec![Act::answer(200, "", body.as_bytes())]);
        let client = zapmail_sdk::Client::with_transport(KEY, &server.url(), http.clone()).unwrap();
        assert_eq!(client.get_zap_site().id("7").send().await.unwrap_err().kind(), kind, "{body}");
    }
}

/// Responses without the result of a purchase or the data of a read.
#[tokio::test(start_paused = true)]
async fn response_without_content_is_not_a_success() {
    let (document, http) = (document(), ReqwestTransport::configured(|builder| builder.no_proxy()).unwrap());
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
            let server = Server::acting(vec![Act::answer(200, "", body.as_bytes())]);
            let client = zapmail_sdk::Client::with_transport(KEY, &server.url(), http.clone()).unwrap();
            match (case.raw)(&client, expectation.body().cloned().unwrap_or_default()).await {
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
    let (document, http) = (document(), ReqwestTransport::configured(|builder| builder.no_proxy()).unwrap());
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
            let server = Server::acting(vec![Act::answer(status, "", body.as_bytes())]);
            let client = zapmail_sdk::Client::with_transport(KEY, &server.url(), http.clone()).unwrap();
            let outcome = (case.raw)(&client, expectation.body().cloned().unwrap_or_default()).await;
            assert!(outcome.is_ok() || !needs_nothing, "{}: {status} {body}: {outcome:?}", case.id);
            successes += usize::from(needs_nothing);
        }
    }
    assert!(successes > 100, "only {successes} responses");
}
