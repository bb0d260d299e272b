//! What is recorded: one span a call, an event for each wait and each repetition, and nothing that was sent.

use serde_json::json;
use tracing::{Instrument, Level};
use zapmail_sdk_ext::{ErrorKind, Quota, Spending, prelude::*};

use crate::clients::{KEY, Kind, builder, client, success};
use crate::collector::{Collector, Entry};
use crate::server::{Act, Server};

/// The spans of calls among what was recorded.
fn calls(collector: &Collector) -> Vec<Entry> {
    collector.entries().into_iter().filter(|entry| entry.metadata.name() == "zapmail.call").collect()
}

/// Our events among what was recorded.
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
async fn a_call_is_one_span_however_often_it_is_sent() {
    let busy = Act::answer(503, "retry-after: 2\r\n", b"");
    let server = Server::acting(vec![busy.clone(), busy, Act::json(200, &success())]);
    let (collector, _guard) = Collector::start(|_| true);
    Kind::Read.call(&client(&server.url())).await.unwrap();

    let [span] = calls(&collector).try_into().expect("one span");
    assert_eq!(*span.metadata.level(), Level::INFO);
    let texts = ["operation", "method", "path", "attempt", "status"].map(|name| field(&span, name));
    assert_eq!(texts, [Some("get_user"), Some("GET"), Some("/v2/users"), Some("3"), Some("200")]);
    assert!((4000..4010).contains(&number(&span, "waited_ms")), "{span}");
    assert!(number(&span, "sent_ms") < 100, "{span}");
    assert_eq!(span.fields.0.len(), 7, "{span}");

    let [first, second] = events(&collector).try_into().expect("two repetitions");
    for (event, attempt) in [(first, "1"), (second, "2")] {
        assert_eq!(field(&event, "message"), Some("sending again"));
        assert_eq!((field(&event, "attempt"), field(&event, "pause_ms")), (Some(attempt), Some("2000")));
        assert_eq!(*event.metadata.level(), Level::DEBUG);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_quota_is_an_event_and_part_of_what_was_waited() {
    let server = Server::acting(vec![Act::json(200, &success())]);
    let zapmail = builder(&server.url()).quota(Quota::per_second(1)).build().unwrap();
    let (collector, _guard) = Collector::start(|_| true);
    Kind::Read.call(&zapmail).await.unwrap();
    assert_eq!(events(&collector).len(), 0, "nobody waited");
    Kind::Read.call(&zapmail).await.unwrap();

    let [event] = events(&collector).try_into().expect("one wait");
    assert_eq!(field(&event, "message"), Some("waited for the quota"));
    assert!((900..1100).contains(&number(&event, "waited_ms")), "{event}");
    let [_, span] = calls(&collector).try_into().expect("two calls");
    assert_eq!(field(&span, "waited_ms"), field(&event, "waited_ms"));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_is_a_span_too() {
    let (collector, _guard) = Collector::start(|_| true);
    let server = Server::acting(vec![Act::json(404, &json!({"message": "not found"})), Act::Silence]);
    let zapmail = client(&server.url());
    Kind::Read.call(&zapmail).await.unwrap_err();
    Kind::Spend.call(&zapmail).await.unwrap_err();
    let careful = builder(&server.url()).spending(Spending::Refused).build().unwrap();
    assert_eq!(Kind::Spend.call(&careful).await.unwrap_err().kind(), ErrorKind::Refused);

    let [not_found, silence, refused] = calls(&collector).try_into().expect("three calls");
    assert_eq!(field(&not_found, "status"), Some("404"));
    assert_eq!((field(&silence, "status"), number(&silence, "sent_ms")), (None, 60_000));
    assert_eq!((field(&refused, "attempt"), field(&refused, "sent_ms")), (None, None));
}

#[tokio::test(start_paused = true)]
async fn the_path_is_the_template_and_no_value_of_the_request_or_the_answer_is_recorded() {
    let answer =
        json!({"status": 200, "message": "planted-message", "data": {"domains": [{"domain": "planted-domain"}]}});
    let broken = Act::answer(503, "retry-after: 1\r\nx-note: planted-header\r\n", b"planted-body");
    let server = Server::acting(vec![broken, Act::json(200, &answer)]);
    let zapmail = client(&server.url()).workspace("planted-workspace");
    let (collector, _guard) = Collector::start(|_| true);
    zapmail.list_mailboxes().contains("planted-query").call().await.map(drop).unwrap_err();
    zapmail.get_zap_site().id("planted-path").call().await.unwrap();

    assert!(server.requests()[0].contains("planted-query") && server.requests()[2].contains("planted-path"));
    let paths: Vec<_> = calls(&collector).iter().map(|span| field(span, "path").map(str::to_owned)).collect();
    assert_eq!(paths, [Some("/v2/mailboxes/list".to_owned()), Some("/v2/zap-sites/{id}".to_owned())]);
    for entry in collector.entries() {
        let text = entry.to_string();
        assert!(!text.contains("planted") && !text.contains(KEY), "{text}");
    }
}

/// A program's own span may have a field of the same name.
#[tokio::test(start_paused = true)]
async fn nothing_is_recorded_in_the_program_s_span_when_ours_is_filtered_out() {
    let (collector, _guard) = Collector::start(|metadata| metadata.name() != "zapmail.call");
    let server = Server::acting(vec![Act::json(200, &success())]);
    let span = tracing::info_span!("request", status = tracing::field::Empty);
    Kind::Read.call(&client(&server.url())).instrument(span).await.unwrap();

    assert_eq!(calls(&collector).len(), 0);
    let entries = collector.entries();
    let request = entries.iter().find(|entry| entry.metadata.name() == "request").unwrap();
    assert_eq!(field(request, "status"), None);
}
