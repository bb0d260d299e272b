//! The time that a request takes to reach the service, estimated from response times.
//!
//! A request has arrived when its response begins, so the response time is an upper bound, whatever the network does.
//! If the service takes long to process a request, a tighter bound is used: the time to open the connection, plus an
//! allowance of twice the slowest recent connection or response to a quick operation. The allowance also applies to
//! requests without a response. Before the first response to a quick operation, processing time cannot be distinguished
//! from a slow network.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

/// The allowance before anything was learned, and the maximum allowance.
const MAX_ALLOWANCE: Duration = Duration::from_secs(1);

/// The minimum allowance, for a busy program. Even if the one-second window with 5 requests is longer by this time, the
/// one-minute window with 200 requests can be filled.
const MIN_ALLOWANCE: Duration = Duration::from_millis(200);

/// The maximum response time of a quick operation.
const QUICK: Duration = Duration::from_millis(200);

/// The number of recent times that are stored.
const MAX_SAMPLES: usize = 64;

/// The slack after the first 429.
const MIN_SLACK: Duration = Duration::from_millis(10);

/// The maximum slack.
const MAX_SLACK: Duration = Duration::from_millis(200);

/// The time without a 429 after which the slack is halved.
const SLACK_HALF_LIFE: Duration = Duration::from_secs(600);

/// The estimates of a limiter about the network.
#[derive(Debug, Default)]
pub(super) struct Margin {
    /// The shortest response time of each operation.
    shortest: BTreeMap<&'static str, Duration>,
    /// The times of recent connections and responses to quick operations.
    samples: VecDeque<Duration>,
    /// Whether the transport reports the time to open a connection.
    reports_connections: bool,
    /// Whether a quick operation has had a response.
    has_quick_response: bool,
    slack: Duration,
    /// When the slack last changed.
    slack_since: Option<Instant>,
}

impl Margin {
    /// Returns the time within which a request without a response is assumed to arrive.
    pub fn allowance(&self) -> Duration {
        if !self.reports_connections || !self.has_quick_response {
            return MAX_ALLOWANCE;
        }
        let slowest = self.samples.iter().max().copied().unwrap_or_default();
        (2 * slowest).clamp(MIN_ALLOWANCE, MAX_ALLOWANCE)
    }

    /// Returns the time that is added to each window: zero, unless the service has returned a 429.
    pub fn slack(&self) -> Duration {
        self.slack
    }

    /// Learns from a response. Returns an upper bound of the time that its request took to arrive.
    pub fn record_response(&mut self, operation: &'static str, response: ResponseTime, now: Instant) -> Duration {
        let ResponseTime { total, connect } = response;
        self.reports_connections |= connect.is_some();
        let connected_in = connect.unwrap_or_default();
        if !connected_in.is_zero() {
            self.record_sample(connected_in);
        }
        let response_time = total.saturating_sub(connected_in);
        let shortest = self.shortest.entry(operation).or_insert(response_time);
        *shortest = response_time.min(*shortest);
        if *shortest <= QUICK {
            self.has_quick_response = true;
            self.record_sample(response_time);
        }
        self.reduce_slack(now);
        match connect {
            Some(connect) => total.min(connect + self.allowance()),
            None => total.min(MAX_ALLOWANCE),
        }
    }

    /// Learns from a 429: raises the allowance, because requests may take longer to arrive than estimated, and the
    /// slack.
    pub fn record_rate_limited(&mut self, now: Instant) {
        self.slack = (2 * self.slack).clamp(MIN_SLACK, MAX_SLACK);
        self.slack_since = Some(now);
        self.record_sample(MAX_ALLOWANCE);
    }

    fn record_sample(&mut self, time: Duration) {
        self.samples.push_back(time);
        if self.samples.len() > MAX_SAMPLES {
            self.samples.pop_front();
        }
    }

