//! The method of `Sandbox` that returns the exports so far.

use super::Sandbox;
use crate::state::ExportEntry;

impl Sandbox {
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
