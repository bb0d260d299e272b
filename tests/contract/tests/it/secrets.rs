//! Secrets: whatever happens to whichever operation, nothing that can be printed holds a credential.
//!
//! Every call is made with canaries for credentials, and everything that it leaves behind is searched for them: what the
//! builder, the result, the error and its sources, and the client print, and what `tracing` and `log` were told.

mod canaries;

use std::cell::RefCell;
use std::error::Error as _;
use std::fmt::Debug;

use serde_json::{Value, json};
use zapmail_contract::case::{self, CASES, Case};
use zapmail_contract::expectation::Expectation;
use zapmail_sdk_ext::{Error, ErrorKind, OtpTarget, Quota, Retries, Spending, Totp, Zapmail};

use crate::collector::Collector;
use crate::document;
use crate::server::{Act, Server};
use canaries::{Form, KEY, find, plant};

const JSON: &str = "content-type: application/json\r\n";
const TEXT: &str = "content-type: text/plain\r\n";

thread_local! {
    /// What this thread told `log`.
    static LOGGED: RefCell<Vec<String>> = RefCell::default();
}

/// A logger that remembers.
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

/// Everything that one call left behind.
struct Remains {
    collector: Collector,
    texts: Vec<String>,
}

impl Remains {
    /// Runs something, and keeps what it records and what it returns.
    async fn of(printed: impl AsyncFnOnce() -> Vec<String>) -> Self {
        // An error means that another test has set it already.
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

/// An error as it prints, with its sources.
fn chain(error: &Error) -> Vec<String> {
    let mut texts = vec![format!("{error} {error:?} {error:#?}")];
    let mut source = error.source();
    while let Some(error) = source {
        texts.push(format!("{error} {error:?}"));
        source = error.source();
    }
    texts
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

fn builder(server: &Server, http: &reqwest::Client) -> zapmail_sdk_ext::Builder {
    let retries = Retries::default().attempts(2);
    let builder = Zapmail::builder().api_key(KEY).base_url(server.url()).quota(Quota::unlimited()).retries(retries);
    builder.spending(Spending::Allowed).http_client(http.clone())
}

/// One operation with canaries in its request and in its answer.
struct Planted<'a> {
    document: &'a Value,
    expectation: Expectation<'a>,
    case: &'static Case,
    body: Value,
}

impl<'a> Planted<'a> {
    fn new(document: &'a Value, case: &'static Case) -> Self {
        let expectation = Expectation::of(document, case.id).unwrap();
        let mut body = expectation.body().cloned().unwrap_or_default();
        let content = &expectation.operation["requestBody"]["content"]["application/json"];
        if !body.is_null() {
            plant(document, &content["schema"], &mut body, Form::Text);
        }
        Self { document, expectation, case, body }
    }

    /// The success answers with canaries, and how many credentials each has.
    fn answers(&self, form: Form) -> Vec<(Value, usize)> {
        let answers = self.expectation.answers().into_iter().filter(|answer| answer.content_type == "application/json");
        let answers = answers.map(|answer| {
            let content = &self.expectation.operation["responses"][answer.status.to_string()]["content"];
            let mut body = serde_json::from_slice(&answer.body).unwrap();
            let credentials = plant(self.document, &content["application/json"]["schema"], &mut body, form);
            (body, credentials)
        });
        answers.collect()
    }

    async fn remains(&self, http: &reqwest::Client, act: Act) -> (Remains, bool) {
        let server = Server::acting(vec![act]);
        let mut succeeded = false;
        let remains = Remains::of(async || {
            let builder = builder(&server, http);
            let mut texts = vec![format!("{builder:?}")];
            let zapmail = builder.build().unwrap();
            let printed = (self.case.printed)(&zapmail, self.body.clone()).await.unwrap();
            texts.push(printed.builder);
            match printed.outcome {
                Ok(data) => {
                    succeeded = true;
                    texts.push(data);
                }
                Err(error) => texts.extend(chain(&error)),
            }
            texts.push(format!("{zapmail:?} {:?}", *zapmail));
            texts
        });
        (remains.await, succeeded)
    }
}

/// What can go wrong with an answer that holds canaries.
fn faults(answer: &Value) -> Vec<(&'static str, Act)> {
    let text = answer.to_string();
    let half = &text.as_bytes()[..text.len() / 2];
    let with = |status: u16, mut body: Value| {
        body["data"] = answer.clone();
        Act::json(status, &body)
    };
    let far = format!("{}{KEY}", "a ".repeat(95));
    vec![
        ("half an answer", Act::json(200, answer).cut(text.len() / 2)),
        ("garbled", Act::answer(200, JSON, half)),
        ("garbled error", Act::answer(400, JSON, half)),
        ("garbled error, as text", Act::answer(500, TEXT, half)),
        ("garbled error, as nothing", Act::answer(404, "", half)),
        ("two answers", Act::answer(200, JSON, format!("{text}{text}").as_bytes())),
        ("in a list", Act::json(200, &json!([answer]))),
        ("in a list, as an error", Act::json(422, &json!([answer]))),
        ("error with data", with(422, json!({"status": 422, "message": "Validation failed"}))),
        ("error without words", with(500, json!({"message": {"password": "canary-of-a-field"}, "error": answer}))),
        ("error inside a 200", with(200, json!({"status": 404, "message": "not found"}))),
        ("too many", with(429, json!({"message": [answer, "too many"]}))),
        ("quotes the key", with(401, json!({"message": format!("{KEY} is no key"), "errorId": KEY}))),
        ("quotes the key where it is cut", Act::json(403, &json!({"error": far}))),
        ("quotes the key on a page", Act::answer(502, TEXT, format!("<p>{KEY}</p>").as_bytes())),
        ("redirects with the key", Act::answer(302, &format!("location: /elsewhere?key={KEY}\r\n"), b"")),
        ("no answer", Act::Silence),
        ("reset", Act::Reset),
    ]
}

#[tokio::test(start_paused = true)]
async fn nothing_that_can_be_printed_holds_a_credential() {
    let (document, http) = (document(), http());
    let mut credentials = 0;
    for case in CASES {
        let planted = Planted::new(&document, case);
        for form in Form::ALL {
            for (answer, here) in planted.answers(form).into_iter().filter(|(_, here)| form == Form::Text || *here > 0)
            {
                let (remains, succeeded) = planted.remains(&http, Act::json(200, &answer)).await;
                assert_eq!(remains.canary(), None, "{}, {form:?}", case.id);
                // A credential is text, or a code that came as a number.
                assert_eq!(succeeded, matches!(form, Form::Text | Form::Number), "{}, {form:?}", case.id);
                credentials += here;
            }
        }
        let answer = planted.answers(Form::Text).into_iter().next();
        let is_file = answer.is_none();
        let answer = answer.map_or(json!({"data": "canary-of-a-file"}), |(answer, _)| answer);
        for (what, act) in faults(&answer) {
            let (remains, succeeded) = planted.remains(&http, act).await;
            // A file that arrived is its bytes, and those print as they are.
            assert!(
                remains.canary().is_none() || (is_file && succeeded),
                "{}, {what}: {:?}",
                case.id,
                remains.canary()
            );
        }
    }
    assert!(credentials > 50, "only {credentials} credentials were sent");
}

#[tokio::test(start_paused = true)]
async fn no_code_and_no_seed_is_printed() {
    let answer = json!({"status": 200, "data": {"otp": "canary-of-a-code", "expiresIn": 20}});
    let server = Server::acting(vec![Act::json(200, &answer)]);
    let remains = Remains::of(async || {
        let zapmail = builder(&server, &http()).build().unwrap();
        let otp = zapmail.otp(OtpTarget::mailbox(uuid::Uuid::nil()));
        let code = otp.current().await.unwrap();
        assert_eq!(code.expose(), "canary-of-a-code");
        vec![format!("{otp:?} {code:?}")]
    });
    assert_eq!(remains.await.canary(), None);

    let seed = "CANARYCANARYCANA";
    let totp = Totp::from_seed(seed).unwrap();
    let printed = format!("{totp:?} {:?} {:?}", totp.now(), Totp::from_seed("canary-of-a-seed-1").unwrap_err());
    assert!(!printed.contains(seed) && !printed.contains(totp.now().expose()), "{printed}");
    assert_eq!(find(&printed), None);
}

/// The search must be able to fail: each of these is a place where a canary was put on purpose.
#[tokio::test(start_paused = true)]
async fn a_canary_that_is_printed_is_found() {
    fn printed(value: &impl Debug) -> Vec<String> {
        vec![format!("{value:?}")]
    }
    for form in Form::ALL {
        assert!(Remains::of(async || printed(&form.canary())).await.canary().is_some(), "{form:?}");
    }
    let event = Remains::of(async || {
        tracing::trace!(target: "elsewhere", key = KEY);
        Vec::new()
    });
    assert!(event.await.canary().is_some());
    let span = Remains::of(async || {
        let span = tracing::trace_span!("elsewhere", key = tracing::field::Empty);
        span.record("key", tracing::field::debug(KEY));
        Vec::new()
    });
    assert!(span.await.canary().is_some());
    let logged = Remains::of(async || {
        log::trace!("{KEY}");
        Vec::new()
    });
    assert!(logged.await.canary().is_some());
}

#[tokio::test(start_paused = true)]
async fn all_who_record_are_heard() {
    let document = document();
    let planted = Planted::new(&document, case::find("get_user").unwrap());
    let (remains, _) = planted.remains(&http(), Act::json(503, &json!({}))).await;
    let targets: Vec<_> = remains.collector.entries().iter().map(|entry| entry.metadata.target()).collect();
    for who in ["zapmail_sdk_ext::", "hyper_util::client"] {
        assert!(targets.iter().any(|target| target.starts_with(who)), "{who} is not among {targets:?}");
    }
    assert!(remains.texts.iter().any(|text| text.starts_with("reqwest::")), "{:?}", remains.texts);
}

/// Why the documentation of both crates warns of `send()`: progenitor's error prints the answer.
#[tokio::test(start_paused = true)]
async fn the_raw_client_s_error_prints_an_answer_that_cannot_be_decoded() {
    let server = Server::acting(vec![Act::answer(200, JSON, b"{\"data\": \"canary-of-a-field")]);
    let zapmail = builder(&server, &http()).build().unwrap();
    let raw = zapmail.list_mailboxes().send().await.map(drop).unwrap_err();
    assert!(find(&raw.to_string()).is_some());
    let error = zapmail_sdk_ext::Call::call(zapmail.list_mailboxes()).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(chain(&error).iter().find_map(|text| find(text)), None);
}
