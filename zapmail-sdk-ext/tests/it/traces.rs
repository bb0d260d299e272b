//! Traces: one span per call, one event per wait and per retry, and no values of requests or responses.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing::{Instrument, Level};
use tracing_subscriber::fmt::format::FmtSpan;
use zapmail_sdk_ext::{ErrorKind, RateLimits};

use crate::clients::{KEY, Kind, WORKSPACE, builder, careful_client, client, ok};
use crate::collector::{Collector, Entry};
use crate::server::{Act, Server};

/// The recorded spans of calls.
fn calls(collector: &Collector) -> Vec<Entry> {
    collector.entries().into_iter().filter(|entry| entry.metadata.name() == "zapmail.call").collect()
}

/// The recorded spans of attempts.
fn attempts(collector: &Collector) -> Vec<Entry> {
    collector.entries().into_iter().filter(|entry| entry.metadata.name() == "zapmail.attempt").collect()
}

/// The recorded events of this crate.
fn events(collector: &Collector) -> Vec<Entry> {
    let ours = |entry: &Entry| entry.metadata.is_event() && entry.metadata.target().starts_with("zapmail_sdk_ext");
    collector.entries().into_iter().filter(ours).collect()
}

fn field<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    entry.fields.0.get(name).map(String::as_str)
}

