#![cfg_attr(not(feature = "webhook"), allow(rustdoc::broken_intra_doc_links))]

//! The service posts events to your endpoint; [`verify`] checks that an event comes from the service.
//!
//! This needs the feature `webhook`. An endpoint receives the events of all workspaces of the account. The service
//! expects a 2xx response within 10 seconds. It delivers an event up to 8 times, with delays that grow from a minute to
//! 24 hours, and disables an endpoint after 20 consecutive failures.
//!
//! # A receiver
//!
//! [`verify`] needs the endpoint's secret, which the service returns only once, from `create_webhook_endpoint`; the
//! header [`SIGNATURE_HEADER`]; and the raw body, because a body that was parsed and serialized again does not match
//! the signature. Blanks and line breaks around the secret are ignored; a blank secret rejects every delivery.
//!
#![cfg_attr(feature = "webhook", doc = "```")]
#![cfg_attr(not(feature = "webhook"), doc = "```text")]
//! use std::time::SystemTime;
//!
//! use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
//! use serde_json::json;
//! use tokio::{net::TcpListener, sync::mpsc};
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::types::{NewWebhookEndpoint, WebhookEventType};
//! use zapmail_sdk_ext::{Secret, Zapmail, webhook};
//!
//! #[derive(Clone)]
//! struct Receiver {
//!     secret: Secret,
//!     /// Events are handled elsewhere, so that the response is sent within 10 seconds.
//!     work: mpsc::UnboundedSender<webhook::Event>,
//! }
//!
//! async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
//!     let signature = headers.get(webhook::SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
//!     let now = SystemTime::now();
//!     match webhook::verify(&receiver.secret, signature.unwrap_or_default(), &body, now, webhook::TOLERANCE) {
//!         Ok(event) => match receiver.work.send(event) {
//!             Ok(()) => StatusCode::OK,
//!             // The service delivers the event again.
//!             Err(_) => StatusCode::SERVICE_UNAVAILABLE,
//!         },
//!         Err(_) => StatusCode::BAD_REQUEST,
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let url = format!("http://{}/zapmail", listener.local_addr()?);
//! let endpoint = NewWebhookEndpoint::new([WebhookEventType::ExportCompleted], url);
//! let created = zapmail.create_webhook_endpoint().body(endpoint).send().await?;
//! let secret = created.secret.ok_or("the response contains no secret")?;
//!
//! let (work, mut events) = mpsc::unbounded_channel();
//! let router = Router::new().route("/zapmail", post(receive)).with_state(Receiver { secret, work });
//! tokio::spawn(async move { axum::serve(listener, router).await });
//!
//! let id = sandbox.deliver("export.completed", json!({"exportId": 10421}));
//! let event = events.recv().await.ok_or("no event received")?;
//! assert_eq!((Some(&event.id), event.kind), (id.as_ref(), WebhookEventType::ExportCompleted));
//! # Ok(())
//! # }
//! ```
//!
//! An event is delivered again if the response was late or not 2xx. All deliveries of an event have the same [`id`]:
//! store the ids of handled events persistently.
//!
//! The live service needs a URL that is reachable from the internet. The sandbox delivers to plain HTTP on loopback
//! only.
//!
//! # The content of an event
//!
//! [`kind`] is an open enum, because the service adds types. The content of `data` is not documented, and its keys are
//! snake_case in some events and camelCase in others: [`data_as`] decodes it into a type of your own. Verify important
//! facts with a call.
//!
//! An event needs an `id` and a `type`; other fields do not make it unreadable. [`created`] is in seconds since 1970,
//! whether the service sends seconds, milliseconds, text or a date, and `None` if it is missing or cannot be read.
//!
#![cfg_attr(feature = "webhook", doc = "```")]
#![cfg_attr(not(feature = "webhook"), doc = "```text")]
//! use serde::Deserialize;
//! use zapmail_sdk_ext::{types::WebhookEventType, webhook};
//!
//! #[derive(Deserialize)]
//! struct Export {
//!     #[serde(rename = "exportId")]
//!     id: i64,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let event: webhook::Event =
//!     serde_json::from_str(r#"{"id": "evt_1", "type": "export.completed", "data": {"exportId": 10421}}"#)?;
//! assert_eq!(event.kind, WebhookEventType::ExportCompleted);
//! assert_eq!(event.data_as::<Export>()?.id, 10421);
//!
//! let new: webhook::Event = serde_json::from_str(r#"{"id": "evt_2", "type": "mailbox.moved"}"#)?;
//! assert_eq!(new.kind.as_str(), "mailbox.moved");
//! # Ok(())
//! # }
//! ```
//!
//! # Rejected deliveries
//!
#![cfg_attr(feature = "webhook", doc = "```")]
#![cfg_attr(not(feature = "webhook"), doc = "```text")]
//! use std::time::{Duration, SystemTime};
//!
//! use zapmail_sdk_ext::Secret;
//! use zapmail_sdk_ext::webhook::{Rejected, TOLERANCE, verify};
//!
//! let secret = Secret::from("not-a-real-secret");
//! let body = br#"{"id":"evt_1","type":"export.completed"}"#;
//! let signature = "t=1790000000,v1=4d480f580d6a78224fb24464fda031e670f039f5220c187150973ca83686c683";
//! let signed_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
//! let received = |signature: &str, body: &[u8], now| {
//!     verify(&secret, signature, body, now, TOLERANCE).map(|event| event.id)
//! };
//!
//! assert_eq!(received(signature, body, signed_at), Ok("evt_1".to_owned()));
//! // A different body or secret.
//! assert_eq!(received(signature, b"{}", signed_at), Err(Rejected::Forged));
//! // A possible replay.
//! assert_eq!(received(signature, body, signed_at + 2 * TOLERANCE), Err(Rejected::TooOld));
//! // No signature.
//! assert_eq!(received("", body, signed_at), Err(Rejected::Malformed));
//! // A signature that does not match is ignored if another one matches.
//! assert_eq!(received(&format!("{signature},v1=00"), body, signed_at), Ok("evt_1".to_owned()));
//! ```
//!
//! [`Rejected`] contains nothing of the secret or the body, so it is safe to log. Respond with a 4xx.
//!
//! [`Rejected`]: crate::webhook::Rejected
//! [`SIGNATURE_HEADER`]: crate::webhook::SIGNATURE_HEADER
//! [`created`]: crate::webhook::Event::created
//! [`data_as`]: crate::webhook::Event::data_as
//! [`id`]: crate::webhook::Event::id
//! [`kind`]: crate::webhook::Event::kind
//! [`verify`]: crate::webhook::verify
