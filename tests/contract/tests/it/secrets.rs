//! Secrets: no printable text of a call contains a credential, regardless of the operation and the outcome.
//!
//! Each call is sent with canaries as credentials, by both clients, and all its texts are searched for them: the
//! `Debug` and `Display` texts of builders, requests, futures, responses, data, errors with their sources, transports
//! and clients, and the records of `tracing` and `log`.

mod canaries;

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use serde_json::{Value, json};
use zapmail_contract::case::{self, CASES, Case, Printed, chain};
use zapmail_contract::expectation::Expectation;
use zapmail_sdk::{
    ApiKey, BufferedResponse, Client, Credentials, Operation, ReqwestTransport, Result, SharedTransport, Transport,
};
use zapmail_sdk_ext::reqwest::{Method, Request};
use zapmail_sdk_ext::{ClientBuilder, ErrorKind, OtpTarget, RateLimits, RetryPolicy, Secret, Totp, Zapmail};

use crate::client::http;
use crate::collector::Collector;
use crate::document;
use crate::server::{Act, Server};
use canaries::{CODE, Form, KEY, find, plant};

const JSON: &str = "content-type: application/json\r\n";
const TEXT: &str = "content-type: text/plain\r\n";

thread_local! {
    /// The `log` records of this thread.
    static LOGGED: RefCell<Vec<String>> = RefCell::default();
}

/// A logger that stores its records.
struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LOGGED.with_borrow_mut(|logged| logged.push(format!("{} {}", record.target(), record.args())));
    }

    fn flush(&self) {}
}

/// All texts that a call prints.
struct Texts {
    collector: Collector,
    texts: Vec<String>,
}

impl Texts {
    /// Runs a function, and collects its records and the texts that it returns.
    async fn of(printed: impl AsyncFnOnce() -> Vec<String>) -> Self {
        // An error means that another test has already set the logger.
        _ = log::set_logger(&Logger);
        log::set_max_level(log::LevelFilter::Trace);
        LOGGED.take();
        let (collector, _guard) = Collector::start(|_| true);
        let mut texts = printed().await;
        texts.extend(LOGGED.take());
        texts.extend(collector.entries().iter().map(ToString::to_string));
        Self { collector, texts }
    }

    fn canary(&self) -> Option<String> {
        self.texts.iter().find_map(|text| find(text))
    }
}

/// A transport that prints all requests and outcomes.
#[derive(Debug, Clone)]
struct Printing {
    inner: SharedTransport,
    texts: Arc<Mutex<Vec<String>>>,
}

impl Printing {
    fn new(inner: impl Transport) -> Self {
        Self { inner: SharedTransport::new(inner), texts: Arc::default() }
    }

    fn print(&self, texts: impl IntoIterator<Item = String>) {
        self.texts.lock().unwrap().extend(texts);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.texts.lock().unwrap())
    }
}

impl Transport for Printing {
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        Box::pin(async move {
            self.print([format!("{request:?} {request:#?}")]);
            let outcome = self.inner.send(request, operation).await;
            self.print([format!("{outcome:?}")]);
            match &outcome {
                Ok(response) => {
                    self.print([format!("{response:?} {response:#?}")]);
                    // As the client's own transport does with a response.
                    let key = ApiKey::new(&Secret::from(KEY)).unwrap();
                    self.print([format!(
                        "{key:?} {:?}",
                        response.clone().into_success(operation, Credentials::of(&key))
                    )]);
                    let decoded = response.decode::<Vec<std::net::Ipv4Addr>>(operation);
                    decoded.err().iter().for_each(|error| self.print(chain(error)));
                }
                Err(error) => self.print(chain(error)),
            }
            outcome
        })
    }
}

fn builder(server: &Server, transport: impl Transport) -> ClientBuilder {
    let builder = Zapmail::builder()
        .api_key(KEY)
        .base_url(server.url())
        .rate_limits(RateLimits::unlimited())
        .retry_policy(RetryPolicy::default().attempts(2));
    builder.allow_spending().transport(transport)
}

/// An operation with canaries in its request and its response.
struct Planted<'a> {
    document: &'a Value,
    expectation: Expectation<'a>,
    case: &'static Case,
    body: Value,
}

impl<'a> Planted<'a> {
    fn new(document: &'a Value, case: &'static Case) -> Self {
        let expectation = Expectation::of(document, case.id).unwrap();
        let mut body = expectation.body_or_null();
        let content = &expectation.operation["requestBody"]["content"]["application/json"];
        if !body.is_null() {
            plant(document, &content["schema"], &mut body, Form::Text);
        }
        Self { document, expectation, case, body }
    }

