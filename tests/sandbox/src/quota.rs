//! Quotas: the number of requests that are admitted, counted like the service does, per key in sliding windows.
//!
//! The limiter runs before everything else, including the check of the key. A request that it refuses is not processed,
//! and, as far as is known, does not count against the quotas.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::envelope::Refusal;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HALF_HOUR: Duration = Duration::from_secs(30 * 60);

/// The maximum numbers of requests per key.
///
/// ```
/// use zapmail_sandbox::{Quota, Sandbox};
///
/// // A key with a higher limit, which some accounts have.
/// let builder = Sandbox::builder().quota(Quota::documented().per_second(20).per_minute(600));
/// // No limit.
/// let builder = Sandbox::builder().quota(Quota::unlimited());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Quota {
    per_second: Option<usize>,
    per_minute: Option<usize>,
    availability: Option<usize>,
}

impl Quota {
    /// Returns the documented quotas, which are the default: 5 requests per second, 200 per minute, and 100
    /// availability checks per 30 minutes.
    ///
    /// ```
    /// # use zapmail_sandbox::{Quota, Sandbox};
    /// let builder = Sandbox::builder().quota(Quota::documented());
    /// ```
    pub fn documented() -> Self {
        Self { per_second: Some(5), per_minute: Some(200), availability: Some(100) }
    }

    /// Returns a quota without limits.
    ///
    /// ```
    /// # use zapmail_sandbox::{Quota, Sandbox};
    /// let builder = Sandbox::builder().quota(Quota::unlimited());
    /// ```
    pub fn unlimited() -> Self {
        Self { per_second: None, per_minute: None, availability: None }
    }

    /// Sets the maximum number of requests per second.
    ///
    /// ```
    /// # use zapmail_sandbox::Quota;
    /// let quota = Quota::documented().per_second(20);
    /// ```
    pub fn per_second(self, requests: usize) -> Self {
        Self { per_second: Some(requests), ..self }
    }

    /// Sets the maximum number of requests per minute.
    ///
    /// ```
    /// # use zapmail_sandbox::Quota;
    /// let quota = Quota::documented().per_minute(600);
    /// ```
    pub fn per_minute(self, requests: usize) -> Self {
        Self { per_minute: Some(requests), ..self }
    }

    /// Sets the maximum number of availability checks per 30 minutes.
    ///
    /// ```
    /// # use zapmail_sandbox::Quota;
    /// let quota = Quota::documented().availability_checks_per_30_min(10);
    /// ```
    pub fn availability_checks_per_30_min(self, requests: usize) -> Self {
        Self { availability: Some(requests), ..self }
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self::documented()
    }
}

/// The quotas that a request counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bucket {
    General,
    /// An availability check, which counts against all three quotas.
    Availability,
}

/// Two limiters: one for the sandbox's key, and one that all other keys share.
#[derive(Debug)]
pub(crate) struct Limiters {
    of_key: Limiter,
    of_others: Limiter,
}

impl Limiters {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { of_key: Limiter::new(quota), of_others: Limiter::new(quota) }
    }

    pub(crate) fn of(&mut self, has_key: bool) -> &mut Limiter {
        if has_key { &mut self.of_key } else { &mut self.of_others }
    }
}

/// A limiter for the requests of one key.
#[derive(Debug)]
pub(crate) struct Limiter {
    second: Window,
    minute: Window,
    half_hour: Window,
}

impl Limiter {
    pub(crate) fn new(quota: Quota) -> Self {
        let window = |length, limit| Window { length, limit, admitted_at: VecDeque::new() };
        Self {
            second: window(SECOND, quota.per_second),
            minute: window(MINUTE, quota.per_minute),
            half_hour: window(HALF_HOUR, quota.availability),
        }
    }

    /// Counts a request, or refuses it with the delay after which it would be admitted.
    pub(crate) fn admit(&mut self, bucket: Bucket, now: Timestamp) -> Result<(), Refusal> {
        let mut windows = vec![&mut self.second, &mut self.minute];
        if bucket == Bucket::Availability {
            windows.push(&mut self.half_hour);
        }
        let delay = windows.iter_mut().map(|window| window.delay(now)).max().unwrap_or_default();
        if delay > Duration::ZERO {
            return Err(Refusal::too_soon("Too many requests. Please try again later.", delay));
        }
        windows.into_iter().for_each(|window| window.count(now));
        Ok(())
    }
}

/// A sliding window. Its end is exclusive: after five requests at 0.0 s, five more are admitted at 1.0 s.
#[derive(Debug)]
struct Window {
    length: Duration,
    limit: Option<usize>,
    /// The times of the requests in the window, oldest first.
    admitted_at: VecDeque<Timestamp>,
}

impl Window {
    /// Returns the delay until a request is admitted; zero if it is admitted now.
    fn delay(&mut self, now: Timestamp) -> Duration {
        while self.admitted_at.front().is_some_and(|oldest| now.since(*oldest) >= self.length) {
            self.admitted_at.pop_front();
        }
        match (self.limit, self.admitted_at.front()) {
            // No request is ever admitted.
            (Some(0), _) => self.length,
            (Some(limit), Some(oldest)) if self.admitted_at.len() >= limit => self.length - now.since(*oldest),
            _ => Duration::ZERO,
        }
    }

    fn count(&mut self, now: Timestamp) {
        if self.limit.is_some() {
            self.admitted_at.push_back(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Bucket, Limiter, Quota};
    use crate::clock::Timestamp;

    fn at(milliseconds: u64) -> Timestamp {
        Timestamp::default().plus(Duration::from_millis(milliseconds))
    }

    fn is_admitted(limiter: &mut Limiter, bucket: Bucket, milliseconds: u64) -> bool {
        limiter.admit(bucket, at(milliseconds)).is_ok()
    }

    #[test]
    fn at_most_five_requests_per_second_are_admitted() {
        let mut limiter = Limiter::new(Quota::documented());
        let times = [0, 300, 300, 900, 900, 999, 1000, 1000, 1299, 1300, 1300, 1300];
        let admitted = times.map(|time| is_admitted(&mut limiter, Bucket::General, time));
        assert_eq!(admitted, [true, true, true, true, true, false, true, false, false, true, true, false]);
    }

    #[test]
    fn at_most_200_requests_per_minute_are_admitted() {
        let mut limiter = Limiter::new(Quota::documented());
        assert!((0..200).all(|nth| is_admitted(&mut limiter, Bucket::General, nth * 250)));
        assert!(!is_admitted(&mut limiter, Bucket::General, 59_999));
        assert!(is_admitted(&mut limiter, Bucket::General, 60_000));
        assert!(!is_admitted(&mut limiter, Bucket::General, 60_249));
    }

    #[test]
    fn availability_checks_have_a_separate_window() {
        let mut limiter = Limiter::new(Quota::documented());
        assert!((0..100).all(|nth| is_admitted(&mut limiter, Bucket::Availability, nth * 1000)));
        assert!(!is_admitted(&mut limiter, Bucket::Availability, 1_799_999));
        assert!(is_admitted(&mut limiter, Bucket::General, 1_799_999));
        assert!(is_admitted(&mut limiter, Bucket::Availability, 1_800_000));
    }

    #[test]
    fn unlimited_quota_counts_nothing_and_limit_of_zero_refuses_everything() {
        let mut unlimited = Limiter::new(Quota::unlimited());
        assert!((0..1000).all(|_| is_admitted(&mut unlimited, Bucket::Availability, 0)));
        assert!(unlimited.second.admitted_at.is_empty());
        assert!(!is_admitted(&mut Limiter::new(Quota::unlimited().per_second(0)), Bucket::General, 0));
    }
}
