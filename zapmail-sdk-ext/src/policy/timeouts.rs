//! Timeouts: of connecting, of an attempt, and of a whole call.

use std::time::Duration;

use tokio::time::Instant;

use zapmail_sdk::{Error, Result};

/// Replaces a duration that would overflow an `Instant`: one year.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The timeouts of connecting, of an attempt, and of a whole call.
///
/// ```
/// use std::time::Duration;
/// use zapmail_sdk_ext::{Timeouts, Zapmail};
///
/// let timeouts = Timeouts::default().call(Duration::from_secs(30));
/// let zapmail = Zapmail::builder().api_key("not-a-real-key").timeouts(timeouts).build()?;
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) attempt: Duration,
    pub(crate) call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), attempt: Duration::from_secs(60), call: Duration::from_secs(300) }
    }
}

impl Timeouts {
    /// Sets the timeout for connecting. Defaults to 10 seconds. It belongs to the HTTP client, so it has no effect in
    /// [`with_timeouts`](crate::Zapmail::with_timeouts).
    #[must_use]
    pub fn connect(self, connect: Duration) -> Self {
        Self { connect, ..self }
    }

    /// Sets the timeout of one attempt, including the response body. Defaults to 60 seconds, because some operations
    /// take more than 20 seconds.
    #[must_use]
    pub fn attempt(self, attempt: Duration) -> Self {
        Self { attempt, ..self }
    }

    /// Sets the total timeout of a call, including retries and rate limiting. Defaults to 5 minutes.
    #[must_use]
    pub fn call(self, call: Duration) -> Self {
        Self { call, ..self }
    }

    /// # Errors
    ///
    /// If a timeout is zero.
    pub(crate) fn check(&self) -> Result<()> {
        let all = [("connect", self.connect), ("attempt", self.attempt), ("call", self.call)];
        match all.iter().find(|(_, duration)| duration.is_zero()) {
            Some((name, _)) => {
                Err(Error::config(format!("`timeouts.{name}` is zero, so no call could succeed; set a longer timeout")))
            }
            None => Ok(()),
        }
    }
}

/// Returns `instant + duration`, saturating, because the service can request any delay.
pub(crate) fn later(instant: Instant, duration: Duration) -> Instant {
    instant.checked_add(duration).unwrap_or_else(|| instant + FAR)
}
