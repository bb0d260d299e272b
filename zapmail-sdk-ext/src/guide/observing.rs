#![cfg_attr(not(feature = "metrics"), allow(rustdoc::broken_intra_doc_links))]

//! See what calls do while they run, with traces, metrics and your own observers. You need this page to monitor a
//! program in production, or to find out why a call is slow.
//!
//! # Traces
//!
//! The client emits traces with the crate `tracing`, so your program only needs a subscriber, such as the one of
//! `tracing-subscriber`. This program prints a line when a call or an attempt ends:
//!
//! ```
//! use tracing_subscriber::fmt::format::FmtSpan;
//! use zapmail_sdk_ext::Zapmail;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     tracing_subscriber::fmt().with_span_events(FmtSpan::CLOSE).init();
//!
//! #   let sandbox = zapmail_sandbox::Sandbox::start().await?;
//! #   let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! #   /*
//!     let zapmail = Zapmail::from_env()?;
//! #   */
//!     zapmail.get_user().send().await?;
//! #   assert_eq!(sandbox.requests_of("get_user").len(), 1);
//!     Ok(())
//! }
//! ```
//!
//! A retry and a 429 are events of level WARN, which every subscriber shows by default. Calls and attempts are spans of
//! level INFO. The subscriber of `tracing-subscriber` prints spans only if you enable span events, as this program
//! does. These are the spans and their fields:
//!
//! | span | fields |
//! | --- | --- |
//! | `zapmail.call` | `operation`, `workspace`, `method`, `path`, `attempt` (the number of attempts), `status`, `waited_ms` (for the rate limiter and delays), `sent_ms`, `error.type` |
//! | `zapmail.attempt`, inside `zapmail.call` | `http.request.method`, `url.template`, `http.request.resend_count`, `http.response.status_code`, `error.type` |
//!
//! No field contains a header, a body or the value of a parameter.
//!
//! # OpenTelemetry
//!
//! The spans use OpenTelemetry's names (`otel.name`, `otel.kind`, `otel.status_code` and the names for HTTP), so the
//! crate `tracing-opentelemetry` can export them. This example exports them to memory:
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
//! In your program, call `tracing::subscriber::set_global_default(subscriber)?` once instead of `with_subscriber`.
//!
//! # Metrics
//!
//! With the feature `metrics`, the observer [`Metrics`] records calls, attempts, durations, retries, 429s, the time
//! spent waiting for the rate limiter, unknown outcomes and authenticator codes. It uses the crate `metrics`, so any
//! exporter of that crate works, such as `metrics-exporter-prometheus`. The documentation of [`Metrics`] lists the
//! names.
//!
#![cfg_attr(feature = "metrics", doc = "```")]
#![cfg_attr(not(feature = "metrics"), doc = "```text")]
//! use zapmail_sdk_ext::{Metrics, Zapmail};
//!
//! let zapmail = Zapmail::builder().api_key("not-a-real-key").observer(Metrics::new()).build()?;
//! # Ok::<(), zapmail_sdk_ext::Error>(())
//! ```
//!
//! # Your own observers
//!
//! The client calls an [`Observer`] at each step of a call, in the task of the call, so an observer must not block. A
//! client can have several observers. The arguments of an observer's methods print no secrets. The program
//! `purchase_log` in the crate's folder `examples` is an audit log of purchases.
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
//! The responses of many operations are not documented. With the feature `shapes`, the observer `ShapeRecorder` reduces
//! each response to its shape: the names and types of its properties, without any value. The command `zapmail observe`
//! records the shapes of an account's read operations. Read the file before you share it.
//! `cargo xtask adopt --shapes FILE` converts it into a change of the document.
//!
//! Next: [moving to v3](super::moving_to_v3), to keep your program ready for the next version of the API.
//!
//! [`Metrics`]: crate::Metrics
//! [`Observer`]: crate::Observer
