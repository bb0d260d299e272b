//! The methods of `Sandbox` for a sandbox in another process: each sends one request.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{RemoteError, RemoteSandbox, send};
use crate::clock::rfc3339;
use crate::faults::{Fault, FaultRequest};
use crate::log::LoggedRequest;
use crate::state::{Delivery, ExportEntry, LedgerEntry, WorkspaceEntry};

impl RemoteSandbox {
    /// Returns the workspaces as they are now, the primary one first; see
    /// [`Sandbox::workspaces`](crate::Sandbox::workspaces).
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// assert_eq!(sandbox.workspaces().await?[1].name, "Client North");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond.
    pub async fn workspaces(&self) -> Result<Vec<WorkspaceEntry>, RemoteError> {
        self.get("workspaces").await
    }

    /// Returns the sandbox's time, in whole milliseconds; see [`Sandbox::now`](crate::Sandbox::now).
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// assert!(sandbox.now().await? <= other_process.now());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond.
    pub async fn now(&self) -> Result<SystemTime, RemoteError> {
        self.get::<Now>("now").await.map(|time| time.now)
    }

    /// Advances the sandbox's time; see [`Sandbox::advance`](crate::Sandbox::advance). The sandbox refuses to advance
    /// beyond the year 9999.
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// // New mailboxes are ready after two minutes.
    /// sandbox.advance(std::time::Duration::from_secs(120)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond, or refuses the request.
    pub async fn advance(&self, duration: Duration) -> Result<(), RemoteError> {
        self.request(Method::POST, "advance", &json!({"seconds": duration.as_secs_f64()})).await.map(|Now { .. }| ())
    }

    /// Applies a fault to the next request for an operation; `*` means any operation. See
    /// [`Sandbox::fail_next`](crate::Sandbox::fail_next).
    ///
    /// ```
    /// # use zapmail_sandbox::{Fault, RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// sandbox.fail_next("purchase_domains", Fault::DropAfterRequest).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond, or refuses the request.
    pub async fn fail_next(&self, operation: &str, fault: Fault) -> Result<(), RemoteError> {
        self.fail_next_n(operation, fault, 1).await
    }

    /// Applies a fault to each of the next `times` requests for an operation, up to 1,000; see
    /// [`Sandbox::fail_next_n`](crate::Sandbox::fail_next_n).
    ///
    /// ```
    /// # use zapmail_sandbox::{Fault, RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// sandbox.fail_next_n("list_mailboxes", Fault::status(502), 3).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond, or refuses the request.
    pub async fn fail_next_n(&self, operation: &str, fault: Fault, times: usize) -> Result<(), RemoteError> {
        let request = json!(FaultRequest::new(operation, fault, times));
        self.request::<Value>(Method::POST, "faults", &request).await.map(drop)
    }

    /// Removes the faults that have not been applied yet; see [`Sandbox::clear_faults`](crate::Sandbox::clear_faults).
    ///
    /// ```
    /// # use zapmail_sandbox::{Fault, RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// sandbox.fail_next("list_mailboxes", Fault::CutBody).await?;
    /// sandbox.clear_faults().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond.
    pub async fn clear_faults(&self) -> Result<(), RemoteError> {
        send(self.client.delete(self.control_url("faults"))).await
    }

    /// Returns the requests so far, oldest first, without credentials in their bodies; see
    /// [`Sandbox::requests`](crate::Sandbox::requests).
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// assert!(sandbox.requests().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond.
    pub async fn requests(&self) -> Result<Vec<LoggedRequest>, RemoteError> {
        self.get("requests").await
    }

    /// Returns the [`requests`](Self::requests) for one operation.
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// assert!(sandbox.requests_of("purchase_domains").await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond.
    pub async fn requests_of(&self, operation: &str) -> Result<Vec<LoggedRequest>, RemoteError> {
        let mut url = self.control_url("requests");
        url.query_pairs_mut().append_pair("operation", operation);
        send(self.client.get(url)).await
    }

    /// Returns the number of [`requests`](Self::requests) for each operation; operations without requests are omitted.
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// assert_eq!(sandbox.request_counts().await?.get("get_user"), None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond.
    pub async fn request_counts(&self) -> Result<BTreeMap<String, usize>, RemoteError> {
        self.get("request-counts").await
    }

    /// Returns the charges so far, oldest first; see [`Sandbox::ledger`](crate::Sandbox::ledger).
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// assert!(sandbox.ledger().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond.
    pub async fn ledger(&self) -> Result<Vec<LedgerEntry>, RemoteError> {
        self.get("ledger").await
    }

    /// Returns the exports so far, oldest first; see [`Sandbox::exports`](crate::Sandbox::exports).
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// assert!(sandbox.exports().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond.
    pub async fn exports(&self) -> Result<Vec<ExportEntry>, RemoteError> {
        self.get("exports").await
    }

    /// Sends an event to the webhook endpoints that receive its type; see
    /// [`Sandbox::deliver`](crate::Sandbox::deliver). Returns the event's id, or `None` if no endpoint receives the
    /// type.
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// // No endpoint has been created yet.
    /// let data = serde_json::json!({"export_id": 10421});
    /// assert_eq!(sandbox.deliver("export.reconnected", data).await?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond, or refuses the request.
    pub async fn deliver(&self, event_type: &str, data: Value) -> Result<Option<String>, RemoteError> {
        self.deliver_event(json!({"type": event_type, "data": data})).await
    }

    /// Sends an event with a custom time in its signatures; see
    /// [`Sandbox::deliver_signed_at`](crate::Sandbox::deliver_signed_at). A time before 1970 becomes 0.
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// let an_hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    /// let data = serde_json::json!({"export_id": 10421});
    /// assert_eq!(sandbox.deliver_signed_at("export.reconnected", data, an_hour_ago).await?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond, or refuses the request.
    pub async fn deliver_signed_at(
        &self,
        event_type: &str,
        data: Value,
        time: SystemTime,
    ) -> Result<Option<String>, RemoteError> {
        let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.deliver_event(json!({"type": event_type, "data": data, "signed_at": seconds})).await
    }

    /// Returns the attempts to deliver webhook events so far; see [`Sandbox::deliveries`](crate::Sandbox::deliveries).
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// assert!(sandbox.deliveries().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond.
    pub async fn deliveries(&self) -> Result<Vec<Delivery>, RemoteError> {
        self.get("deliveries").await
    }

    /// Grants or revokes the account owner's consent to Zapbox; see
    /// [`Sandbox::set_zapbox_consent`](crate::Sandbox::set_zapbox_consent).
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// # let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// sandbox.set_zapbox_consent(false).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the sandbox does not respond.
    pub async fn set_zapbox_consent(&self, given: bool) -> Result<(), RemoteError> {
        self.request(Method::PUT, "zapbox-consent", &json!({"given": given})).await
    }

    async fn deliver_event(&self, event: Value) -> Result<Option<String>, RemoteError> {
        self.request(Method::POST, "deliver", &event).await.map(|QueuedEvent { event }| event)
    }
}

#[derive(Deserialize)]
struct Now {
    #[serde(with = "rfc3339")]
    now: SystemTime,
}

#[derive(Deserialize)]
struct QueuedEvent {
    event: Option<String>,
}
