//! Methods of `Sandbox` that return the requests, charges and exports so far.

use std::collections::BTreeMap;

use super::Sandbox;
use crate::log::LoggedRequest;
use crate::state::{ExportEntry, LedgerEntry};

impl Sandbox {
    /// Returns the requests so far, oldest first. The log is limited to the latest 100,000 requests, and to 64 MiB of
    /// bodies.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// assert!(sandbox.requests().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.service.log().all()
    }

    /// Returns the [`requests`](Self::requests) for one operation.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// assert!(sandbox.requests_of("purchase_domains").is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn requests_of(&self, operation: &str) -> Vec<LoggedRequest> {
        self.service.log().of(operation)
    }

    /// Returns the number of [`requests`](Self::requests) for each operation; operations without requests are omitted.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// assert_eq!(sandbox.request_counts().get("get_user"), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn request_counts(&self) -> BTreeMap<String, usize> {
        self.service.log().counts()
    }

    /// Returns the charges so far, oldest first.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// assert!(sandbox.ledger().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        self.service.state().ledger.entries()
    }

    /// Returns the exports so far, oldest first, each with its mailboxes.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// assert!(sandbox.exports().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn exports(&self) -> Vec<ExportEntry> {
        self.service.state().export_entries()
    }
}
