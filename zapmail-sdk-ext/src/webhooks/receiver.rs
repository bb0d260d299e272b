//! Receivers: verify deliveries, and pass on each event once.
//!
//! A delivery is claimed before it is handled, and confirmed afterward: an event whose handling failed, or whose
//! receiver crashed, is handled again when the service retries the delivery.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use uuid::Uuid;
use zapmail_sdk::{Error, ErrorKind, Result};

use super::event::Event;
use super::rejected::Rejected;
use super::seen::{Seen, SeenEvents};
use super::verifier::WebhookVerifier;

/// How long handled events are remembered by default: the service retries a delivery for about three days.
const KEEP_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long an event is claimed by default: longer than the 10 seconds in which the service expects a response, and
/// shorter than the minute after which it retries the delivery.
const HANDLING_TIME: Duration = Duration::from_secs(30);

/// Verifies deliveries and recognizes events that were handled before. Cloning is cheap, and clones share the store.
///
/// [`WebhookVerifier::replay_protection`] creates one.
///
/// ```
/// use zapmail_sdk_ext::http::{HeaderMap, StatusCode};
/// use zapmail_sdk_ext::webhooks::{Event, Received, WebhookReceiver};
///
/// /// Handles an event.
/// async fn handle(event: &Event) -> Result<(), String> {
///     println!("{} {}", event.id, event.kind());
///     Ok(())
/// }
///
/// async fn receive(receiver: &WebhookReceiver, headers: &HeaderMap, raw_body: &[u8]) -> StatusCode {
///     let claimed = match receiver.receive(headers, raw_body).await {
///         Ok(Received::New(claimed)) => claimed,
///         Ok(Received::Duplicate(_)) => return StatusCode::OK,
///         Err(error) => return error.status(),
///     };
///     match handle(&claimed.event).await {
///         // If this fails, the event may be handled again, but the service has no reason to retry the delivery.
///         Ok(()) => _ = claimed.confirm().await,
///         Err(_) => {
///             // If this fails, the claim expires.
///             _ = claimed.release().await;
///             return StatusCode::SERVICE_UNAVAILABLE;
///         }
///     }
///     StatusCode::OK
/// }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a receiver does nothing until `receive` is called"]
pub struct WebhookReceiver {
    verifier: WebhookVerifier,
    store: Arc<dyn SeenEvents>,
    keep_for: Duration,
    handling_time: Duration,
}

impl WebhookVerifier {
    /// Returns a receiver that also recognizes events that were handled before, using this store.
    ///
    /// ```
    /// use zapmail_sdk_ext::webhooks::{SeenInMemory, WebhookVerifier};
    ///
    /// let receiver = WebhookVerifier::new("not-a-real-secret")?.replay_protection(SeenInMemory::new());
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    pub fn replay_protection(self, store: impl SeenEvents) -> WebhookReceiver {
        WebhookReceiver::new(self, store)
    }
}

impl WebhookReceiver {
    pub(super) fn new(verifier: WebhookVerifier, store: impl SeenEvents) -> Self {
        Self { verifier, store: Arc::new(store), keep_for: KEEP_FOR, handling_time: HANDLING_TIME }
    }

    /// Sets how long handled events are remembered. Defaults to 7 days; the service retries a delivery for about three
    /// days.
    ///
    /// Events are remembered for at least twice the verifier's tolerance, the period in which a recorded delivery can
    /// be replayed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use zapmail_sdk_ext::webhooks::{SeenInMemory, WebhookVerifier};
    ///
    /// let receiver = WebhookVerifier::new("not-a-real-secret")?
    ///     .replay_protection(SeenInMemory::new())
    ///     .keep_for(Duration::from_secs(30 * 24 * 60 * 60));
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    pub fn keep_for(mut self, time: Duration) -> Self {
        self.keep_for = time;
        self
    }

    /// Sets how long a delivery claims its event. Defaults to 30 seconds.
    ///
    /// If the event is neither confirmed nor released by then, for example because the receiver crashed, the next
    /// delivery is handled. Set a time that is longer than the handling of an event can take: otherwise another
    /// delivery of the event may be handled at the same time. The service retries a delivery after one minute at the
    /// earliest.
    ///
    /// ```
    /// use std::time::Duration;
    /// use zapmail_sdk_ext::webhooks::{SeenInMemory, WebhookVerifier};
    ///
    /// let receiver = WebhookVerifier::new("not-a-real-secret")?
    ///     .replay_protection(SeenInMemory::new())
    ///     .handling_time(Duration::from_secs(120));
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    pub fn handling_time(mut self, time: Duration) -> Self {
        self.handling_time = time;
        self
    }

