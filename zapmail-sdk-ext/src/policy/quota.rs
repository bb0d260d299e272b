//! The quota: how many requests may be sent in which time.

use std::time::Duration;

use crate::error::Error;

/// How many requests may be sent in which time.
///
/// ```
/// use zapmail_sdk_ext::{Quota, Zapmail};
///
/// // A key with higher ceilings.
/// let quota = Quota::per_second(20).per_minute(600);
/// let zapmail = Zapmail::builder().api_key("not-a-real-key").quota(quota).build()?;
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub(super) second: Option<u32>,
    pub(super) minute: Option<u32>,
    pub(super) availability: Option<u32>,
}

/// Most requests a window may allow: their moments are kept.
const MOST: u32 = 100_000;

impl Quota {
    /// What the service documents: 5 requests in any second, 200 in any minute, and 100 in any 30 minutes for
    /// `search_available_domains` and `check_domain_availability` together.
    pub fn documented() -> Self {
        Self { second: Some(5), minute: Some(200), availability: Some(100) }
    }

    /// So many requests in any second, and the documented number of look-ups of free domain names.
    pub fn per_second(requests: u32) -> Self {
        Self { second: Some(requests), minute: None, ..Self::documented() }
    }

    /// So many requests in any minute, beside what else is set.
    #[must_use]
    pub fn per_minute(self, requests: u32) -> Self {
        Self { minute: Some(requests), ..self }
    }

    /// So many look-ups of free domain names in any 30 minutes, beside what else is set.
    #[must_use]
    pub fn availability_per_half_hour(self, requests: u32) -> Self {
        Self { availability: Some(requests), ..self }
    }

    /// No limit, for those who have their own. A 429 still pauses the client.
    pub fn unlimited() -> Self {
        Self { second: None, minute: None, availability: None }
    }

    /// # Errors
    ///
    /// When a window would let nothing through, or is too large to be kept.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let all = [
            ("per_second", self.second),
            ("per_minute", self.minute),
            ("availability_per_half_hour", self.availability),
        ];
        for (name, requests) in all {
            match requests {
                Some(0) => {
                    return Err(Error::config(format!(
                        "`quota.{name}` is zero, so nothing could ever be sent; for no limit use Quota::unlimited()"
                    )));
                }
                Some(requests) if requests > MOST => {
                    return Err(Error::config(format!(
                        "`quota.{name}` is {requests}, more than {MOST}; for no limit use Quota::unlimited()"
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What all requests count against: how many in any time of which length.
    pub(super) fn general(&self) -> impl Iterator<Item = (u32, Duration)> + use<> {
        let second = self.second.map(|requests| (requests, Duration::from_secs(1)));
        let minute = self.minute.map(|requests| (requests, Duration::from_secs(60)));
        second.into_iter().chain(minute)
    }

    /// What look-ups of free domain names count against as well.
    pub(super) fn availability(&self) -> impl Iterator<Item = (u32, Duration)> + use<> {
        self.availability.map(|requests| (requests, Duration::from_secs(30 * 60))).into_iter()
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self::documented()
    }
}