fn number(entry: &Entry, name: &str) -> u64 {
    field(entry, name).unwrap_or_else(|| panic!("{entry} has no {name}")).parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn retried_call_is_one_span() {
    let busy = Act::answer(503, "retry-after: 2\r\n", b"");
    let server = Server::acting(vec![busy.clone(), busy, ok()]);
    let (collector, _guard) = Collector::start(|_| true);
    Kind::Read.call(&client(&server.url())).await.unwrap();

    let [span] = calls(&collector).try_into().expect("one span");
    assert_eq!(*span.metadata.level(), Level::INFO);
    let texts = ["operation", "method", "path", "attempt", "status"].map(|name| field(&span, name));
    assert_eq!(texts, [Some("get_user"), Some("GET"), Some("/v2/users"), Some("3"), Some("200")]);
    assert!((4000..4010).contains(&number(&span, "waited_ms")), "{span}");
    assert!(number(&span, "sent_ms") < 100, "{span}");
    assert_eq!(field(&span, "otel.name"), Some("get_user"));
    assert_eq!(span.fields.0.len(), 8, "{span}");
    assert_eq!(attempts(&collector).len(), 3);

    let [first, second] = events(&collector).try_into().expect("two retries");
    for (event, attempt) in [(first, "1"), (second, "2")] {
        assert_eq!(field(&event, "message"), Some("retrying"));
        assert_eq!((field(&event, "attempt"), field(&event, "delay_ms")), (Some(attempt), Some("2000")));
        assert_eq!(field(&event, "status"), Some("503"));
        // A plain subscriber shows events of this level.
        assert_eq!(*event.metadata.level(), Level::WARN);
    }
}

#[tokio::test(start_paused = true)]
async fn attempt_is_a_span_with_the_names_of_opentelemetry() {
    let busy = Act::answer(503, "retry-after: 2\r\n", b"");
    let server = Server::acting(vec![busy, Act::json(404, &json!({"message": "not found"}))]);
    let (collector, _guard) = Collector::start(|_| true);
    Kind::Read.call(&client(&server.url()).workspace(WORKSPACE)).await.unwrap_err();

    let [first, second] = attempts(&collector).try_into().expect("two attempts");
    let names = ["http.request.method", "url.template", "http.response.status_code", "error.type", "otel.status_code"];
    let texts = |span: &Entry| names.map(|name| field(span, name).map(str::to_owned));
    let expected =
        |status: &str, kind: &str| ["GET", "/v2/users", status, kind, "ERROR"].map(|text| Some(text.to_owned()));
    assert_eq!(texts(&first), expected("503", "Server"));
    assert_eq!(texts(&second), expected("404", "NotFound"));
    let resent = |span: &Entry| field(span, "http.request.resend_count").map(str::to_owned);
    assert_eq!((resent(&first), resent(&second)), (None, Some("1".to_owned())));

    let [call] = calls(&collector).try_into().expect("one call");
    assert_eq!(field(&call, "workspace"), Some(WORKSPACE));
    assert_eq!((field(&call, "error.type"), field(&call, "otel.status_code")), (Some("NotFound"), Some("ERROR")));
}

#[tokio::test(start_paused = true)]
async fn last_429_is_a_warning() {
    let server = Server::acting(vec![Act::json(429, &json!({"message": "Too many requests"}))]);
    let (collector, _guard) = Collector::start(|_| true);
    let error = Kind::Read.call(&client(&server.url())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    let events: Vec<_> =
        events(&collector).into_iter().filter(|event| *event.metadata.level() == Level::WARN).collect();
    let [retries @ .., last] = &events[..] else { panic!("no warning") };
    assert_eq!(retries.len() as u32 + 1, error.attempts());
    assert_eq!(field(last, "message"), Some("rate limited"));
}

#[tokio::test(start_paused = true)]
async fn wait_for_rate_limiter_is_an_event_and_counts_as_waited() {
    let server = Server::acting(vec![ok()]);
    let zapmail = builder(&server.url()).rate_limits(RateLimits::default().per_second(1)).build().unwrap();
    let (collector, _guard) = Collector::start(|_| true);
    Kind::Read.call(&zapmail).await.unwrap();
    assert_eq!(events(&collector).len(), 0, "the first call waited");
    Kind::Read.call(&zapmail).await.unwrap();

    let [event] = events(&collector).try_into().expect("one wait");
    assert_eq!(field(&event, "message"), Some("waited for the rate limiter"));
    assert!((900..1100).contains(&number(&event, "waited_ms")), "{event}");
    let [_, span] = calls(&collector).try_into().expect("two calls");
    assert_eq!(field(&span, "waited_ms"), field(&event, "waited_ms"));
}

#[tokio::test(start_paused = true)]
async fn failed_call_is_a_span() {
    let (collector, _guard) = Collector::start(|_| true);
    let server = Server::acting(vec![Act::json(404, &json!({"message": "not found"})), Act::Silence]);
    let zapmail = client(&server.url());
    Kind::Read.call(&zapmail).await.unwrap_err();
    Kind::Spend.call(&zapmail).await.unwrap_err();
    assert_eq!(
        Kind::Spend.call(&careful_client(&server.url())).await.unwrap_err().kind(),
        ErrorKind::SpendingNotAllowed
    );

    let [not_found, silence, refused] = calls(&collector).try_into().expect("three calls");
    assert_eq!(field(&not_found, "status"), Some("404"));
    assert_eq!((field(&silence, "status"), number(&silence, "sent_ms")), (None, 60_000));
    assert_eq!((field(&refused, "attempt"), field(&refused, "sent_ms")), (None, None));
}

#[tokio::test(start_paused = true)]
async fn spans_contain_path_template_and_no_values() {
    let response =
        json!({"status": 200, "message": "planted-message", "data": {"domains": [{"domain": "planted-domain"}]}});
    let broken = Act::answer(503, "retry-after: 1\r\nx-note: planted-header\r\n", b"planted-body");
    let server = Server::acting(vec![broken, Act::json(200, &response)]);
    let zapmail = client(&server.url()).workspace(WORKSPACE).with_header("x-tag", "planted-header").unwrap();
    let (collector, _guard) = Collector::start(|_| true);
    zapmail.list_mailboxes().contains("planted-query").send().await.unwrap_err();
    zapmail.get_zap_site().id("planted-path").send().await.unwrap();

    let requests = server.requests();
    for (request, planted) in [(0, "planted-query"), (0, WORKSPACE), (0, "planted-header"), (2, "planted-path")] {
        assert!(requests[request].contains(planted), "{}", requests[request]);
    }
    let paths: Vec<_> = calls(&collector).iter().map(|span| field(span, "path").map(str::to_owned)).collect();
    assert_eq!(paths, [Some("/v2/mailboxes/list".to_owned()), Some("/v2/zap-sites/{id}".to_owned())]);
    for entry in collector.entries() {
        let text = entry.to_string();
        assert!(!text.contains("planted") && !text.contains(KEY), "{text}");
        // The id of the workspace is not a secret, and belongs to the span of the call.
        assert!(!text.contains(WORKSPACE) || entry.metadata.name() == "zapmail.call", "{text}");
    }
}

/// A span of the program may have a field with the same name.
#[tokio::test(start_paused = true)]
async fn filtered_span_records_nothing_in_the_callers_span() {
    let (collector, _guard) = Collector::start(|metadata| metadata.name() != "zapmail.call");
    let server = Server::acting(vec![ok()]);
    let span = tracing::info_span!("request", status = tracing::field::Empty);
    Kind::Read.call(&client(&server.url())).instrument(span).await.unwrap();

    assert_eq!(calls(&collector).len(), 0);
    let entries = collector.entries();
    let request = entries.iter().find(|entry| entry.metadata.name() == "request").unwrap();
    assert_eq!(field(request, "status"), None);
}

/// Stores the output of a subscriber.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The setup that the guide describes.
#[tokio::test(start_paused = true)]
async fn subscriber_prints_a_call_when_its_span_closes() {
    let output = Output::default();
    // The warning about the retry, and the spans of the call and its attempts.
    for (spans, lines) in [(FmtSpan::NONE, 1), (FmtSpan::CLOSE, 4)] {
        let server = Server::acting(vec![Act::json(503, &json!({})), ok()]);
        let writer = output.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_span_events(spans).finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        Kind::Read.call(&client(&server.url())).await.unwrap();
        let printed = output.take();
        assert_eq!(printed.lines().count(), lines, "{printed}");
        assert!(printed.contains("WARN zapmail.call{"), "{printed}");
        let call = "INFO zapmail.call{otel.name=\"get_user\" operation=\"get_user\" method=GET path=\"/v2/users\"";
        assert_eq!(printed.contains(call), lines == 4, "{printed}");
    }
}
