//! The builder of a sandbox.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::Sandbox;
use crate::clock::Timestamp;
use crate::quota::Quota;
use crate::settings::Settings;
use crate::shapes::Shapes;
use crate::state::{Cents, StartingData};

/// A builder for a [`Sandbox`].
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
#[must_use = "a builder does nothing until `start` or `build` is called"]
pub struct Builder {
    settings: Settings,
    data: StartingData,
}

impl Builder {
    /// Sets the number of domains, up to 100,000. Two thirds of them are in the primary workspace, the others in the
    /// second workspace. Defaults to 24.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().domains(200);
    /// ```
    pub fn domains(mut self, domains: usize) -> Self {
        self.data.domains = domains;
        self
    }

    /// Sets the number of mailboxes per domain, up to 20. The service itself accepts up to five. Defaults to 3.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().mailboxes_per_domain(1);
    /// ```
    pub fn mailboxes_per_domain(mut self, mailboxes: usize) -> Self {
        self.data.mailboxes_per_domain = mailboxes;
        self
    }

    /// Sets the port to listen on. Defaults to 0, which selects a free port.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().port(8080);
    /// ```
    pub fn port(mut self, port: u16) -> Self {
        self.settings.port = port;
        self
    }

    /// Sets the address to listen on. Defaults to 127.0.0.1.
    ///
    /// If it is not a loopback address, anyone who can reach this machine can use the sandbox, because its key is not
    /// secret. Requests to `/_sandbox/` are accepted from this machine only.
    ///
    /// ```
    /// # use std::net::Ipv6Addr;
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().bind(Ipv6Addr::LOCALHOST.into());
    /// ```
    pub fn bind(mut self, address: IpAddr) -> Self {
        self.settings.address = address;
        self
    }

    /// Sets the quotas. Defaults to [`Quota::documented`].
    ///
    /// ```
    /// # use zapmail_sandbox::{Quota, Sandbox};
    /// let builder = Sandbox::builder().quota(Quota::unlimited());
    /// ```
    pub fn quota(mut self, quota: Quota) -> Self {
        self.settings.quota = quota;
        self
    }

    /// Sets the delay of each response. The request is processed before the delay. Defaults to zero.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().latency(Duration::from_millis(300));
    /// ```
    pub fn latency(mut self, delay: Duration) -> Self {
        self.settings.latency = delay;
        self
    }

    /// Sets the file in which the state is stored, as JSON. By default, the state is not stored.
    ///
    /// If the file exists, the sandbox continues from it and ignores the initial data of the builder; otherwise it
    /// creates the file. The file is replaced after every request that writes, before the response is sent, and again
    /// by [`Sandbox::stop`]. Requests, quotas and faults are not stored.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().state_file("sandbox.json");
    /// ```
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.state_file = Some(path.into());
        self
    }

    /// Sets the shapes of the responses that differ between the documentation and the live service. Defaults to
    /// [`Shapes::Live`].
    ///
    /// ```
    /// # use zapmail_sandbox::{Sandbox, Shapes};
    /// let builder = Sandbox::builder().shapes(Shapes::Documented);
    /// ```
    pub fn shapes(mut self, shapes: Shapes) -> Self {
        self.data.shapes = shapes;
        self
    }

    /// Sets the initial balance of the wallet, in US cents. Defaults to 6,450.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().wallet_cents(50_000);
    /// ```
    pub fn wallet_cents(mut self, cents: u64) -> Self {
        self.data.wallet = Cents(cents);
        self
    }

    /// Sets the number that identifiers and code seeds are derived from. The same seed creates the same data. Defaults
    /// to 1.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().seed(7);
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.data.seed = seed;
        self
    }

    /// Sets the initial time of the sandbox's clock, which stops at the end of the year 9999. Defaults to 23 November
    /// 2026, 09:00:00 UTC.
    ///
    /// With the system's time, the sandbox returns the codes that an authenticator app shows for the same seed.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().starting_at(SystemTime::now());
    /// ```
    pub fn starting_at(mut self, time: SystemTime) -> Self {
        self.data.start = Timestamp::from_system_time(time);
        self
    }

    /// Creates a sandbox without a port: requests reach it only through [`Sandbox::transport`]. Port and address have
    /// no effect, and no webhook event is delivered.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::builder().domains(3).build()?;
    /// let transport = sandbox.transport();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`start`](Self::start), except errors of the port.
    pub fn build(self) -> io::Result<Sandbox> {
        Sandbox::build_with(self.settings, &self.data)
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
    /// [`io::Error`] if the port is in use or cannot be used, or if the state file cannot be read or written;
    /// [`io::ErrorKind::InvalidData`] if the state file does not contain the state of a sandbox;
    /// [`io::ErrorKind::InvalidInput`] if there are more than 100,000 domains, or more than 20 mailboxes per domain.
    pub async fn start(self) -> io::Result<Sandbox> {
        Sandbox::start_with(self.settings, &self.data).await
    }
}
