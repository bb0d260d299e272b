//! OpenTelemetry, as described in the guide: spans of calls and attempts reach an exporter.

use opentelemetry::trace::{SpanKind, Status, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use serde_json::json;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::layer::SubscriberExt;

use crate::clients::{KEY, Kind, WORKSPACE, client, ok};
use crate::server::{Act, Server};

fn attribute(span: &SpanData, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == name);
    found.map(|attribute| attribute.value.to_string())
}

#[tokio::test(start_paused = true)]
async fn call_is_a_parent_span_of_its_attempts() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("zapmail"));
    let subscriber = tracing_subscriber::registry().with(layer);

    let busy = Act::answer(503, "retry-after: 1\r\n", b"planted");
    let server = Server::acting(vec![busy, ok(), Act::json(404, &json!({"message": "gone"}))]);
    let zapmail = client(&server.url()).workspace(WORKSPACE);
    let calls = async {
        Kind::Read.call(&zapmail).await.unwrap();
        Kind::Read.call(&zapmail).await.unwrap_err();
    };
    calls.with_subscriber(subscriber).await;
    provider.force_flush().unwrap();

    let spans = exporter.get_finished_spans().unwrap();
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let (calls, attempts) = (named("get_user"), named("GET /v2/users"));
    assert_eq!((calls.len(), attempts.len(), spans.len()), (2, 3, 5));
    let of_first = attempts.iter().filter(|attempt| attempt.parent_span_id == calls[0].span_context.span_id());
    assert_eq!(of_first.count(), 2);
    assert!(attempts.iter().all(|attempt| attempt.span_kind == SpanKind::Client));
    let failed = |spans: &[&SpanData]| spans.iter().filter(|span| matches!(span.status, Status::Error { .. })).count();
    assert_eq!((failed(&calls), failed(&attempts)), (1, 2));
    assert_eq!(attribute(calls[0], "workspace").as_deref(), Some(WORKSPACE));
    assert_eq!(attribute(attempts[0], "http.response.status_code").as_deref(), Some("503"));
    let text = format!("{spans:?}");
    assert!(!text.contains(KEY) && !text.contains("planted"));
}
