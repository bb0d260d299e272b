//! When a request is sent again: a table of what happened against whether repeating is harmless.
//!
//! | what happened | read, or idempotent | not idempotent, or spend |
//! | --- | --- | --- |
//! | refused before it was sent (DNS, connect, TLS) | again | again |
//! | 429: the service did not process it | again, after the pause | again, after the pause |
//! | 408, 5xx, a reset or a time-out after sending | again | stop: the outcome is unknown |
//! | an answer that hides what was done (a redirect, one that is too large) | stop | stop; the outcome is unknown, if it spends |
//! | any other answer | stop | stop |
//!
//! An answer that cannot be decoded is not repeated either; `call` judges it.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use http::StatusCode;
use zapmail_sdk::Operation;

use crate::error::Error;

/// How often and after which pauses a request is sent again, where that is safe.
///
/// The pause doubles from attempt to attempt, with jitter, so that many clients do not come back at once.
///
/// ```
/// use zapmail_sdk_ext::{Retries, Zapmail};
///
/// let zapmail = Zapmail::builder().api_key("not-a-real-key").retries(Retries::none()).build()?;
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    attempts: u32,
    shortest: Duration,
    longest: Duration,
}

/// Most attempts a call may have.
const MOST: u32 = 10;

/// Longest pause between attempts.
const LONGEST: Duration = Duration::from_secs(60 * 60);

impl Default for Retries {
    /// 4 attempts, with pauses from 0.5 to 30 seconds.
    fn default() -> Self {
        Self { attempts: 4, shortest: Duration::from_millis(500), longest: Duration::from_secs(30) }
    }
}

impl Retries {
    /// One attempt, whatever happens.
    pub fn none() -> Self {
        Self::default().attempts(1)
    }

    /// So many attempts at most, the first included: 1 to 10.
    #[must_use]
    pub fn attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    /// Pauses between these two.
    #[must_use]
    pub fn pauses(self, shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest, ..self }
    }

    /// # Errors
    ///
    /// When there would be no attempt, or so many that a failing service is hammered, or the pauses make no sense.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if !(1..=MOST).contains(&self.attempts) {
            let message = format!("`retries.attempts` is {}; it has to be between 1 and {MOST}", self.attempts);
            return Err(Error::config(message));
        }
        if self.shortest.is_zero() || self.shortest > self.longest || self.longest > LONGEST {
            let message = format!(
                "`retries.pauses` is {:?} to {:?}; it has to be two durations above zero, the second not below the first and \
                 at most {LONGEST:?}",
                self.shortest, self.longest
            );
            return Err(Error::config(message));
        }
        Ok(())
    }

    /// Most attempts of a call, the first included.
    pub(super) fn most(&self) -> u32 {
        self.attempts
    }

    /// The pauses of one call, without end. Jitter makes a pause up to twice as long, but not longer than the longest.
    pub(super) fn backoff(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        let Self { shortest, longest, .. } = *self;
        ExponentialBuilder::default()
            .with_min_delay(shortest)
            .with_max_delay(shortest.max(longest / 2))
            .without_max_times()
            .with_jitter()
            .build()
            .map(move |pause| pause.min(longest))
    }
}

/// What became of one attempt, as far as a repetition is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happened {
    /// It was refused before it was sent.
    NotSent,
    /// The service did not process it, because there were too many.
    RateLimited,
    /// It was sent, and nobody knows whether it was processed.
    InTheDark,
    /// It was answered, for good.
    Answered,
}

impl Happened {
    /// What an answer with this status says.
    pub fn from_status(status: StatusCode) -> Self {
        match status.as_u16() {
            429 => Self::RateLimited,
            408 | 500..=599 => Self::InTheDark,
            _ => Self::Answered,
        }
    }

    /// Whether the service may have carried the request out.
    pub fn may_have_been_sent(self) -> bool {
        !matches!(self, Self::NotSent | Self::RateLimited)
    }
}

/// What to do after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Send it again, if attempts and time are left.
    Again,
    /// It is over.
    Stop,
    /// It is over, and nobody knows whether it was carried out.
    OutcomeUnknown,
}

/// The table at the top of this file.
pub(super) fn decide(happened: Happened, operation: &Operation) -> Decision {
    match (happened, operation.is_safe_to_retry()) {
        (Happened::NotSent | Happened::RateLimited, _) | (Happened::InTheDark, true) => Decision::Again,
        (Happened::InTheDark, false) => Decision::OutcomeUnknown,
        (Happened::Answered, _) => Decision::Stop,
    }
}
