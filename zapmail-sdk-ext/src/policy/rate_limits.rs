//! The rate limits: how many requests may be sent in which time.

use std::time::Duration;

use zapmail_sdk::{Error, Result};

/// How many requests may be sent in which time. The default is what the service documents.
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

/// The largest number of requests of a window: the time of each is kept.
const MOST: u32 = 100_000;

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
    /// If a window allows no request, or too many to keep their times.
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
                        "`rate_limits.{name}` is zero, so nothing could be sent; for no limit use `RateLimits::unlimited()`"
                    )));
                }
                Some(requests) if requests > MOST => {
                    return Err(Error::config(format!(
                        "`rate_limits.{name}` is {requests}, more than {MOST}; for no limit use `RateLimits::unlimited()`"
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The part of one of this number of processes.
    ///
    /// # Errors
    ///
    /// If a limit has less than one request for each.
    #[cfg(feature = "redis")]
    pub(super) fn share(self, processes: u32) -> Result<Self> {
        let part = |limit: Option<u32>| match limit {
            None => Ok(None),
            Some(requests) => match requests.checked_div(processes) {
                Some(part) if part > 0 => Ok(Some(part)),
                _ => Err(Error::config(format!(
                    "`local_share` is {processes} processes, but a limit of {requests} requests has no whole request for \
                     each; use a number from 1 to {requests}, or no local share"
                ))),
            },
        };
        let Self { second, minute, availability } = self;
        Ok(Self { second: part(second)?, minute: part(minute)?, availability: part(availability)? })
    }

    /// The windows of all requests: the number of requests and the length.
    pub(super) fn general(&self) -> impl Iterator<Item = (u32, Duration)> + use<> {
        let second = self.second.map(|requests| (requests, Duration::from_secs(1)));
        let minute = self.minute.map(|requests| (requests, Duration::from_secs(60)));
        second.into_iter().chain(minute)
    }

    /// The windows of availability checks, in addition to the general ones.
    pub(super) fn availability(&self) -> impl Iterator<Item = (u32, Duration)> + use<> {
        self.availability.map(|requests| (requests, Duration::from_secs(30 * 60))).into_iter()
    }
}