    /// Verifies a delivery, and claims its event if the event is new.
    ///
    /// Handle a new event, and then [confirm](ClaimedEvent::confirm) it. A duplicate is not an error: respond with a
    /// 2xx status and do nothing, or the service retries the delivery.
    ///
    /// If the future is dropped, the event may stay claimed for the [`handling_time`](Self::handling_time).
    ///
    /// # Errors
    ///
    /// A [`ReceiveError`]; respond with its [`status`](ReceiveError::status).
    pub async fn receive(&self, headers: &HeaderMap, raw_body: &[u8]) -> Result<Received, ReceiveError> {
        let event = self.verifier.verify(headers, raw_body).map_err(ReceiveError::Rejected)?;
        let id = Uuid::new_v4();
        match self.store.claim(&event.id, id, self.handling_time).await.map_err(ReceiveError::Store)? {
            Seen::New => {
                let keep_for = self.keep_for.max(self.verifier.window());
                Ok(Received::New(ClaimedEvent { event, claim: Claim { id, store: Arc::clone(&self.store), keep_for } }))
            }
            Seen::Handled => Ok(Received::Duplicate(event)),
            Seen::InProgress => Err(ReceiveError::InProgress),
        }
    }
}

/// A verified delivery; see [`WebhookReceiver::receive`].
#[derive(Debug)]
#[must_use = "a new event is delivered again until it is confirmed"]
pub enum Received {
    /// The event is new: handle it.
    New(ClaimedEvent),
    /// The event was handled before: respond with a 2xx status and do nothing.
    Duplicate(Event),
}

/// A new event, which no other receiver with the same store handles for the
/// [`handling_time`](WebhookReceiver::handling_time).
///
/// - To handle each event **at least once**, handle it, then [`confirm`](Self::confirm) it: after a crash in between,
///   the event is handled again, so handling must be idempotent.
/// - To handle each event **at most once**, [`confirm`](Self::confirm) it, then handle it: after a crash in between,
///   the event is lost.
///
/// If it is dropped, the event stays claimed until the handling time has elapsed; the next delivery after that is new.
#[derive(Debug)]
#[must_use = "an event is delivered again until it is confirmed"]
pub struct ClaimedEvent {
    /// The event.
    pub event: Event,
    claim: Claim,
}

struct Claim {
    id: Uuid,
    store: Arc<dyn SeenEvents>,
    keep_for: Duration,
}

impl ClaimedEvent {
    /// Records that the event was handled, and returns it. From now on, its deliveries are duplicates.
    ///
    /// If the future is dropped, it is unknown whether this was recorded.
    ///
    /// # Errors
    ///
    /// If the store cannot be used. Respond with a 2xx status nevertheless if the event has been handled.
    pub async fn confirm(self) -> Result<Event> {
        self.claim.store.confirm(&self.event.id, self.claim.keep_for).await?;
        Ok(self.event)
    }

    /// Releases the claim, because handling the event failed, and returns the event. Respond with a 5xx status: the
    /// next delivery of the event is new.
    ///
    /// If the future is dropped, it is unknown whether the claim was released; it expires after the handling time.
    ///
    /// # Errors
    ///
    /// If the store cannot be used. The claim then expires after the handling time.
    pub async fn release(self) -> Result<Event> {
        self.claim.store.release(&self.event.id, self.claim.id).await?;
        Ok(self.event)
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Claim({})", self.id)
    }
}

/// The reason why a delivery should not be handled now; see [`WebhookReceiver::receive`].
///
/// It contains no part of the secret or the body, so it is safe to log.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The delivery does not come from the service, or cannot be read.
    Rejected(Rejected),
    /// Another delivery of the event is being handled, with an unknown outcome so far. If it fails, the event is new
    /// again.
    InProgress,
    /// The store of events cannot be used, so it is unknown whether the event is new.
    Store(Error),
}

impl ReceiveError {
    /// Returns the status to respond with: 400 Bad Request for a rejected delivery, otherwise 503 Service Unavailable,
    /// after which the service delivers the event again.
    ///
    /// The service disables an endpoint after 20 consecutive failures.
    ///
    /// ```
    /// use zapmail_sdk_ext::webhooks::{ReceiveError, Rejected};
    ///
    /// assert_eq!(ReceiveError::Rejected(Rejected::SignatureMismatch).status(), 400);
    /// assert_eq!(ReceiveError::InProgress.status(), 503);
    /// ```
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Rejected(rejected) => rejected.status(),
            Self::InProgress | Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl fmt::Display for ReceiveError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejected) => rejected.fmt(formatter),
            Self::InProgress => formatter
                .write_str("another delivery of the event is being handled; respond with 503 to have it retried"),
            Self::Store(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for ReceiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // The inner error's message is this error's message, so the chain continues with its source.
            Self::Rejected(_) | Self::InProgress => None,
            Self::Store(error) => std::error::Error::source(error),
        }
    }
}

impl From<ReceiveError> for Error {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::Rejected(rejected) => rejected.into(),
            ReceiveError::InProgress => Self::new(ErrorKind::Conflict, error.to_string()),
            ReceiveError::Store(error) => error,
        }
    }
}
