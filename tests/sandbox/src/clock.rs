//! The sandbox's own time.
//!
//! It follows tokio's clock, so it stands still and jumps with a test that has paused it, and a test can move it further
//! on its own. Where it starts is fixed: two runs of the same program see the same dates and the same codes.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

/// When the sandbox's time starts, unless its builder is told otherwise: 23 November 2026, 09:00:00 UTC. An authenticator
/// code starts with it.
const START: Moment = Moment(Duration::from_secs(1_795_424_400));

/// A point of the sandbox's time, as the time since the Unix epoch; none is after [`Moment::LAST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Duration")]
pub(crate) struct Moment(Duration);

/// What would be after the last moment is the last moment, wherever the time comes from.
impl From<Duration> for Moment {
    fn from(since_epoch: Duration) -> Self {
        Self(since_epoch.min(Self::LAST.0))
    }
}

impl Default for Moment {
    fn default() -> Self {
        START
    }
}

impl Moment {
    /// The end of the year 9999: RFC 3339 cannot write what comes after it, nor can every system's time hold it.
    pub(crate) const LAST: Self = Self(Duration::from_secs(253_402_300_799));

    pub(crate) fn from_system_time(time: SystemTime) -> Self {
        time.duration_since(UNIX_EPOCH).unwrap_or_default().into()
    }

    pub(crate) fn to_system_time(self) -> SystemTime {
        UNIX_EPOCH + self.0
    }

    pub(crate) fn since_epoch(self) -> Duration {
        self.0
    }

    /// The time since another moment; nothing if that one is yet to come.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    pub(crate) fn after(self, time: Duration) -> Self {
        self.0.saturating_add(time).into()
    }

    pub(crate) fn before(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(time))
    }

    /// As the service writes it: RFC 3339 in UTC, with milliseconds.
    pub(crate) fn to_json(self) -> Value {
        let seconds = i64::try_from(self.0.as_secs()).unwrap_or(i64::MAX);
        DateTime::<Utc>::from_timestamp(seconds, self.0.subsec_nanos())
            .map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
            .into()
    }
}

/// Tells the sandbox's time.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Moment,
    started: Instant,
    moved: Duration,
    /// Rings when the clock is moved, or when somebody is to look at it.
    alarm: Arc<Notify>,
}

/// A clock is written as what it shows, and goes on from there when it is read.
impl Serialize for Clock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.now().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Clock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Moment::deserialize(deserializer).map(Self::starting_at)
    }
}

impl Clock {
    pub(crate) fn starting_at(start: Moment) -> Self {
        Self { start, started: Instant::now(), moved: Duration::ZERO, alarm: Arc::default() }
    }

    pub(crate) fn now(&self) -> Moment {
        self.start.after(self.started.elapsed()).after(self.moved)
    }

    /// Moves the time forward, beside tokio's, and no further than to the last moment.
    pub(crate) fn advance(&mut self, time: Duration) {
        self.moved = self.moved.saturating_add(time);
        self.ring();
    }

    /// What rings when there may be something to do before the time that was waited for.
    pub(crate) fn alarm(&self) -> Arc<Notify> {
        Arc::clone(&self.alarm)
    }

    pub(crate) fn ring(&self) {
        self.alarm.notify_one();
    }
}

/// A [`SystemTime`] of a public type as JSON: RFC 3339 in UTC, with milliseconds.
pub(crate) mod rfc3339 {
    use std::time::SystemTime;

    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Moment;

    pub(crate) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        Moment::from_system_time(*time).to_json().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        DateTime::<Utc>::deserialize(deserializer).map(SystemTime::from)
    }
}
