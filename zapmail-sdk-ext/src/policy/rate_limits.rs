//! The rate limits: the maximum number of requests per time window.

use std::time::Duration;

use zapmail_sdk::{Error, Result};

/// The maximum number of requests per time window. Defaults to the limits that the service documents.
///
/// ```
/// use zapmail_sdk_ext::{RateLimits, Zapmail};
///
/// // A key with higher limits.
/// let limits = RateLimits::default().per_second(20).per_minute(600);
/// let zapmail = Zapmail::builder().api_key("not-a-real-key").rate_limits(limits).build()?;
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    second: Option<u32>,
    minute: Option<u32>,
    availability: Option<u32>,
}

/// The largest limit of a window, because the time of each request is stored.
const MAX_REQUESTS: u32 = 100_000;

impl Default for RateLimits {
    /// 5 requests in any second, 200 in any minute, and 100 in any 30 minutes for `search_available_domains` and
    /// `check_domain_availability` together.
    fn default() -> Self {
        Self { second: Some(5), minute: Some(200), availability: Some(100) }
    }
}

impl RateLimits {
    /// Sets the maximum number of requests in any second. Defaults to 5.
    #[must_use]
    pub fn per_second(self, requests: u32) -> Self {
        Self { second: Some(requests), ..self }
    }

    /// Sets the maximum number of requests in any minute. Defaults to 200.
    #[must_use]
    pub fn per_minute(self, requests: u32) -> Self {
        Self { minute: Some(requests), ..self }
    }

    /// Sets the maximum number of availability checks in any 30 minutes. Defaults to 100.
    #[must_use]
    pub fn availability_checks_per_30_min(self, requests: u32) -> Self {
        Self { availability: Some(requests), ..self }
    }

    /// Disables client-side rate limiting. A 429 still delays the whole client.
    pub fn unlimited() -> Self {
        Self { second: None, minute: None, availability: None }
    }

    /// # Errors
    ///
    /// If a limit is zero, or too large to store the time of each request.
    pub(crate) fn check(&self) -> Result<()> {
        let all = [
            ("per_second", self.second),
            ("per_minute", self.minute),
            ("availability_checks_per_30_min", self.availability),
        ];
        for (name, requests) in all {
            match requests {
                Some(0) => {
                    return Err(Error::config(format!(
                        "`rate_limits.{name}` is zero, so no request could be sent; to disable rate limiting, use \
                         `RateLimits::unlimited()`"
                    )));
                }
                Some(requests) if requests > MAX_REQUESTS => {
                    return Err(Error::config(format!(
                        "`rate_limits.{name}` is {requests}, which exceeds the maximum of {MAX_REQUESTS}; to disable \
                         rate limiting, use `RateLimits::unlimited()`"
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns the share of each process if `processes` processes split these limits.
    ///
    /// # Errors
    ///
    /// If a limit cannot be split into at least one request for each process.
    #[cfg(feature = "redis")]
    pub(super) fn share(self, processes: u32) -> Result<Self> {
        let share_of = |limit: Option<u32>| match limit {
            None => Ok(None),
            Some(requests) => match requests.checked_div(processes) {
                Some(share) if share > 0 => Ok(Some(share)),
                _ => Err(Error::config(format!(
                    "`local_share` is {processes} processes, but a limit of {requests} requests cannot be split among \
                     them; use a number from 1 to {requests}, or remove the local share"
                ))),
            },
        };
        let Self { second, minute, availability } = self;
        Ok(Self { second: share_of(second)?, minute: share_of(minute)?, availability: share_of(availability)? })
    }

    /// Returns the windows that count all requests: the maximum number of requests and the length of each.
    pub(super) fn general(&self) -> impl Iterator<Item = (u32, Duration)> + use<> {
        let second = self.second.map(|requests| (requests, Duration::from_secs(1)));
        let minute = self.minute.map(|requests| (requests, Duration::from_secs(60)));
        second.into_iter().chain(minute)
    }

    /// Returns the windows that count availability checks only, which apply in addition to the general ones.
    pub(super) fn availability(&self) -> impl Iterator<Item = (u32, Duration)> + use<> {
        self.availability.map(|requests| (requests, Duration::from_secs(30 * 60))).into_iter()
    }
}