    /// The success responses with canaries, and the number of credentials in each.
    fn responses(&self, form: Form) -> Vec<(Value, usize)> {
        let responses =
            self.expectation.responses().into_iter().filter(|response| response.content_type == "application/json");
        let responses = responses.map(|response| {
            let content = &self.expectation.operation["responses"][response.status.to_string()]["content"];
            let mut body = serde_json::from_slice(&response.body).unwrap();
            let credentials = plant(self.document, &content["application/json"]["schema"], &mut body, form);
            (body, credentials)
        });
        responses.collect()
    }

    /// Calls the operation with both clients, and returns the texts and whether the call succeeded.
    async fn call_texts(&self, http: &ReqwestTransport, act: Act) -> (Texts, bool) {
        let mut succeeded = Vec::new();
        let call_texts = Texts::of(async || {
            let mut texts = Vec::new();
            let server = Server::acting(vec![act.clone()]);
            let transport = Printing::new(http.clone());
            let builder = builder(&server, transport.clone());
            texts.push(format!("{builder:?} {builder:#?}"));
            let zapmail = builder.build().unwrap();
            texts.push(format!("{zapmail:?} {zapmail:#?} {:?}", zapmail.rate_limiter()));
            succeeded.push(self.call(zapmail.raw(), &mut texts).await);
            texts.extend(transport.take());

            let server = Server::acting(vec![act.clone()]);
            let client = Client::with_transport(KEY, &server.url(), http.clone()).unwrap();
            let transport = Printing::new(client.transport().clone());
            let client = client.sending_through(transport.clone());
            succeeded.push(self.call(&client, &mut texts).await);
            texts.extend(transport.take());
            texts
        });
        let call_texts = call_texts.await;
        assert_eq!(succeeded[0], succeeded[1], "{}: the clients differ", self.case.id);
        (call_texts, succeeded[0])
    }

    /// Calls the operation, adds its texts, and returns whether it succeeded.
    async fn call(&self, client: &Client, texts: &mut Vec<String>) -> bool {
        let Printed { texts: printed, succeeded } = (self.case.printed)(client, self.body.clone()).await.unwrap();
        texts.extend(printed);
        let transport = client.transport();
        texts.push(format!("{client:?} {client:#?} {transport:?} {transport:#?}"));
        succeeded
    }
}

/// Faulty responses that contain canaries.
fn faults(response: &Value) -> Vec<(&'static str, Act)> {
    let text = response.to_string();
    let half = &text.as_bytes()[..text.len() / 2];
    let with = |status: u16, mut body: Value| {
        body["data"] = response.clone();
        Act::json(status, &body)
    };
    let far = format!("{}{KEY}", "a ".repeat(95));
    vec![
        ("half a response", Act::json(200, response).cut(text.len() / 2)),
        ("garbled", Act::answer(200, JSON, half)),
        ("garbled error", Act::answer(400, JSON, half)),
        ("garbled error, as text", Act::answer(500, TEXT, half)),
        ("garbled error, without a content type", Act::answer(404, "", half)),
        ("two responses", Act::answer(200, JSON, format!("{text}{text}").as_bytes())),
        ("in a list", Act::json(200, &json!([response]))),
        ("in a list, as an error", Act::json(422, &json!([response]))),
        ("error with data", with(422, json!({"status": 422, "message": "Validation failed"}))),
        (
            "error without a message",
            with(500, json!({"message": {"password": "canary-of-a-field"}, "error": response})),
        ),
        ("error inside a 200", with(200, json!({"status": 404, "message": "not found"}))),
        ("too many", with(429, json!({"message": [response, "too many"]}))),
        ("quotes the key", with(401, json!({"message": format!("{KEY} is not a key"), "errorId": KEY}))),
        ("quotes the key where it is cut", Act::json(403, &json!({"error": far}))),
        ("quotes the key on a page", Act::answer(502, TEXT, format!("<p>{KEY}</p>").as_bytes())),
        ("redirects with the key", Act::answer(302, &format!("location: /elsewhere?key={KEY}\r\n"), b"")),
        ("no response", Act::Silence),
        ("reset", Act::Reset),
    ]
}

#[tokio::test(start_paused = true)]
async fn printed_text_contains_no_credential() {
    let (document, http) = (document(), http());
    let mut credentials = 0;
    for case in CASES {
        let planted = Planted::new(&document, case);
        for form in Form::ALL {
            for (response, count) in
                planted.responses(form).into_iter().filter(|(_, count)| form == Form::Text || *count > 0)
            {
                let (call_texts, succeeded) = planted.call_texts(&http, Act::json(200, &response)).await;
                assert_eq!(call_texts.canary(), None, "{}, {form:?}", case.id);
                // A credential is text, or a code sent as a number; the client can ignore other forms.
                assert!(succeeded || !matches!(form, Form::Text | Form::Number), "{}, {form:?}", case.id);
                credentials += count;
            }
        }
        let response = planted.responses(Form::Text).into_iter().next();
        let is_file = response.is_none();
        let response = response.map_or(json!({"data": "canary-of-a-file"}), |(response, _)| response);
        for (what, act) in faults(&response) {
            let (call_texts, succeeded) = planted.call_texts(&http, act).await;
            // The data of a file consists of bytes, which can be printed.
            assert!(
                call_texts.canary().is_none() || (is_file && succeeded),
                "{}, {what}: {:?}",
                case.id,
                call_texts.canary()
            );
        }
    }
    assert!(credentials > 50, "only {credentials} credentials were sent");
}

