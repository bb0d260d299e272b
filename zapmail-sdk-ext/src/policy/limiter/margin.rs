//! How long a request takes to reach the service, learned from the responses.
//!
//! A request has arrived when its response begins, so the response time is an upper bound, whatever the network does. If
//! the service works long on a request, the bound is lower: the time its connection took, and twice as long as the slowest
//! recent connection or response to a quick operation. That is also what a request without a response is given. Before
//! there was a quick response, nobody can tell the service's work from a slow network.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

/// What a request is given to arrive before there was a response, and the most that it is ever given beyond its connection.
const INITIAL: Duration = Duration::from_secs(1);

/// The least, for a program that is busy with other things. A window of a second with 5 requests, longer by this, still
/// fills the one of a minute with 200.
const LEAST: Duration = Duration::from_millis(200);

/// An operation with a shorter response time does not keep the service busy.
const QUICK: Duration = Duration::from_millis(200);

/// The number of recent times that count.
const RECENT: usize = 64;

/// The slack after the first 429, and the most.
const SLACK: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(200));

/// The time without a 429 after which the slack is halved.
const CALM: Duration = Duration::from_secs(600);

/// What a limiter has learned about the network.
#[derive(Debug, Default)]
pub(super) struct Margin {
    /// The shortest response time of each operation.
    shortest: BTreeMap<&'static str, Duration>,
    /// How long recent connections and responses to quick operations took.
    recent: VecDeque<Duration>,
    /// Whether the transport tells how long a connection took.
    knows_connections: bool,
    /// Whether there was a response to a quick operation.
    knows_network: bool,
    slack: Duration,
    /// When the slack changed.
    slack_since: Option<Instant>,
}

impl Margin {
    /// How long a request without a response is taken to need to arrive.
    pub fn allowance(&self) -> Duration {
        if !self.knows_connections || !self.knows_network {
            return INITIAL;
        }
        let slowest = self.recent.iter().max().copied().unwrap_or_default();
        (2 * slowest).clamp(LEAST, INITIAL)
    }

    /// What is added to each window: nothing, unless there was a 429 although all requests fitted.
    pub fn slack(&self) -> Duration {
        self.slack
    }

    /// Learns from a response; returns how long its request took to arrive at most.
    pub fn answered(&mut self, operation: &'static str, response: ResponseTime, now: Instant) -> Duration {
        let ResponseTime { total, connect } = response;
        self.knows_connections |= connect.is_some();
        let connected_in = connect.unwrap_or_default();
        if !connected_in.is_zero() {
            self.note(connected_in);
        }
        let on_connection = total.saturating_sub(connected_in);
        let shortest = self.shortest.entry(operation).or_insert(on_connection);
        *shortest = on_connection.min(*shortest);
        if *shortest <= QUICK {
            self.knows_network = true;
            self.note(on_connection);
        }
        self.calm(now);
        match connect {
            Some(connect) => total.min(connect + self.allowance()),
            None => total.min(INITIAL),
        }
    }

    /// Learns from a 429: the requests that are not answered may take longer than known, and the windows become longer.
    pub fn refused(&mut self, now: Instant) {
        let (first, most) = SLACK;
        self.slack = (2 * self.slack).clamp(first, most);
        self.slack_since = Some(now);
        self.note(INITIAL);
    }

    fn note(&mut self, time: Duration) {
        self.recent.push_back(time);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// Reduces the slack after a while.
    fn calm(&mut self, now: Instant) {
        if self.slack_since.is_none_or(|since| now.saturating_duration_since(since) < CALM) {
            return;
        }
        let halved = self.slack / 2;
        let is_over = halved < SLACK.0;
        self.slack = if is_over { Duration::ZERO } else { halved };
        self.slack_since = (!is_over).then_some(now);
    }
}

/// How long a response took.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResponseTime {
    /// From the admission of the request until the response.
    pub total: Duration,
    /// How long the request waited for a new connection; `None` if that is not known.
    pub connect: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    /// The bound of a request's arrival and the allowance after it, in milliseconds.
    fn answered(
        margin: &mut Margin,
        operation: &'static str,
        total: u32,
        connect: impl Into<Option<u32>>,
    ) -> (u128, u128) {
        let connect = connect.into().map(|connect| connect * MILLISECOND);
        let response = ResponseTime { total: total * MILLISECOND, connect };
        let bound = margin.answered(operation, response, Instant::now());
        (bound.as_millis(), margin.allowance().as_millis())
    }

    #[test]
    fn bound_is_response_time_or_connection_and_allowance() {
        let mut margin = Margin::default();
        assert_eq!(margin.allowance(), INITIAL);
        for (operation, total, connect, expected) in [
            // Nothing is known: the network may be slow.
            ("find_domains_with_ai", 3000, Some(0), (1000, 1000)),
            ("get_user", 340, Some(0), (340, 1000)),
            ("get_user", 90, Some(60), (90, 200)),
            // The service works on it.
            ("find_domains_with_ai", 3000, Some(0), (200, 200)),
            ("find_domains_with_ai", 3060, Some(60), (260, 200)),
            // A slow connection, and a slow response to a quick operation.
            ("find_domains_with_ai", 3300, Some(250), (750, 500)),
            ("get_user", 440, Some(0), (440, 880)),
            ("get_user", 640, Some(0), (640, 1000)),
            ("find_domains_with_ai", 5000, Some(0), (1000, 1000)),
        ] {
            assert_eq!(answered(&mut margin, operation, total, connect), expected, "{operation}, {total} ms");
        }
    }

    #[test]
    fn transport_that_does_not_tell_of_connections_gets_the_initial_allowance() {
        let mut margin = Margin::default();
        let response = ResponseTime { total: 40 * MILLISECOND, connect: None };
        for _ in 0..RECENT {
            assert_eq!(margin.answered("get_user", response, Instant::now()), 40 * MILLISECOND);
        }
        assert_eq!(margin.allowance(), INITIAL);
    }

    #[test]
    fn slow_response_is_forgotten_after_64_others() {
        let mut margin = Margin::default();
        answered(&mut margin, "get_user", 20, 10);
        answered(&mut margin, "get_user", 400, 0);
        for _ in 0..RECENT - 1 {
            assert_eq!(answered(&mut margin, "get_user", 1, 0).1, 800);
        }
        assert_eq!(answered(&mut margin, "get_user", 1, 0).1, 200);
    }

    #[test]
    fn refusals_lengthen_windows_and_calm_shortens_them() {
        let mut margin = Margin::default();
        answered(&mut margin, "get_user", 20, 10);
        let mut now = Instant::now();
        for expected in [10, 20, 40, 80, 160, 200, 200] {
            margin.refused(now);
            assert_eq!((margin.slack(), margin.allowance()), (expected * MILLISECOND, INITIAL));
        }
        let response = ResponseTime { total: MILLISECOND, connect: None };
        for expected in [100, 50, 25, 12, 0, 0] {
            let before = margin.slack();
            margin.answered("get_user", response, now + CALM - MILLISECOND);
            assert_eq!(margin.slack(), before);
            now += CALM;
            margin.answered("get_user", response, now);
            assert_eq!(margin.slack().as_millis(), expected);
        }
    }
}
