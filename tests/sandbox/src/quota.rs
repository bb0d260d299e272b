//! How many requests are let through, counted as the service does: per key, in windows that slide.
//!
//! The limiter stands before everything else, the check of the key included. A request that it refuses was not processed
//! and, as far as is known, is not counted either.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Moment;
use crate::envelope::Refusal;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HALF_HOUR: Duration = Duration::from_secs(30 * 60);

/// How many requests a key may make.
///
/// ```
/// use zapmail_sandbox::{Quota, Sandbox};
///
/// // A key with a higher ceiling, as some have.
/// let builder = Sandbox::builder().quota(Quota::documented().per_second(20).per_minute(600));
/// // No limit at all.
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
    /// What the documentation names, and the default: 5 requests in a second and 200 in a minute; of these no more than 100
    /// in 30 minutes may ask which domains are available.
    ///
    /// ```
    /// # use zapmail_sandbox::{Quota, Sandbox};
    /// let builder = Sandbox::builder().quota(Quota::documented());
    /// ```
    pub fn documented() -> Self {
        Self { per_second: Some(5), per_minute: Some(200), availability: Some(100) }
    }

    /// None.
    ///
    /// ```
    /// # use zapmail_sandbox::{Quota, Sandbox};
    /// let builder = Sandbox::builder().quota(Quota::unlimited());
    /// ```
    pub fn unlimited() -> Self {
        Self { per_second: None, per_minute: None, availability: None }
    }

    /// The same with another number of requests in any second.
    ///
    /// ```
    /// # use zapmail_sandbox::Quota;
    /// let quota = Quota::documented().per_second(20);
    /// ```
    pub fn per_second(self, requests: usize) -> Self {
        Self { per_second: Some(requests), ..self }
    }

    /// The same with another number of requests in any minute.
    ///
    /// ```
    /// # use zapmail_sandbox::Quota;
    /// let quota = Quota::documented().per_minute(600);
    /// ```
    pub fn per_minute(self, requests: usize) -> Self {
        Self { per_minute: Some(requests), ..self }
    }

    /// The same with another number of requests for the availability of domains in any 30 minutes.
    ///
    /// ```
    /// # use zapmail_sandbox::Quota;
    /// let quota = Quota::documented().availability_per_half_hour(10);
    /// ```
    pub fn availability_per_half_hour(self, requests: usize) -> Self {
        Self { availability: Some(requests), ..self }
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self::documented()
    }
}

/// Which quotas a request counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bucket {
    General,
    /// The availability of domains, which counts against all three.
    Availability,
}

/// Counts the requests of the key that opens the sandbox, and together those of all others.
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

/// Counts the requests of one key.
#[derive(Debug)]
pub(crate) struct Limiter {
    second: Window,
    minute: Window,
    half_hour: Window,
}

impl Limiter {
    pub(crate) fn new(quota: Quota) -> Self {
        let window = |length, limit| Window { length, limit, let_through: VecDeque::new() };
        Self {
            second: window(SECOND, quota.per_second),
            minute: window(MINUTE, quota.per_minute),
            half_hour: window(HALF_HOUR, quota.availability),
        }
    }

    /// Counts a request, or refuses it with the time after which it would have been let through.
    pub(crate) fn admit(&mut self, bucket: Bucket, now: Moment) -> Result<(), Refusal> {
        let mut windows = vec![&mut self.second, &mut self.minute];
        if bucket == Bucket::Availability {
            windows.push(&mut self.half_hour);
        }
        let wait = windows.iter_mut().map(|window| window.wait(now)).max().unwrap_or_default();
        if wait > Duration::ZERO {
            return Err(Refusal::too_soon("Too many requests. Please try again later.", wait));
        }
        windows.into_iter().for_each(|window| window.count(now));
        Ok(())
    }
}

/// One limit. The end of a window belongs to the next one: five requests at 0.0 s leave room for five at 1.0 s.
#[derive(Debug)]
struct Window {
    length: Duration,
    limit: Option<usize>,
    /// When the requests of the window came, oldest first.
    let_through: VecDeque<Moment>,
}

impl Window {
    /// How long until there is room; nothing if there is.
    fn wait(&mut self, now: Moment) -> Duration {
        while self.let_through.front().is_some_and(|moment| now.since(*moment) >= self.length) {
            self.let_through.pop_front();
        }
        match (self.limit, self.let_through.front()) {
            // Nothing is ever let through.
            (Some(0), _) => self.length,
            (Some(limit), Some(oldest)) if self.let_through.len() >= limit => self.length - now.since(*oldest),
            _ => Duration::ZERO,
        }
    }

    fn count(&mut self, now: Moment) {
        if self.limit.is_some() {
            self.let_through.push_back(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Bucket, Limiter, Quota};
    use crate::clock::Moment;

    fn at(milliseconds: u64) -> Moment {
        Moment::default().after(Duration::from_millis(milliseconds))
    }

    fn admitted(limiter: &mut Limiter, bucket: Bucket, milliseconds: u64) -> bool {
        limiter.admit(bucket, at(milliseconds)).is_ok()
    }

    #[test]
    fn no_second_has_more_than_five() {
        let mut limiter = Limiter::new(Quota::documented());
        let asked = [0, 300, 300, 900, 900, 999, 1000, 1000, 1299, 1300, 1300, 1300];
        let told = asked.map(|time| admitted(&mut limiter, Bucket::General, time));
        assert_eq!(told, [true, true, true, true, true, false, true, false, false, true, true, false]);
    }

    #[test]
    fn no_minute_has_more_than_two_hundred() {
        let mut limiter = Limiter::new(Quota::documented());
        assert!((0..200).all(|nth| admitted(&mut limiter, Bucket::General, nth * 250)));
        assert!(!admitted(&mut limiter, Bucket::General, 59_999));
        assert!(admitted(&mut limiter, Bucket::General, 60_000));
        assert!(!admitted(&mut limiter, Bucket::General, 60_249));
    }

    #[test]
    fn the_availability_of_domains_has_a_window_of_its_own() {
        let mut limiter = Limiter::new(Quota::documented());
        assert!((0..100).all(|nth| admitted(&mut limiter, Bucket::Availability, nth * 1000)));
        assert!(!admitted(&mut limiter, Bucket::Availability, 1_799_999));
        assert!(admitted(&mut limiter, Bucket::General, 1_799_999));
        assert!(admitted(&mut limiter, Bucket::Availability, 1_800_000));
    }

    #[test]
    fn without_a_limit_nothing_is_counted_and_with_none_left_nothing_passes() {
        let mut unlimited = Limiter::new(Quota::unlimited());
        assert!((0..1000).all(|_| admitted(&mut unlimited, Bucket::Availability, 0)));
        assert!(unlimited.second.let_through.is_empty());
        assert!(!admitted(&mut Limiter::new(Quota::unlimited().per_second(0)), Bucket::General, 0));
    }
}