#[tokio::test(start_paused = true)]
async fn printed_text_contains_no_code_and_no_seed() {
    let response = json!({"status": 200, "data": {"otp": CODE, "expiresIn": 20}});
    let server = Server::acting(vec![Act::json(200, &response)]);
    let call_texts = Texts::of(async || {
        let zapmail = builder(&server, http()).build().unwrap();
        let otp = zapmail.otp(OtpTarget::mailbox(uuid::Uuid::nil()));
        let code = otp.current().await.unwrap();
        assert_eq!(code.expose(), CODE);
        vec![format!("{otp:?} {code:?}")]
    });
    assert_eq!(call_texts.await.canary(), None);

    let seed = "CANARYCANARYCANA";
    let totp = Totp::from_seed(seed).unwrap();
    let printed = format!("{totp:?} {:?} {:?}", totp.now(), Totp::from_seed("canary-of-a-seed-1").unwrap_err());
    assert!(!printed.contains(seed) && !printed.contains(totp.now().expose()), "{printed}");
    assert_eq!(find(&printed), None);
}

/// The search works: each of these texts contains a canary on purpose.
#[tokio::test(start_paused = true)]
async fn printed_canary_is_found() {
    fn printed(value: &impl Debug) -> Vec<String> {
        vec![format!("{value:?}")]
    }
    assert!(Texts::of(async || printed(&CODE)).await.canary().is_some());
    for form in Form::ALL {
        assert!(Texts::of(async || printed(&form.canary())).await.canary().is_some(), "{form:?}");
    }
    let event = Texts::of(async || {
        tracing::trace!(target: "elsewhere", key = KEY);
        Vec::new()
    });
    assert!(event.await.canary().is_some());
    let span = Texts::of(async || {
        let span = tracing::trace_span!("elsewhere", key = tracing::field::Empty);
        span.record("key", tracing::field::debug(KEY));
        Vec::new()
    });
    assert!(span.await.canary().is_some());
    let logged = Texts::of(async || {
        log::trace!("{KEY}");
        Vec::new()
    });
    assert!(logged.await.canary().is_some());
}

#[tokio::test(start_paused = true)]
async fn all_records_are_collected() {
    let document = document();
    let planted = Planted::new(&document, case::find("get_user").unwrap());
    let (call_texts, _) = planted.call_texts(&http(), Act::json(503, &json!({}))).await;
    let targets: Vec<_> = call_texts.collector.entries().iter().map(|entry| entry.metadata.target()).collect();
    for prefix in ["zapmail_sdk_ext::", "hyper_util::client"] {
        assert!(targets.iter().any(|target| target.starts_with(prefix)), "{prefix} is not among {targets:?}");
    }
    assert!(call_texts.texts.iter().any(|text| text.starts_with("reqwest::")), "{:?}", call_texts.texts);
    // The request with its key, and the other texts of both clients.
    let printed =
        ["Sensitive", "BufferedResponse {", "GetUser {", "Request {", "Pending", "Error {", "Zapmail {", "Client {"];
    for what in printed {
        assert!(
            call_texts.texts.iter().any(|text| text.contains(what)),
            "{what} is not printed: {:?}",
            call_texts.texts
        );
    }
}

/// The body is available, but not printed.
#[tokio::test(start_paused = true)]
async fn undecodable_response_is_not_printed_by_raw_client() {
    let call_texts = Texts::of(async || {
        let server = Server::acting(vec![Act::answer(200, JSON, b"{\"data\": \"canary-of-a-field")]);
        let client = Client::with_transport(KEY, &server.url(), http()).unwrap();
        let error = client.list_mailboxes().send().await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(error.body().unwrap().expose(), "{\"data\": \"canary-of-a-field");
        chain(&error)
    });
    assert_eq!(call_texts.await.canary(), None);
}

#[tokio::test(start_paused = true)]
async fn undocumented_request_is_not_printed() {
    let secret = json!({"password": Form::Text.canary()});
    let server = Server::acting(vec![Act::json(200, &json!({"data": secret, "status": 500, "message": KEY}))]);
    let call_texts = Texts::of(async || {
        let transport = Printing::new(http());
        let zapmail = builder(&server, transport.clone()).build().unwrap();
        let request = zapmail.request(Method::POST, "/v2/new").json(&secret);
        let mut texts = vec![format!("{request:?} {request:#?}")];
        texts.extend(chain(&request.send::<Value>().await.unwrap_err()));
        texts.extend(transport.take());
        texts
    });
    assert_eq!(call_texts.await.canary(), None);
}
