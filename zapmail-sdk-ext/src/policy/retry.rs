//! The retry policy: the number of attempts, and the delays between them.
//!
//! Whether a request is retried depends on the outcome of the attempt and on the operation:
//!
//! | outcome of an attempt | read or idempotent operation | other operation |
//! | --- | --- | --- |
//! | not sent (failure of DNS, connecting or TLS) | retry | retry |
//! | 429 (not processed) | retry, after `Retry-After` or a delay | retry, after `Retry-After` or a delay |
//! | ambiguous: 408, 5xx, or a lost connection or timeout after sending | retry | stop: outcome unknown |
//! | a response that cannot be decoded, is too large or redirects | stop | stop; outcome unknown if it spends |
//! | a 4xx (not 429) after an ambiguous attempt of a write | DELETE with 404: success; otherwise: outcome unknown | - |
//! | any other response | stop | stop |
//!
//! [`Error::with_operation`](zapmail_sdk::Error::with_operation) turns an ambiguous error into `OutcomeUnknown`, so
//! that [`Error::is_retryable`](zapmail_sdk::Error::is_retryable) is the entire retry decision.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use zapmail_sdk::{Error, Result};

/// The number of attempts for a request that is safe to retry, and the delays between them.
///
/// The delay doubles from attempt to attempt, with jitter, so that many clients do not retry at the same time. A
/// `Retry-After` header of the service replaces the delay.
///
/// ```
/// use zapmail_sdk_ext::{RetryPolicy, Zapmail};
///
/// let zapmail = Zapmail::builder().api_key("not-a-real-key").retry_policy(RetryPolicy::none()).build()?;
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: u32,
    min_delay: Duration,
    max_delay: Duration,
}

/// The largest number of attempts.
const MAX_ATTEMPTS: u32 = 10;

/// The longest delay between attempts.
const MAX_DELAY: Duration = Duration::from_secs(60 * 60);

impl Default for RetryPolicy {
    /// 4 attempts, with delays from 0.5 to 30 seconds.
    fn default() -> Self {
        Self { max_attempts: 4, min_delay: Duration::from_millis(500), max_delay: Duration::from_secs(30) }
    }
}

impl RetryPolicy {
    /// Disables retries.
    pub fn none() -> Self {
        Self::default().attempts(1)
    }

    /// Sets the maximum number of attempts, including the first (1 to 10). Defaults to 4.
    #[must_use]
    pub fn attempts(self, max: u32) -> Self {
        Self { max_attempts: max, ..self }
    }

    /// Sets the shortest and the longest delay between attempts. Defaults to 0.5 and 30 seconds.
    #[must_use]
    pub fn backoff(self, min: Duration, max: Duration) -> Self {
        Self { min_delay: min, max_delay: max, ..self }
    }

    /// # Errors
    ///
    /// If the number of attempts or the delays are out of range.
    pub(crate) fn check(&self) -> Result<()> {
        let Self { max_attempts, min_delay, max_delay } = self;
        if !(1..=MAX_ATTEMPTS).contains(max_attempts) {
            let message = format!("`retry_policy.attempts` is {max_attempts}; it must be between 1 and {MAX_ATTEMPTS}");
            return Err(Error::config(message));
        }
        if min_delay.is_zero() || min_delay > max_delay || *max_delay > MAX_DELAY {
            return Err(Error::config(format!(
                "`retry_policy.backoff` is {min_delay:?} to {max_delay:?}; it must satisfy 0 < min <= max <= {MAX_DELAY:?}"
            )));
        }
        Ok(())
    }

    pub(crate) fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// Returns the backoff delays of one call (infinite). Jitter makes a delay up to twice as long, but never longer
    /// than the maximum.
    pub(crate) fn delays(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        let Self { min_delay, max_delay, .. } = *self;
        ExponentialBuilder::default()
            .with_min_delay(min_delay)
            .with_max_delay(min_delay.max(max_delay / 2))
            .without_max_times()
            .with_jitter()
            .build()
            .map(move |delay| delay.min(max_delay))
    }
}
