//! Webhooks: verifies that an event comes from the service, parses it, and recognizes events that were handled before.
//!
//! [The guide](crate::guide::webhooks) has a complete receiver.
//!
//! - [`WebhookVerifier`] checks the signature of a delivery and returns its [`Event`].
//! - [`WebhookReceiver`] also recognizes repeated deliveries, with a store that implements [`SeenEvents`].
//! - [`ensure_endpoint`] registers the URL of a receiver with the service, once.
//! - [`sign`] signs a body as the service does, for tests of a receiver.

mod data;
mod endpoint;
mod event;
mod fields;
mod receiver;
mod rejected;
mod seen;
mod signature;
#[cfg(test)]
mod tests;
mod times;
mod verifier;

use std::time::Duration;

pub use data::{
    DomainConnectionStatusChanged, DomainUpdated, EventData, ExportEvent, MailboxUpdated, PlacementTestStatusChanged,
    SubscriptionBillingChanged, SubscriptionStatusChanged,
};
pub use endpoint::{EndpointChange, EnsuredEndpoint, ensure_endpoint};
pub use event::Event;
pub use receiver::{ClaimedEvent, ReceiveError, Received, WebhookReceiver};
pub use rejected::Rejected;
#[cfg(feature = "redis")]
pub use seen::SeenInRedis;
pub use seen::{Seen, SeenEvents, SeenInMemory};
pub use signature::sign;
pub use verifier::WebhookVerifier;

/// The header that contains the signature.
pub const SIGNATURE_HEADER: &str = "x-zapmail-signature";

/// The default tolerance for a signature's timestamp: 5 minutes.
pub const TOLERANCE: Duration = Duration::from_secs(300);
