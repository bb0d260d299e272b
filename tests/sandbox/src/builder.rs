//! How a sandbox is set up.

use std::io;
use std::time::SystemTime;

use crate::clock::Moment;
use crate::sandbox::Sandbox;
use crate::state::StartingData;

/// Sets up a [`Sandbox`].
///
/// ```
/// use zapmail_sandbox::Sandbox;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let sandbox = Sandbox::builder().domains(200).mailboxes_per_domain(3).seed(7).start().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    port: u16,
    data: StartingData,
}

impl Builder {
    /// Number of domains, 24 by default: two thirds of them in the primary workspace, the others in the second one.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().domains(200);
    /// ```
    pub fn domains(mut self, domains: usize) -> Self {
        self.data.domains = domains;
        self
    }

    /// Number of mailboxes on each domain, 3 by default. More than five are more than the service takes.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().mailboxes_per_domain(1);
    /// ```
    pub fn mailboxes_per_domain(mut self, mailboxes: usize) -> Self {
        self.data.mailboxes_per_domain = mailboxes;
        self
    }

    /// Port on the loopback interface; 0, the default, takes any that is free.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().port(8080);
    /// ```
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// What identifiers and seeds of codes are made from, 1 by default. The same seed makes the same data.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().seed(7);
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.data.seed = seed;
        self
    }

    /// When the sandbox's time starts, by default on 23 November 2026, 09:00:00 UTC.
    ///
    /// With the system's time the codes of the sandbox are those that an authenticator app shows for the same seed.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().starting_at(SystemTime::now());
    /// ```
    pub fn starting_at(mut self, time: SystemTime) -> Self {
        self.data.start = Moment::from_system_time(time);
        self
    }

    /// Starts the sandbox.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::builder().start().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the port is taken or cannot be had.
    pub async fn start(self) -> io::Result<Sandbox> {
        Sandbox::start_with(self.port, &self.data).await
    }
}
