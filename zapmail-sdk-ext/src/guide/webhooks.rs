#![cfg_attr(not(feature = "webhook"), allow(rustdoc::broken_intra_doc_links))]

//! The service posts events to an endpoint of yours; [`verify`] tells whether one really comes from it.
//!
//! This needs the feature `webhook`. One endpoint gets the events of every workspace of the account. The service wants
//! an answer with 2xx within 10 seconds, and delivers an event up to 8 times, with pauses that grow from a minute to 24
//! hours. After 20 failures in a row it switches the endpoint off.
//!
//! # A receiver
//!
//! [`verify`] needs the endpoint's secret, which the service tells once, when `create_webhook_endpoint` creates it; the
//! header [`SIGNATURE_HEADER`]; and the body as it came, since one that was parsed and written again has another
//! signature.
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
//! use zapmail_sdk_ext::{Secret, Zapmail, prelude::*, webhook};
//!
//! #[derive(Clone)]
//! struct Receiver {
//!     secret: Secret,
//!     /// Answering at once, and working on the event elsewhere, keeps to the 10 seconds.
//!     work: mpsc::UnboundedSender<webhook::Event>,
//! }
//!
//! async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
//!     let signature = headers.get(webhook::SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
//!     let now = SystemTime::now();
//!     match webhook::verify(&receiver.secret, signature.unwrap_or_default(), &body, now, webhook::TOLERANCE) {
//!         Ok(event) => match receiver.work.send(event) {
//!             Ok(()) => StatusCode::OK,
//!             // The service sends it again.
//!             Err(_) => StatusCode::SERVICE_UNAVAILABLE,
//!         },
//!         Err(_) => StatusCode::BAD_REQUEST,
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Signatures go by this machine's time, so the sandbox does, too.
//! let sandbox = Sandbox::builder().starting_at(SystemTime::now()).start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let url = format!("http://{}/zapmail", listener.local_addr()?);
//! let enabled_events = vec![WebhookEventType::ExportCompleted];
//! let created = zapmail.create_webhook_endpoint().body(NewWebhookEndpoint { url, enabled_events }).call().await?;
//! let secret = created.secret.ok_or("the service did not tell the secret")?;
//!
//! let (work, mut events) = mpsc::unbounded_channel();
//! let router = Router::new().route("/zapmail", post(receive)).with_state(Receiver { secret, work });
//! tokio::spawn(async move { axum::serve(listener, router).await });
//!
//! let id = sandbox.deliver("export.completed", json!({"exportId": 10421}));
//! let event = events.recv().await.ok_or("no event came")?;
//! assert_eq!((Some(&event.id), event.kind), (id.as_ref(), WebhookEventType::ExportCompleted));
//! # Ok(())
//! # }
//! ```
//!
//! An event comes again when the answer was not 2xx or was late. All deliveries of it have the same [`id`]: remember
//! those that were handled, where they outlive the program.
//!
//! The real service delivers over the internet, so it needs a URL that it can reach. The sandbox delivers to plain HTTP
//! on this machine only.
//!
//! # What an event says
//!
//! [`kind`] is an open enum, since the service adds types. What `data` holds is on no page: [`data_as`] reads it as a
//! type of your own, and what matters is better read back with a call.
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
//! # Deliveries that are not the service's
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
//! // Another body, or somebody who does not know the secret;
//! assert_eq!(received(signature, b"{}", signed_at), Err(Rejected::Forged));
//! // an old delivery that somebody sends again; and no signature at all.
//! assert_eq!(received(signature, body, signed_at + 2 * TOLERANCE), Err(Rejected::TooOld));
//! assert_eq!(received("", body, signed_at), Err(Rejected::Malformed));
//! ```
//!
//! [`Rejected`] has no word of the secret or the body in it, so it can be logged. Answer it with a 4xx.
//!
//! [`Rejected`]: crate::webhook::Rejected
//! [`SIGNATURE_HEADER`]: crate::webhook::SIGNATURE_HEADER
//! [`data_as`]: crate::webhook::Event::data_as
//! [`id`]: crate::webhook::Event::id
//! [`kind`]: crate::webhook::Event::kind
//! [`verify`]: crate::webhook::verify
