//! The quota: how many requests may be sent in which time, shared by all clones and scopes of a client.
//!
//! The service counts sliding windows: 5 in any second *and* 200 in any minute (and 100 in any half hour for looking up
//! free domain names). `governor` and other token buckets allow a burst right after a full window, which such a
//! counter punishes, so this file keeps the moments of the last requests instead. They are few.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};
use zapmail_sdk::operations::Bucket;

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
    second: Option<u32>,
    minute: Option<u32>,
    availability: Option<u32>,
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
}

impl Default for Quota {
    fn default() -> Self {
        Self::documented()
    }
}

/// Lets requests through, one by one, first come, first served.
///
/// A request waits while it holds the lock of its queue: whoever comes later stands behind it, and whoever is cancelled
/// leaves the queue by dropping its place. Look-ups of free names have a queue of their own before the common one, so
/// that a full half hour does not hold up everything else.
#[derive(Debug)]
pub(crate) struct Limiter {
    general: Mutex<Vec<Window>>,
    availability: Mutex<Vec<Window>>,
    pause: std::sync::Mutex<Option<Instant>>,
}

impl Limiter {
    pub fn new(quota: Quota) -> Self {
        let second = quota.second.map(|most| Window::new(most, Duration::from_secs(1)));
        let minute = quota.minute.map(|most| Window::new(most, Duration::from_secs(60)));
        let availability = quota.availability.map(|most| Window::new(most, Duration::from_secs(30 * 60)));
        Self {
            general: Mutex::new(second.into_iter().chain(minute).collect()),
            availability: Mutex::new(availability.into_iter().collect()),
            pause: std::sync::Mutex::new(None),
        }
    }

    /// Lets a request of this bucket through at once, if nobody is before it; it is counted as sent then.
    pub fn try_admit(&self, bucket: Bucket, now: Instant) -> bool {
        // Look-ups of free names are few; they take the long way.
        let general = (bucket == Bucket::General).then(|| self.general.try_lock().ok()).flatten();
        let free = general.filter(|general| self.free_at(general).is_none_or(|free| free <= now));
        free.map(|mut general| count(&mut general, now)).is_some()
    }

    /// Waits until a request of this bucket may be sent, and counts it as sent now.
    pub async fn admit(&self, bucket: Bucket) {
        if bucket == Bucket::DomainAvailability {
            let mut availability = self.availability.lock().await;
            self.pass(&availability).await;
            let mut general = self.general.lock().await;
            self.pass(&general).await;
            let now = Instant::now();
            count(&mut availability, now);
            count(&mut general, now);
        } else {
            let mut general = self.general.lock().await;
            self.pass(&general).await;
            count(&mut general, Instant::now());
        }
    }

    /// Stops all requests for a while: the service said that there were too many.
    pub fn pause_until(&self, until: Instant) {
        let mut pause = self.pause.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *pause = Some(pause.map_or(until, |present| present.max(until)));
    }

    /// When the present pause ends, if there is one.
    pub fn paused_until(&self) -> Option<Instant> {
        *self.pause.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Waits until every window has room and no pause is on. A pause may grow in the meantime, so it looks again.
    async fn pass(&self, windows: &[Window]) {
        loop {
            match self.free_at(windows) {
                Some(free) if free > Instant::now() => sleep_until(free).await,
                _ => return,
            }
        }
    }

    /// When every window has room and the pause is over; `None` if that is so in any case.
    fn free_at(&self, windows: &[Window]) -> Option<Instant> {
        windows.iter().filter_map(Window::free_at).chain(self.paused_until()).max()
    }
}

fn count(windows: &mut [Window], now: Instant) {
    windows.iter_mut().for_each(|window| window.count(now));
}

/// The moments of the last requests, at most as many as the window allows.
#[derive(Debug)]
struct Window {
    most: usize,
    length: Duration,
    sent: VecDeque<Instant>,
}

impl Window {
    /// What a window is longer than documented: the way to the service does not take the same time for each request.
    const SLACK: Duration = Duration::from_millis(5);

    fn new(most: u32, length: Duration) -> Self {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Self { most, length: length + Self::SLACK, sent: VecDeque::new() }
    }

    /// When the window has room for one more; `None` while it is not full.
    fn free_at(&self) -> Option<Instant> {
        let oldest = (self.sent.len() >= self.most).then(|| self.sent.front())??;
        Some(*oldest + self.length)
    }

    fn count(&mut self, now: Instant) {
        if self.sent.len() >= self.most {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
    }
}

#[cfg(test)]
#[path = "quota/tests.rs"] // The benches include this file.
mod tests;
