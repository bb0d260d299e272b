//! Faults on cue, for a test.

use super::Sandbox;
use crate::faults::{Fault, UnknownOperation};

impl Sandbox {
    /// Lets the next request of an operation meet a fault, or the next request at all if the operation is `*`.
    ///
    /// Faults wait in the order in which they were asked for, each for one request. A request that the quota refuses is none.
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
    /// If the document has no such operation.
    pub fn fail_next(&self, operation: &str, fault: Fault) -> Result<(), UnknownOperation> {
        self.fail_next_n(operation, fault, 1)
    }

    /// Lets the next requests of an operation meet a fault, each the same one.
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
    /// If the document has no such operation.
    pub fn fail_next_n(&self, operation: &str, fault: Fault, times: usize) -> Result<(), UnknownOperation> {
        self.service.fail_next(operation, fault, times)
    }

    /// Takes back the faults that no request has met yet.
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
