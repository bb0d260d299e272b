//! How long a call may take.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;

/// What stands for a time that the clock cannot tell: a year.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long a connection, an attempt and a whole call may take.
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
    /// Until a connection stands: 10 seconds, unless set. Not used with a client of your own
    /// ([`Builder::http_client`](crate::Builder::http_client)).
    #[must_use]
    pub fn connect(self, connect: Duration) -> Self {
        Self { connect, ..self }
    }

    /// Until one request is answered in full: 60 seconds, unless set, since some operations take more than 20.
    #[must_use]
    pub fn attempt(self, attempt: Duration) -> Self {
        Self { attempt, ..self }
    }

    /// Until the call is done, with all attempts and all waiting: 5 minutes, unless set.
    #[must_use]
    pub fn call(self, call: Duration) -> Self {
        Self { call, ..self }
    }

    /// # Errors
    ///
    /// When one of them is zero.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let all = [("connect", self.connect), ("attempt", self.attempt), ("call", self.call)];
        match all.iter().find(|(_, duration)| duration.is_zero()) {
            Some((name, _)) => Err(Error::config(format!(
                "`timeouts.{name}` is zero, so nothing could ever be answered; give it some time"
            ))),
            None => Ok(()),
        }
    }
}

/// The moment so long after another; far away, when the clock does not reach so far. A service can ask for any wait.
pub(crate) fn later(moment: Instant, duration: Duration) -> Instant {
    moment.checked_add(duration).unwrap_or_else(|| moment + FAR)
}
