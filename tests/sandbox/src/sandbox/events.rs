//! Methods of `Sandbox` that send webhook events and return their deliveries.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::Sandbox;
use crate::state::Delivery;

impl Sandbox {
    /// Sends an event to the webhook endpoints that receive its type. Returns the event's id, or `None` if no endpoint
    /// receives the type.
    ///
    /// The event is delivered after this method returns, signed and retried like the sandbox's own events. The outcome
    /// is in [`deliveries`](Self::deliveries). The signature contains the machine's time, so that a receiver accepts it
    /// even after [`advance`](Self::advance); `created` in the event is the sandbox's time.
    ///
    /// The service also sends events of groups without documented types, such as `workspace.*`. Every active endpoint
    /// receives the events of these groups, for example `workspace.renamed`.
    ///
    /// ```
    /// # use serde_json::json;
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// // No endpoint has been created yet.
    /// assert_eq!(sandbox.deliver("export.reconnected", json!({"export_id": 10421})), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn deliver(&self, event_type: &str, data: Value) -> Option<String> {
        self.service.state().emit(event_type, data)
    }

    /// Sends an event like [`deliver`](Self::deliver), with a custom time in its signatures: for example, the time of a
    /// receiver with a simulated clock, or a time that a receiver must reject. A time before 1970 becomes 0.
    ///
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # use serde_json::json;
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
    /// // No endpoint has been created yet.
    /// assert_eq!(sandbox.deliver_signed_at("mailbox.updated", json!({}), an_hour_ago), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn deliver_signed_at(&self, event_type: &str, data: Value, time: SystemTime) -> Option<String> {
        let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.service.state().emit_signed(event_type, data, Some(seconds))
    }

    /// Returns the latest 10,000 attempts to deliver events, oldest first.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// assert!(sandbox.deliveries().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.service.state().webhooks.log()
    }
}
