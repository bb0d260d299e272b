//! The log of attempts to deliver events to webhook endpoints.

use serde::{Deserialize, Serialize};

/// One attempt to deliver an event to a webhook endpoint.
///
/// ```
/// # use serde_json::json;
/// # use zapmail_sandbox::{DeliveryOutcome, Sandbox};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// let endpoint = json!({"url": "https://hooks.example.com/zapmail", "enabled_events": ["export.completed"]});
/// let url = format!("{}/v2/webhooks/endpoints", sandbox.base_url());
/// reqwest::Client::new().post(url).header("x-auth-zapmail", sandbox.api_key()).json(&endpoint).send().await?;
///
/// sandbox.deliver("export.completed", json!({"export_id": 10421}));
/// // Nothing leaves this machine.
/// assert_eq!(sandbox.deliveries()[0].outcome, DeliveryOutcome::Skipped);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Delivery {
    /// Id of the endpoint.
    pub endpoint: String,
    /// Id of the event, which is the same for all attempts to deliver it.
    pub event: String,
    /// Type of the event, such as `export.completed`.
    pub event_type: String,
    /// Number of the attempt, from 1 to 8.
    pub attempt: u32,
    /// Outcome of the attempt.
    #[serde(flatten)]
    pub outcome: DeliveryOutcome,
}

/// The outcome of a [`Delivery`].
///
/// ```
/// # use zapmail_sandbox::DeliveryOutcome;
/// assert!(DeliveryOutcome::Responded(204).is_success());
/// assert!(!DeliveryOutcome::Responded(500).is_success());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "status", rename_all = "lowercase")]
#[non_exhaustive]
pub enum DeliveryOutcome {
    /// The endpoint responded with this HTTP status.
    Responded(u16),
    /// The endpoint could not be reached, or did not respond within 10 seconds.
    Unreachable,
    /// Nothing was sent, because the endpoint's URL is not plain HTTP on the loopback interface. There are no retries.
    Skipped,
}

impl DeliveryOutcome {
    /// Returns whether the endpoint accepted the event, with a 2xx status.
    ///
    /// ```
    /// # use zapmail_sandbox::DeliveryOutcome;
    /// assert!(!DeliveryOutcome::Skipped.is_success());
    /// ```
    pub fn is_success(self) -> bool {
        matches!(self, Self::Responded(200..=299))
    }
}
