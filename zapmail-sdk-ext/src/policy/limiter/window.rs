//! Sliding windows: when the next request fits into all of them.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::queue::Ticket;

/// Windows that count the same requests.
#[derive(Debug)]
pub(super) struct Windows {
    limits: Vec<(usize, Duration)>,
    /// When the last requests reach the service at the latest, in this order: as many as the largest window allows.
    arrivals: VecDeque<(Instant, Ticket)>,
    /// The end of a delay that the service requested.
    pub delay: Option<Instant>,
}

impl Windows {
    /// From the maximum number of requests and the length of each window.
    pub fn new(limits: impl Iterator<Item = (u32, Duration)>) -> Self {
        let limits = limits.map(|(most, length)| (usize::try_from(most).unwrap_or(usize::MAX), length));
        Self { limits: limits.collect(), arrivals: VecDeque::new(), delay: None }
    }

    /// When the next request may be sent; `None` if at any time.
    pub fn free_at(&self, slack: Duration) -> Option<Instant> {
        let in_window = |(most, length): &(usize, Duration)| {
            let first = self.arrivals.len().checked_sub(*most)?;
            Some(self.arrivals.get(first)?.0 + *length + slack)
        };
        self.limits.iter().filter_map(in_window).chain(self.delay).max()
    }

    /// How long `requests` requests take at least.
    pub fn span(&self, requests: u64) -> Duration {
        let span = |(most, length): &(usize, Duration)| {
            let windows = u32::try_from(requests / (*most as u64).max(1)).unwrap_or(u32::MAX);
            length.saturating_mul(windows)
        };
        self.limits.iter().map(span).max().unwrap_or_default()
    }

    /// Counts a request. It was admitted, so what is forgotten here has left its window.
    pub fn count(&mut self, request: Ticket, arrives_by: Instant) {
        self.insert((arrives_by, request));
        let most = self.limits.iter().map(|(most, _)| *most).max().unwrap_or_default();
        while self.arrivals.len() > most {
            self.arrivals.pop_front();
        }
    }

    /// Corrects when a request reached the service at the latest.
    pub fn correct(&mut self, request: Ticket, expected: Instant, arrived_by: Instant) {
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
