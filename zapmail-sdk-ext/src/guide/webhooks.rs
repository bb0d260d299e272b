#![cfg_attr(not(feature = "webhook"), allow(rustdoc::broken_intra_doc_links))]

//! Receive the events that the service posts to your endpoint, verify that they come from the service, and handle each
//! event once. You need this page to learn of a completed export or a failed payment without polling.
//!
//! # A complete receiver
//!
//! This program registers its URL with the service, verifies each delivery, and handles each event once. It needs the
//! feature `webhook`, the crate `axum`, and tokio's features `net` and `sync`:
//!
#![cfg_attr(feature = "webhook", doc = "```")]
#![cfg_attr(not(feature = "webhook"), doc = "```text")]
//! use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
//! use tokio::{net::TcpListener, sync::mpsc};
//! use zapmail_sdk_ext::types::{SubscriptionStatus, WebhookEventType};
//! use zapmail_sdk_ext::webhooks::{
//!     self, Event, EventData, Received, SeenInMemory, WebhookReceiver, WebhookVerifier,
//! };
//! use zapmail_sdk_ext::{Secret, Zapmail};
//!
//! #[derive(Clone)]
//! struct App {
//!     receiver: WebhookReceiver,
//!     /// Messages for the people on duty.
//!     notices: mpsc::UnboundedSender<String>,
//! }
//!
//! /// Handles an event.
//! fn handle(app: &App, event: &Event) -> Result<(), mpsc::error::SendError<String>> {
//!     match &event.data {
//!         EventData::ExportCompleted(export) => {
//!             let id = export.export_id.map_or_else(|| "without an id".to_owned(), |id| id.to_string());
//!             app.notices.send(format!("export {id} is complete"))
//!         }
//!         EventData::SubscriptionStatusChanged(change) => match &change.subscription_status {
//!             Some(SubscriptionStatus::PastDue) => app.notices.send("a payment has failed".to_owned()),
//!             _ => Ok(()),
//!         },
//!         _ => Ok(()),
//!     }
//! }
//!
//! async fn receive(State(app): State<App>, headers: HeaderMap, body: Bytes) -> StatusCode {
//!     let claimed = match app.receiver.receive(&headers, &body).await {
//!         Ok(Received::New(claimed)) => claimed,
//!         Ok(Received::Duplicate(_)) => return StatusCode::OK,
//!         Err(error) => return error.status(),
//!     };
//!     if handle(&app, &claimed.event).is_err() {
//!         // The response is not 2xx, so the service delivers the event again.
//!         _ = claimed.release().await;
//!         return StatusCode::SERVICE_UNAVAILABLE;
//!     }
//!     _ = claimed.confirm().await;
//!     StatusCode::OK
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   let sandbox = zapmail_sandbox::Sandbox::start().await?;
//! #   let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! #   /*
//!     let zapmail = Zapmail::from_env()?;
//! #   */
//!     let listener = TcpListener::bind("127.0.0.1:0").await?;
//!     // For the live service, use the public https URL that leads to this program.
//!     let url = format!("http://{}/zapmail", listener.local_addr()?);
//!     let events = [WebhookEventType::ExportCompleted, WebhookEventType::SubscriptionStatusChanged];
//!     let endpoint = webhooks::ensure_endpoint(&zapmail, &url, events).await?;
//!
//!     // Store the secret where your program stores its other secrets.
//!     let file = std::env::temp_dir().join("zapmail-webhook-secret");
//! #   let file = file.with_extension(std::process::id().to_string());
//!     let secret = match endpoint.secret {
//!         Some(secret) => {
//!             std::fs::write(&file, secret.expose())?;
//!             secret
//!         }
//!         // The endpoint existed. The service returned its secret only when it was created.
//!         None => Secret::from(std::fs::read_to_string(&file)?),
//!     };
//! #   std::fs::remove_file(&file)?;
//!
//!     let receiver = WebhookVerifier::new(secret)?.replay_protection(SeenInMemory::new());
//!     let (notices, mut received) = mpsc::unbounded_channel();
//! #   /*
//!     tokio::spawn(async move {
//!         while let Some(notice) = received.recv().await {
//!             println!("{notice}");
//!         }
//!     });
//! #   */
//!     let router = Router::new().route("/zapmail", post(receive)).with_state(App { receiver, notices });
//! #   /*
//!     axum::serve(listener, router).await?;
//! #   */
//! #   tokio::spawn(async move { axum::serve(listener, router).await });
//! #   let data = serde_json::json!({"app_name": "SMARTLEAD", "export_id": 10421});
//! #   sandbox.deliver("export.completed", data);
//! #   assert_eq!(received.recv().await.as_deref(), Some("export 10421 is complete"));
//! #   sandbox.deliver("subscription.status_changed", serde_json::json!({"subscriptionStatus": "PAST_DUE"}));
//! #   assert_eq!(received.recv().await.as_deref(), Some("a payment has failed"));
//!     Ok(())
//! }
//! ```
//!
//! An endpoint receives the events of all workspaces of the account. The service expects a 2xx response within 10
//! seconds. It delivers an event up to 8 times, with delays that grow from a minute to 24 hours, and disables an
//! endpoint after 20 consecutive failures.
//!
//! [`ensure_endpoint`] returns the endpoint of the URL, after enabling missing events and activating it. It creates an
//! endpoint only if there is none: no operation deletes an endpoint, so a program that creates one at every start
//! leaves many behind. The service returns the secret only when the endpoint is created. If you lose the secret, call
//! `ensure_endpoint` with a different URL, for example with `?2` at its end.
//!
//! # Typed events
//!
//! [`Event::data`] is an [`EventData`], which has a variant for each known type of event. The service adds types
//! without notice; these become the variant `Unknown`. The data of events is not documented, so only fields that were
//! observed are typed. `raw` has the whole data of an event, and [`data_as`] decodes it into a type of your own.
//!
#![cfg_attr(feature = "webhook", doc = "```")]
#![cfg_attr(not(feature = "webhook"), doc = "```text")]
//! use serde::Deserialize;
//! use serde_json::json;
//! use zapmail_sdk_ext::types::ExportApp;
//! use zapmail_sdk_ext::webhooks::{Event, EventData};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The service writes keys in camelCase in some events and in snake_case in others. Both are read.
//! for data in [json!({"app_name": "SMARTLEAD", "export_id": 10421}), json!({"appName": "SMARTLEAD", "exportId": "10421"})] {
//!     let event = Event::new("evt_1", "export.failed", data);
//!     let EventData::ExportFailed(export) = &event.data else { panic!("{event:?}") };
//!     assert_eq!((&export.app_name, export.export_id), (&Some(ExportApp::Smartlead), Some(10421.into())));
//! }
//!
//! // A field that is missing or has an unexpected type is `None`. The rest of the event is still read.
//! let event = Event::new("evt_2", "export.failed", json!({"export_id": {"id": 10421}, "reason": "login"}));
//! let EventData::ExportFailed(export) = &event.data else { panic!("{event:?}") };
//! assert_eq!(export.export_id, None);
//! assert_eq!(export.raw.expose()["export_id"]["id"], 10421);
//!
//! #[derive(Deserialize)]
//! struct Failure {
//!     reason: String,
//! }
//! assert_eq!(event.data_as::<Failure>()?.reason, "login");
//!
//! let new = Event::new("evt_3", "workspace.renamed", json!({"name": "Client South"}));
//! assert!(matches!(&new.data, EventData::Unknown { kind, .. } if kind.starts_with("workspace.")));
//! # Ok(())
//! # }
//! ```
//!
//! An event needs an `id` and a `type`. [`created`] is read from seconds, milliseconds, text or a date, and is `None`
//! if it is missing or cannot be read. Before you act on an important event, verify it with a call to the service.
//!
//! # Each event once
//!
//! The service delivers an event again if the response was late or not 2xx. Anyone who has recorded a delivery can
//! replay it for as long as its timestamp is accepted. All deliveries of an event have the same [`id`]. A
//! [`WebhookReceiver`] claims an event before you handle it. Once you confirm the event, the receiver remembers it for
//! 7 days:
//!
//! | delivery | [`receive`] returns | response |
//! | --- | --- | --- |
//! | of a new event, or of one whose handling failed | `Ok(Received::New(..))` | after handling: 2xx, or 5xx to receive it again |
//! | of an event that was handled | `Ok(Received::Duplicate(..))` | 2xx |
//! | of an event that is being handled | `Err(ReceiveError::InProgress)` | 503, because the handling can still fail |
//! | invalid | `Err(ReceiveError::Rejected(..))` | 400 |
//! | any, while the store is unavailable | `Err(ReceiveError::Store(..))` | 503 |
//!
//! - **At least once**: handle the event, then [`confirm`] it. After a crash in between, the event is handled again, no
//!   earlier than 30 seconds later ([`handling_time`]). Handling must be idempotent.
//! - **At most once**: [`confirm`] the event, then handle it. After a crash in between, the event is lost.
//!
//! [`SeenInMemory`] works for one process, and forgets everything when the process ends. `SeenInRedis`, with the
//! feature `redis`, works for receivers in several processes and on several machines:
//!
#![cfg_attr(all(feature = "webhook", feature = "redis"), doc = "```")]
#![cfg_attr(not(all(feature = "webhook", feature = "redis")), doc = "```text")]
//! use zapmail_sdk_ext::Redis;
//! use zapmail_sdk_ext::webhooks::{SeenInRedis, WebhookVerifier};
//!
//! # fn main() -> zapmail_sdk_ext::Result<()> {
//! let store = SeenInRedis::new(Redis::new("redis://127.0.0.1:6379")?, "billing");
//! let receiver = WebhookVerifier::new("not-a-real-secret")?.replay_protection(store);
//! # Ok(())
//! # }
//! ```
//!
//! To use a database of your own, implement [`SeenEvents`]. If your program handles events in one transaction with its
//! own data, store the ids in that transaction and use [`WebhookVerifier::verify`], which accepts every valid delivery
//! of an event.
//!
//! # Replacing a secret
//!
//! The secret of an endpoint does not change. To replace it, create an endpoint with a different URL, accept both
//! secrets while both endpoints are active, and then disable the old endpoint with `update_webhook_endpoint`. Both
//! endpoints receive each event. Whether the two deliveries have the same id has not been observed.
//!
#![cfg_attr(feature = "webhook", doc = "```")]
#![cfg_attr(not(feature = "webhook"), doc = "```text")]
//! use zapmail_sdk_ext::webhooks::WebhookVerifier;
//!
//! # fn main() -> zapmail_sdk_ext::Result<()> {
//! let verifier = WebhookVerifier::new("the-new-secret")?.also("the-old-secret")?;
//! # Ok(())
//! # }
//! ```
//!
//! # Testing a receiver
//!
//! [`sign`] signs a body as the service does, and an [`Event`] serializes to the body that the service sends:
//!
#![cfg_attr(feature = "webhook", doc = "```")]
#![cfg_attr(not(feature = "webhook"), doc = "```text")]
//! use std::time::{Duration, SystemTime};
//!
//! use serde_json::json;
//! use zapmail_sdk_ext::webhooks::{self, Event, Rejected, TOLERANCE, WebhookVerifier};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
//! let verifier = WebhookVerifier::new("not-a-real-secret")?.clock(move || now);
//!
//! let body = serde_json::to_vec(&Event::new("evt_1", "export.completed", json!({"export_id": 10421})))?;
//! let signature = webhooks::sign("not-a-real-secret", &body, now);
//! assert_eq!(verifier.verify_signature(&signature, &body)?.id, "evt_1");
//!
//! // The body or the secret is different.
//! assert_eq!(verifier.verify_signature(&signature, b"{}"), Err(Rejected::SignatureMismatch));
//! // The timestamp is too old: this can be a replay.
//! let old = webhooks::sign("not-a-real-secret", &body, now - 2 * TOLERANCE);
//! assert_eq!(verifier.verify_signature(&old, &body), Err(Rejected::TooOld));
//! // The signature is missing.
//! assert_eq!(verifier.verify_signature("", &body), Err(Rejected::Malformed));
//! // A signature that does not match is ignored if a different one matches.
//! assert!(verifier.verify_signature(&format!("{signature},v1=00"), &body).is_ok());
//! # Ok(())
//! # }
//! ```
//!
//! [`Rejected`] contains no part of the secret or the body, so it is safe to log.
//!
//! The sandbox delivers its own events and the events that a test passes to `deliver`, with retries. It delivers to
//! plain HTTP on loopback only:
//!
#![cfg_attr(feature = "webhook", doc = "```")]
#![cfg_attr(not(feature = "webhook"), doc = "```text")]
//! use std::time::{Duration, SystemTime};
//!
//! use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode};
//! use serde_json::json;
//! use tokio::net::TcpListener;
//! use zapmail_sandbox::{DeliveryOutcome, Sandbox};
//! use zapmail_sdk_ext::{Zapmail, webhooks, webhooks::WebhookVerifier};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let url = format!("http://{}", listener.local_addr()?);
//! let endpoint = webhooks::ensure_endpoint(&zapmail, &url, ["export.completed"]).await?;
//!
//! async fn receive(State(verifier): State<WebhookVerifier>, headers: HeaderMap, body: Bytes) -> StatusCode {
//!     verifier.verify(&headers, &body).map_or_else(|rejected| rejected.status(), |_| StatusCode::OK)
//! }
//! let verifier = WebhookVerifier::new(endpoint.secret.ok_or("the endpoint existed")?)?;
//! let router = Router::new().fallback(receive).with_state(verifier);
//! tokio::spawn(async move { axum::serve(listener, router).await });
//!
//! // Signatures contain the machine's time, even if the sandbox's clock was advanced.
//! sandbox.advance(Duration::from_secs(86_400));
//! sandbox.deliver("export.completed", json!({"export_id": 10421}));
//! // Every endpoint receives an event whose type the document does not contain.
//! sandbox.deliver("workspace.renamed", json!({}));
//! // The receiver must reject this delivery.
//! let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
//! sandbox.deliver_signed_at("export.completed", json!({}), an_hour_ago);
//!
//! while sandbox.deliveries().len() < 3 {
//!     tokio::time::sleep(Duration::from_millis(10)).await;
//! }
//! let outcomes: Vec<_> = sandbox.deliveries().into_iter().map(|delivery| delivery.outcome).collect();
//! assert_eq!(outcomes.iter().filter(|outcome| **outcome == DeliveryOutcome::Responded(200)).count(), 2);
//! assert!(outcomes.contains(&DeliveryOutcome::Responded(400)));
//! # Ok(())
//! # }
//! ```
//!
//! Next: [rate limits](super::rate_limits), before several programs use the same API key.
//!
//! [`Event`]: crate::webhooks::Event
//! [`Event::data`]: crate::webhooks::Event::data
//! [`EventData`]: crate::webhooks::EventData
//! [`Rejected`]: crate::webhooks::Rejected
//! [`SeenEvents`]: crate::webhooks::SeenEvents
//! [`SeenInMemory`]: crate::webhooks::SeenInMemory
//! [`WebhookReceiver`]: crate::webhooks::WebhookReceiver
//! [`WebhookVerifier::verify`]: crate::webhooks::WebhookVerifier::verify
//! [`confirm`]: crate::webhooks::ClaimedEvent::confirm
//! [`created`]: crate::webhooks::Event::created
//! [`data_as`]: crate::webhooks::Event::data_as
//! [`ensure_endpoint`]: crate::webhooks::ensure_endpoint
//! [`handling_time`]: crate::webhooks::WebhookReceiver::handling_time
//! [`id`]: crate::webhooks::Event::id
//! [`receive`]: crate::webhooks::WebhookReceiver::receive
//! [`sign`]: crate::webhooks::sign