    /// Halves the slack if no 429 has occurred for a while.
    fn reduce_slack(&mut self, now: Instant) {
        if self.slack_since.is_none_or(|since| now.saturating_duration_since(since) < SLACK_HALF_LIFE) {
            return;
        }
        let halved = self.slack / 2;
        let is_over = halved < MIN_SLACK;
        self.slack = if is_over { Duration::ZERO } else { halved };
        self.slack_since = (!is_over).then_some(now);
    }
}

/// The time that a response took.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResponseTime {
    /// From the admission of the request until the response.
    pub total: Duration,
    /// The time that the request waited for a new connection; `None` if unknown.
    pub connect: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    /// The bound of the time that a request took to arrive, and the allowance after its response, in milliseconds.
    fn record_response(
        margin: &mut Margin,
        operation: &'static str,
        total: u32,
        connect: impl Into<Option<u32>>,
    ) -> (u128, u128) {
        let connect = connect.into().map(|connect| connect * MILLISECOND);
        let response = ResponseTime { total: total * MILLISECOND, connect };
        let bound = margin.record_response(operation, response, Instant::now());
        (bound.as_millis(), margin.allowance().as_millis())
    }

    #[test]
    fn bound_is_response_time_or_connection_and_allowance() {
        let mut margin = Margin::default();
        assert_eq!(margin.allowance(), MAX_ALLOWANCE);
        for (operation, total, connect, expected) in [
            // No quick operation has had a response: the network may be slow.
            ("find_domains_with_ai", 3000, Some(0), (1000, 1000)),
            ("get_user", 340, Some(0), (340, 1000)),
            ("get_user", 90, Some(60), (90, 200)),
            // The service takes long to process the request.
            ("find_domains_with_ai", 3000, Some(0), (200, 200)),
            ("find_domains_with_ai", 3060, Some(60), (260, 200)),
            // A slow connection, and a slow response to a quick operation.
            ("find_domains_with_ai", 3300, Some(250), (750, 500)),
            ("get_user", 440, Some(0), (440, 880)),
            ("get_user", 640, Some(0), (640, 1000)),
            ("find_domains_with_ai", 5000, Some(0), (1000, 1000)),
        ] {
            assert_eq!(record_response(&mut margin, operation, total, connect), expected, "{operation}, {total} ms");
        }
    }

    #[test]
    fn transport_that_does_not_report_connections_has_maximum_allowance() {
        let mut margin = Margin::default();
        let response = ResponseTime { total: 40 * MILLISECOND, connect: None };
        for _ in 0..MAX_SAMPLES {
            assert_eq!(margin.record_response("get_user", response, Instant::now()), 40 * MILLISECOND);
        }
        assert_eq!(margin.allowance(), MAX_ALLOWANCE);
    }

    #[test]
    fn slow_response_is_ignored_after_64_others() {
        let mut margin = Margin::default();
        record_response(&mut margin, "get_user", 20, 10);
        record_response(&mut margin, "get_user", 400, 0);
        for _ in 0..MAX_SAMPLES - 1 {
            assert_eq!(record_response(&mut margin, "get_user", 1, 0).1, 800);
        }
        assert_eq!(record_response(&mut margin, "get_user", 1, 0).1, 200);
    }

    #[test]
    fn rate_limiting_increases_slack_and_time_without_it_reduces_slack() {
        let mut margin = Margin::default();
        record_response(&mut margin, "get_user", 20, 10);
        let mut now = Instant::now();
        for expected in [10, 20, 40, 80, 160, 200, 200] {
            margin.record_rate_limited(now);
            assert_eq!((margin.slack(), margin.allowance()), (expected * MILLISECOND, MAX_ALLOWANCE));
        }
        let response = ResponseTime { total: MILLISECOND, connect: None };
        for expected in [100, 50, 25, 12, 0, 0] {
            let before = margin.slack();
            margin.record_response("get_user", response, now + SLACK_HALF_LIFE - MILLISECOND);
            assert_eq!(margin.slack(), before);
            now += SLACK_HALF_LIFE;
            margin.record_response("get_user", response, now);
            assert_eq!(margin.slack().as_millis(), expected);
        }
    }
}
