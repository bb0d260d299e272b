//! Methods of `Sandbox` that add and clear faults.

use super::Sandbox;
use crate::faults::{Fault, UnknownOperation};

impl Sandbox {
    /// Applies a fault to the next request for an operation; `*` means any operation.
    ///
    /// Faults are queued in the order in which they were added, and each affects one request. A request that exceeds a
    /// quota does not consume a fault.
    ///
    /// ```
    /// use zapmail_sandbox::{Fault, Sandbox};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.fail_next("purchase_domains", Fault::DropAfterRequest)?;
    /// sandbox.fail_next("*", Fault::status(503))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownOperation`] if the document has no such operation.
    pub fn fail_next(&self, operation: &str, fault: Fault) -> Result<(), UnknownOperation> {
        self.fail_next_n(operation, fault, 1)
    }

    /// Applies a fault to each of the next `times` requests for an operation.
    ///
    /// ```
    /// # use zapmail_sandbox::{Fault, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.fail_next_n("list_mailboxes", Fault::status(502), 3)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownOperation`] if the document has no such operation.
    pub fn fail_next_n(&self, operation: &str, fault: Fault, times: usize) -> Result<(), UnknownOperation> {
        self.service.fail_next(operation, fault, times)
    }

    /// Removes the faults that have not been applied yet.
    ///
    /// ```
    /// # use zapmail_sandbox::{Fault, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.fail_next_n("list_mailboxes", Fault::CutBody, 3)?;
    /// sandbox.clear_faults();
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear_faults(&self) {
        self.service.faults().clear();
    }
}
