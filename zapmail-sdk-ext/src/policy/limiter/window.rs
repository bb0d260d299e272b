//! Sliding windows: the time at which the next request fits into all of them.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;
use zapmail_sdk::operations::Bucket;

use super::super::rate_limits::RateLimits;
use super::buckets::Ticket;

/// All windows of a limiter.
#[derive(Debug)]
pub(super) struct BucketWindows {
    /// The windows that count all requests.
    common: Windows,
    /// The windows that count only availability checks.
    availability: Windows,
}

impl BucketWindows {
    pub fn new(limits: RateLimits) -> Self {
        Self { common: Windows::new(limits.general()), availability: Windows::new(limits.availability()) }
    }

    /// Returns when the next request of a bucket may be sent; `None` if it may be sent at any time.
    pub fn free_at(&self, bucket: Bucket, slack: Duration) -> Option<Instant> {
        self.of(bucket).filter_map(|windows| windows.free_at(slack)).max()
    }

    /// Returns the minimum time that `requests` requests take.
    pub fn span(&self, bucket: Bucket, requests: u64) -> Duration {
        self.of(bucket).map(|windows| windows.span(requests)).max().unwrap_or_default()
    }

    /// Counts an admitted request.
    pub fn count(&mut self, bucket: Bucket, request: Ticket, arrives_by: Instant) {
        self.each(bucket, |windows| windows.count(request, arrives_by));
    }

    /// Caps each window that includes the time `since` at the number of requests that it contains now, until the window
    /// ends: other processes may have used its remaining slots.
    #[cfg(feature = "redis")]
    pub fn cap_at_current_use(&mut self, since: Instant, now: Instant) {
        self.common.cap_at_current_use(since, now);
        self.availability.cap_at_current_use(since, now);
    }

    /// Corrects the latest time at which a request reached the service.
    pub fn correct(&mut self, bucket: Bucket, request: Ticket, expected: Instant, arrived_by: Instant) {
        self.each(bucket, |windows| windows.correct(request, expected, arrived_by));
    }

    fn of(&self, bucket: Bucket) -> impl Iterator<Item = &Windows> {
        let own = (bucket == Bucket::DomainAvailability).then_some(&self.availability);
        [&self.common].into_iter().chain(own)
    }

    fn each(&mut self, bucket: Bucket, mut change: impl FnMut(&mut Windows)) {
        change(&mut self.common);
        if bucket == Bucket::DomainAvailability {
            change(&mut self.availability);
        }
    }
}

/// Windows that count the same requests.
#[derive(Debug)]
struct Windows {
    limits: Vec<Limit>,
    /// The latest times at which the most recent requests reach the service, sorted: as many as the largest window
    /// allows.
    arrivals: VecDeque<(Instant, Ticket)>,
}

/// A maximum number of requests in any window of a length.
#[derive(Debug)]
struct Limit {
    max: usize,
    length: Duration,
    /// A lower maximum, and the time until which it applies.
    reduced: Option<(usize, Instant)>,
}

impl Windows {
    /// Creates windows from the maximum number of requests and the length of each.
    fn new(limits: impl Iterator<Item = (u32, Duration)>) -> Self {
        let limits = limits.map(|(max, length)| {
            let max = usize::try_from(max).unwrap_or(usize::MAX);
            Limit { max, length, reduced: None }
        });
        Self { limits: limits.collect(), arrivals: VecDeque::new() }
    }

    fn free_at(&self, slack: Duration) -> Option<Instant> {
        self.limits.iter().filter_map(|limit| self.free_in(limit, slack)).max()
    }

    /// Returns when a window admits the next request; `None` if it does at any time.
    fn free_in(&self, limit: &Limit, slack: Duration) -> Option<Instant> {
        let with = |max: usize| {
            let first = self.arrivals.len().checked_sub(max)?;
            Some(self.arrivals.get(first)?.0 + limit.length + slack)
        };
        let free_at = with(limit.max);
        match limit.reduced {
            None => free_at,
            Some((0, until)) => free_at.max(Some(until)),
            Some((max, until)) => with(max.min(limit.max)).min(free_at.max(Some(until))),
        }
    }

    #[cfg(feature = "redis")]
    fn cap_at_current_use(&mut self, since: Instant, now: Instant) {
        for limit in self.limits.iter_mut().filter(|limit| since + limit.length > now) {
            let current_use = self.arrivals.iter().filter(|(arrives_by, _)| *arrives_by + limit.length > now).count();
            limit.reduced = Some((current_use, since + limit.length));
        }
    }

    fn span(&self, requests: u64) -> Duration {
        let span = |limit: &Limit| {
            let windows = u32::try_from(requests / (limit.max as u64).max(1)).unwrap_or(u32::MAX);
            limit.length.saturating_mul(windows)
        };
        self.limits.iter().map(span).max().unwrap_or_default()
    }

    /// Counts an admitted request. Requests that are removed here have left their windows, or it would not have been
    /// admitted.
    fn count(&mut self, request: Ticket, arrives_by: Instant) {
        self.insert((arrives_by, request));
        let max = self.limits.iter().map(|limit| limit.max).max().unwrap_or_default();
        while self.arrivals.len() > max {
            self.arrivals.pop_front();
        }
    }

    fn correct(&mut self, request: Ticket, expected: Instant, arrived_by: Instant) {
        if let Ok(index) = self.arrivals.binary_search(&(expected, request)) {
            self.arrivals.remove(index);
            self.insert((arrived_by, request));
        }
    }

    fn insert(&mut self, arrival: (Instant, Ticket)) {
        let index = self.arrivals.partition_point(|other| *other <= arrival);
        self.arrivals.insert(index, arrival);
    }
}
