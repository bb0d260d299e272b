//! Sliding windows: when the next request fits into all of them.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;
use zapmail_sdk::operations::Bucket;

use super::super::rate_limits::RateLimits;
use super::queue::Ticket;

/// All windows of a limiter.
#[derive(Debug)]
pub(super) struct BucketWindows {
    /// Those that count all requests.
    common: Windows,
    /// Those that count availability checks only.
    availability: Windows,
}

impl BucketWindows {
    pub fn new(limits: RateLimits) -> Self {
        Self { common: Windows::new(limits.general()), availability: Windows::new(limits.availability()) }
    }

    /// When the next request of a bucket may be sent; `None` if at any time.
    pub fn free_at(&self, bucket: Bucket, slack: Duration) -> Option<Instant> {
        self.of(bucket).filter_map(|windows| windows.free_at(slack)).max()
    }

    /// How long `requests` requests take at least.
    pub fn span(&self, bucket: Bucket, requests: u64) -> Duration {
        self.of(bucket).map(|windows| windows.span(requests)).max().unwrap_or_default()
    }

    /// Counts a request that was admitted.
    pub fn count(&mut self, bucket: Bucket, request: Ticket, arrives_by: Instant) {
        self.each(bucket, |windows| windows.count(request, arrives_by));
    }

    /// Until its end, each window that includes this time admits no more requests than it contains now: others may have used
    /// the rest of it.
    #[cfg(feature = "redis")]
    pub fn keep_to_present_use(&mut self, since: Instant, now: Instant) {
        self.common.keep_to_present_use(since, now);
        self.availability.keep_to_present_use(since, now);
    }

    /// Corrects when a request reached the service at the latest.
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
    /// When the last requests reach the service at the latest, in this order: as many as the largest window allows.
    arrivals: VecDeque<(Instant, Ticket)>,
}

#[derive(Debug)]
struct Limit {
    most: usize,
    length: Duration,
    /// A lower number of requests, and until when it holds.
    reduced: Option<(usize, Instant)>,
}

impl Windows {
    /// From the maximum number of requests and the length of each window.
    fn new(limits: impl Iterator<Item = (u32, Duration)>) -> Self {
        let limits = limits.map(|(most, length)| {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            Limit { most, length, reduced: None }
        });
        Self { limits: limits.collect(), arrivals: VecDeque::new() }
    }

    fn free_at(&self, slack: Duration) -> Option<Instant> {
        self.limits.iter().filter_map(|limit| self.free_in(limit, slack)).max()
    }

    /// When a window admits the next request; `None` if at any time.
    fn free_in(&self, limit: &Limit, slack: Duration) -> Option<Instant> {
        let with = |most: usize| {
            let first = self.arrivals.len().checked_sub(most)?;
            Some(self.arrivals.get(first)?.0 + limit.length + slack)
        };
        let free_at = with(limit.most);
        match limit.reduced {
            None => free_at,
            Some((0, until)) => free_at.max(Some(until)),
            Some((most, until)) => with(most.min(limit.most)).min(free_at.max(Some(until))),
        }
    }

    #[cfg(feature = "redis")]
    fn keep_to_present_use(&mut self, since: Instant, now: Instant) {
        for limit in self.limits.iter_mut().filter(|limit| since + limit.length > now) {
            let use_ = self.arrivals.iter().filter(|(arrives_by, _)| *arrives_by + limit.length > now).count();
            limit.reduced = Some((use_, since + limit.length));
        }
    }

    fn span(&self, requests: u64) -> Duration {
        let span = |limit: &Limit| {
            let windows = u32::try_from(requests / (limit.most as u64).max(1)).unwrap_or(u32::MAX);
            limit.length.saturating_mul(windows)
        };
        self.limits.iter().map(span).max().unwrap_or_default()
    }

    /// The request was admitted, so what is forgotten here has left its window.
    fn count(&mut self, request: Ticket, arrives_by: Instant) {
        self.insert((arrives_by, request));
        let most = self.limits.iter().map(|limit| limit.most).max().unwrap_or_default();
        while self.arrivals.len() > most {
            self.arrivals.pop_front();
        }
    }

    fn correct(&mut self, request: Ticket, expected: Instant, arrived_by: Instant) {
        if let Ok(place) = self.arrivals.binary_search(&(expected, request)) {
            self.arrivals.remove(place);
            self.insert((arrived_by, request));
        }
    }

    fn insert(&mut self, arrival: (Instant, Ticket)) {
        let place = self.arrivals.partition_point(|other| *other <= arrival);
        self.arrivals.insert(place, arrival);
    }
}
