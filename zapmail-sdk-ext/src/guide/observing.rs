#![cfg_attr(not(feature = "metrics"), allow(rustdoc::broken_intra_doc_links))]

//! What calls do while they are made: traces, metrics, and observers of your own.
//!
//! Traces need nothing but a subscriber of the crate `tracing`. A retry or a 429 is an event of level WARN, so that any
//! subscriber shows it. Calls and attempts are spans of level INFO, which the usual subscriber prints if it is asked to:
//!
//! ```
//! use tracing_subscriber::fmt::format::FmtSpan;
//!
//! tracing_subscriber::fmt().with_span_events(FmtSpan::CLOSE).init();
//! ```
//!
//! | span | fields |
//! | --- | --- |
//! | `zapmail.call` | `operation`, `workspace`, `method`, `path`, `attempt` (how many there were), `status`, `waited_ms` (for the rate limiter and delays), `sent_ms`, `error.type` |
//! | `zapmail.attempt`, within it | `http.request.method`, `url.template`, `http.request.resend_count`, `http.response.status_code`, `error.type` |
//!
//! No field contains a header, a body or the value of a parameter.
//!
//! # OpenTelemetry
//!
//! The spans have OpenTelemetry's names (`otel.name`, `otel.kind`, `otel.status_code` and those of HTTP), so that the crate
//! `tracing-opentelemetry` passes them on. Here, to an exporter in memory:
//!
//! ```
//! use opentelemetry::trace::TracerProvider;
//! use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
//! use tracing::instrument::WithSubscriber;
//! use tracing_subscriber::layer::SubscriberExt;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::Zapmail;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let exporter = InMemorySpanExporter::default();
//! let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
//! let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("acme"));
//! let subscriber = tracing_subscriber::registry().with(layer);
//!
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! zapmail.get_user().send().with_subscriber(subscriber).await?;
//!
//! let names: Vec<_> = exporter.get_finished_spans()?.into_iter().map(|span| span.name.into_owned()).collect();
//! assert_eq!(names, ["GET /v2/users", "get_user"]);
//! # Ok(())
//! # }
//! ```
//!
//! A program calls `tracing::subscriber::set_global_default(subscriber)?` once instead of `with_subscriber`.
//!
//! # Metrics
//!
//! With the feature `metrics`, the observer [`Metrics`] feeds the crate `metrics`, and so each of its exporters, such as
//! `metrics-exporter-prometheus`: calls, attempts, durations, retries, 429s, time waited for the rate limiter, unknown
//! outcomes and authenticator codes. Its documentation lists the names.
//!
#![cfg_attr(feature = "metrics", doc = "```")]
#![cfg_attr(not(feature = "metrics"), doc = "```text")]
//! use zapmail_sdk_ext::{Metrics, Zapmail};
//!
//! let zapmail = Zapmail::builder().api_key("not-a-real-key").observer(Metrics::new()).build()?;
//! # Ok::<(), zapmail_sdk_ext::Error>(())
//! ```
//!
//! # Observers of your own
//!
//! An [`Observer`] is called at each step of a call, in the task of the call, so it must not block. There can be several. What
//! it is called with prints no secret. The program `purchase_log` in the crate's folder `examples` is an audit log of
//! purchases.
//!
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicUsize, Ordering};
//!
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::observer::{Observer, Retry};
//! use zapmail_sdk_ext::Zapmail;
//!
//! struct Retries(Arc<AtomicUsize>);
//!
//! impl Observer for Retries {
//!     fn retrying(&self, _: &Retry<'_>) {
//!         self.0.fetch_add(1, Ordering::Relaxed);
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let retries = Arc::new(AtomicUsize::new(0));
//! let zapmail = Zapmail::builder()
//!     .api_key(sandbox.api_key())
//!     .base_url(sandbox.base_url())
//!     .observer(Retries(Arc::clone(&retries)))
//!     .build()?;
//! sandbox.fail_next("get_user", Fault::status(503))?;
//! zapmail.get_user().send().await?;
//! assert_eq!(retries.load(Ordering::Relaxed), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Shapes of responses
//!
//! For many operations, nobody has documented the response. With the feature `shapes`, the observer `ShapeRecorder` reduces
//! each response to its shape: the names and kinds of its properties, and no value. The command `zapmail observe` does the same
//! for the read operations of an account. Read the file before you share it; `cargo xtask adopt --shapes FILE` turns it into
//! a change of the document.
//!
//! [`Metrics`]: crate::Metrics
//! [`Observer`]: crate::Observer
