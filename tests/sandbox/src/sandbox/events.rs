//! Events for webhooks, as a test sends them and looks at them.

use serde_json::Value;

use super::Sandbox;
use crate::state::Delivery;

impl Sandbox {
    /// Sends an event to the webhook endpoints that want its type; its id, unless there is none.
    ///
    /// It is on its way when this returns, signed and tried again like the sandbox's own events. What came of it is in
    /// [`deliveries`](Self::deliveries).
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

    /// What came of the attempts to deliver events so far, oldest first: the latest 10,000.
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
