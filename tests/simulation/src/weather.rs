//! The network conditions of one request, determined by the seed, the call, and the number of its earlier requests.

use std::time::Duration;

use fastrand::Rng;

use crate::call_id::CallId;
use crate::plan::Weather;

const MILLISECOND: Duration = Duration::from_millis(1);

/// The values of `Retry-After` that occur.
const RETRY_AFTER: [RetryAfter; 10] = [
    RetryAfter::Missing,
    RetryAfter::Seconds(0),
    RetryAfter::Seconds(1),
    RetryAfter::Seconds(3),
    RetryAfter::Seconds(30),
    RetryAfter::Date(7),
    RetryAfter::Nonsense("-5"),
    RetryAfter::Nonsense("2.5"),
    RetryAfter::Nonsense("soon"),
    RetryAfter::Nonsense("99999999999999999999"),
];

/// Error statuses of proxies and overloaded servers.
const STATUSES: [u16; 6] = [408, 500, 502, 503, 504, 520];

/// The network conditions of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditions {
    /// The duration of connecting; zero if a connection is reused.
    pub connect: Duration,
    /// The latency of the request.
    pub there: Duration,
    /// The processing time of the service before and after the request takes effect.
    pub work: (Duration, Duration),
    /// The latency of the response.
    pub back: Duration,
    /// The fault, if any.
    pub fault: Option<Fault>,
}

/// A fault of the network or of a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The connection is refused.
    Refused,
    /// The request does not arrive, and the connection is closed.
    LostBefore,
    /// The response does not arrive, and the connection is closed.
    LostAfter,
    /// The request or its response does not arrive, and the connection is not closed.
    Silent { arrives: bool },
    /// The response is cut off.
    Torn,
    /// The response is not valid JSON.
    Garbled,
    /// An error status without processing: from the service, which quotes the key, or from a proxy, as an HTML page.
    FailedBefore { status: u16, is_page: bool },
    /// An error status although the request was processed.
    FailedAfter(u16),
    /// Too many requests.
    TooMany(RetryAfter),
}

/// The value of `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// No header.
    Missing,
    /// A number of seconds.
    Seconds(u64),
    /// A date this many seconds after the response's `Date`.
    Date(u64),
    /// An invalid value.
    Nonsense(&'static str),
}

impl Fault {
    /// Whether the client cannot know if the request was processed.
    pub fn is_ambiguous(&self) -> bool {
        !matches!(self, Self::Refused | Self::TooMany(_))
    }
}

impl RetryAfter {
    /// The minimum time that a client must wait. A date has whole seconds.
    pub fn min_delay(self) -> Duration {
        match self {
            Self::Missing | Self::Nonsense(_) => Duration::ZERO,
            Self::Seconds(seconds) => Duration::from_secs(seconds),
            Self::Date(seconds) => Duration::from_secs(seconds.saturating_sub(1)),
        }
    }
}

/// The conditions of the `nth` request of a call.
pub fn conditions(seed: u64, weather: &Weather, call: &CallId, nth: usize) -> Conditions {
    let mut rng = Rng::with_seed(hash(&[
        seed,
        u64::from(call.action),
        u64::from(call.incarnation),
        u64::from(call.nth),
        nth as u64,
    ]));
    let rng = &mut rng;
    let up_to = |rng: &mut Rng, longest: Duration| MILLISECOND * rng.u32(..=milliseconds(longest));
    let connect = if rng.u32(..1000) < weather.connects { up_to(rng, weather.connect) } else { Duration::ZERO };
    let work = if rng.u32(..1000) < weather.works { up_to(rng, weather.work) } else { Duration::ZERO };
    let before = up_to(rng, work);
    Conditions {
        connect,
        there: up_to(rng, weather.latency),
        work: (before, work - before),
        back: up_to(rng, weather.latency),
        fault: fault(rng, weather),
    }
}

fn fault(rng: &mut Rng, weather: &Weather) -> Option<Fault> {
    let status = STATUSES[rng.usize(..STATUSES.len())];
    let retry_after = RETRY_AFTER[rng.usize(..RETRY_AFTER.len())];
    let silent = Fault::Silent { arrives: rng.bool() };
    let is_page = rng.bool();
    let faults = [
        (weather.refused, Fault::Refused),
        (weather.lost_before, Fault::LostBefore),
        (weather.lost_after, Fault::LostAfter),
        (weather.silent, silent),
        (weather.torn, Fault::Torn),
        (weather.garbled, Fault::Garbled),
        (weather.failed_before, Fault::FailedBefore { status, is_page }),
        (weather.failed_after, Fault::FailedAfter(status)),
        (weather.too_many, Fault::TooMany(retry_after)),
    ];
    faults.into_iter().find(|(chance, _)| rng.u32(..1000) < *chance).map(|(_, fault)| fault)
}

fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// Hashes several numbers into one (with the finalizer of SplitMix64).
fn hash(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0x9e37_79b9_7f4a_7c15, |mixed, number| {
        let mut next = mixed ^ number.wrapping_add(0x9e37_79b9_7f4a_7c15);
        next = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        next = (next ^ (next >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        next ^ (next >> 31)
    })
}
