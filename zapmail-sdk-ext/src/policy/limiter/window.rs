//! Sliding windows: when the next request fits into all of them.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Margin added to each window, for late wake-ups and latency jitter.
const WINDOW_MARGIN: Duration = Duration::from_millis(10);

/// Windows that count the same requests.
#[derive(Debug)]
pub(super) struct Windows {
    limits: Vec<(usize, Duration)>,
    /// The times of the last requests, as many as the largest window allows.
    sent: VecDeque<Instant>,
    /// The end of a delay that the service requested.
    pub delay: Option<Instant>,
}

impl Windows {
    /// From the maximum number of requests and the length of each window.
    pub fn new(limits: impl Iterator<Item = (u32, Duration)>) -> Self {
        let limits = limits.map(|(most, length)| (usize::try_from(most).unwrap_or(usize::MAX), length + WINDOW_MARGIN));
        Self { limits: limits.collect(), sent: VecDeque::new(), delay: None }
    }

    /// When the next request may be sent; `None` if at any time.
    pub fn free_at(&self) -> Option<Instant> {
        let in_window = |(most, length): &(usize, Duration)| {
            let first = self.sent.len().checked_sub(*most)?;
            Some(*self.sent.get(first)? + *length)
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

    /// Counts a request.
    pub fn count(&mut self, now: Instant) {
        let most = self.limits.iter().map(|(most, _)| *most).max().unwrap_or_default();
        self.sent.push_back(now);
        while self.sent.len() > most {
            self.sent.pop_front();
        }
    }
}
