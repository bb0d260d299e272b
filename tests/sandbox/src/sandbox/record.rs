//! What a sandbox has seen and charged.

use std::collections::BTreeMap;

use super::Sandbox;
use crate::log::LoggedRequest;
use crate::state::LedgerEntry;

impl Sandbox {
    /// What it was asked so far, oldest first: the latest 100,000 requests.
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

    /// Those of [`requests`](Self::requests) that asked for one operation.
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

    /// How many of [`requests`](Self::requests) asked for each operation; those that none asked for are not in it.
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

    /// What was charged so far, oldest first.
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
}
