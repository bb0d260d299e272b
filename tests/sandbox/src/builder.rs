//! How a sandbox is set up.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::clock::Moment;
use crate::quota::Quota;
use crate::sandbox::Sandbox;
use crate::settings::Settings;
use crate::shapes::Shapes;
use crate::state::{Cents, StartingData};

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
    settings: Settings,
    data: StartingData,
}

impl Builder {
    /// Number of domains, 24 by default and 100,000 at most: two thirds of them in the primary workspace, the others in the
    /// second one.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().domains(200);
    /// ```
    pub fn domains(mut self, domains: usize) -> Self {
        self.data.domains = domains;
        self
    }

    /// Number of mailboxes on each domain, 3 by default and 20 at most. More than five are more than the service takes.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().mailboxes_per_domain(1);
    /// ```
    pub fn mailboxes_per_domain(mut self, mailboxes: usize) -> Self {
        self.data.mailboxes_per_domain = mailboxes;
        self
    }

    /// Port to answer on; 0, the default, takes any that is free.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().port(8080);
    /// ```
    pub fn port(mut self, port: u16) -> Self {
        self.settings.port = port;
        self
    }

    /// Address to answer on, 127.0.0.1 by default.
    ///
    /// With any other than a loopback address, everybody who can reach this machine can use the sandbox, whose key is no
    /// secret. Its own requests under `/_sandbox/` are answered to this machine only.
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

    /// How many requests are let through, by default as many as documented.
    ///
    /// ```
    /// # use zapmail_sandbox::{Quota, Sandbox};
    /// let builder = Sandbox::builder().quota(Quota::unlimited());
    /// ```
    pub fn quota(mut self, quota: Quota) -> Self {
        self.settings.quota = quota;
        self
    }

    /// How long each answer is on its way, by default no time. The request is carried out before.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().latency(Duration::from_millis(300));
    /// ```
    pub fn latency(mut self, time: Duration) -> Self {
        self.settings.latency = time;
        self
    }

    /// File to keep the state in, as JSON, by default none.
    ///
    /// If there is such a file, the sandbox goes on from it, whatever other data the builder asks for; otherwise it makes
    /// one. It is replaced after every request that writes, before that is answered, and once more by
    /// [`Sandbox::stop`]. Requests, quotas and faults are not kept.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().state_file("sandbox.json");
    /// ```
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.state_file = Some(path.into());
        self
    }

    /// Which form answers have where the documentation and the live service differ, by default the live one.
    ///
    /// ```
    /// # use zapmail_sandbox::{Sandbox, Shapes};
    /// let builder = Sandbox::builder().shapes(Shapes::Documented);
    /// ```
    pub fn shapes(mut self, shapes: Shapes) -> Self {
        self.data.shapes = shapes;
        self
    }

    /// What is in the wallet, in US cents, 6,450 by default.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// let builder = Sandbox::builder().wallet_cents(50_000);
    /// ```
    pub fn wallet_cents(mut self, cents: u64) -> Self {
        self.data.wallet = Cents(cents);
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

    /// When the sandbox's time starts, by default on 23 November 2026, 09:00:00 UTC. It ends with the year 9999.
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

    /// Creates a sandbox that has no port: only [`Sandbox::transport`] reaches it. Port and address do not matter, and no
    /// webhook event is delivered.
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
    /// Those of [`start`](Self::start), except for the port.
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
    /// If the port is taken or cannot be had, if the state file cannot be read or written or holds no state, or if more than
    /// 100,000 domains or more than 20 mailboxes on each are asked for ([`io::ErrorKind::InvalidInput`]).
    pub async fn start(self) -> io::Result<Sandbox> {
        Sandbox::start_with(self.settings, &self.data).await
    }
}
