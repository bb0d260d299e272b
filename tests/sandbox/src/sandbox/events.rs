//! Webhook events that a test sends, and their deliveries.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::Sandbox;
use crate::state::Delivery;

impl Sandbox {
    /// Sends an event to the webhook endpoints that receive its type. Returns the event's id, or `None` if no endpoint does.
    ///
    /// The event is delivered after this returns, signed and retried like the sandbox's own events. The outcome is in
    /// [`deliveries`](Self::deliveries). The signature contains the machine's time, so a receiver accepts it after
    /// [`advance`](Self::advance), too; `created` in the event is the sandbox's time.
    ///
    /// The service also sends events of groups from which no type is known, such as `workspace.*`. Every active endpoint
    /// receives an event of such a group, for example `workspace.renamed`.
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

    /// Sends an event as [`deliver`](Self::deliver) does, with a time of your own in its signatures: that of a receiver with
    /// its own clock, or one that a receiver has to reject. A time before 1970 becomes 0.
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

    /// Returns the attempts to deliver events so far, oldest first: the latest 10,000.
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
