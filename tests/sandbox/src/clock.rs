//! The sandbox's clock and its timestamps.
//!
//! It follows tokio's clock, so a test that pauses or advances tokio's clock pauses or advances the sandbox. A test can
//! also advance the sandbox alone. The initial time is fixed: two runs of the same program see the same dates and
//! codes.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The paid period of mailboxes and of monthly plans.
pub(crate) const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The default initial time: 23 November 2026, 09:00:00 UTC. The period of an authenticator code starts at this time.
const START: Timestamp = Timestamp(Duration::from_secs(1_795_424_400));

/// A time of the sandbox's clock, as the duration since the Unix epoch; never later than [`Timestamp::LAST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Duration")]
pub(crate) struct Timestamp(Duration);

/// A later time than [`Timestamp::LAST`] becomes `LAST`, also when it is read from a state file.
impl From<Duration> for Timestamp {
    fn from(since_epoch: Duration) -> Self {
        Self(since_epoch.min(Self::LAST.0))
    }
}

impl Default for Timestamp {
    fn default() -> Self {
        START
    }
}

impl Timestamp {
    /// The end of the year 9999: RFC 3339 cannot express later times, and not every system's clock can represent them.
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

    /// Returns the duration since `earlier`; zero if `earlier` is later than this time.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    pub(crate) fn plus(self, duration: Duration) -> Self {
        self.0.saturating_add(duration).into()
    }

    pub(crate) fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration))
    }

    /// Formats the time as the service does: RFC 3339 in UTC, with milliseconds.
    pub(crate) fn to_json(self) -> Value {
        let seconds = i64::try_from(self.0.as_secs()).unwrap_or(i64::MAX);
        DateTime::<Utc>::from_timestamp(seconds, self.0.subsec_nanos())
            .map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
            .into()
    }
}

/// The sandbox's clock.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Timestamp,
    started: Instant,
    advanced_by: Duration,
    /// Notified when the clock is advanced or a deadline changes.
    changes: Arc<Notify>,
}

/// A clock is serialized as its current time, and continues from it when it is deserialized.
impl Serialize for Clock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.now().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Clock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Timestamp::deserialize(deserializer).map(Self::starting_at)
    }
}

impl Clock {
    pub(crate) fn starting_at(start: Timestamp) -> Self {
        Self { start, started: Instant::now(), advanced_by: Duration::ZERO, changes: Arc::default() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.start.plus(self.started.elapsed()).plus(self.advanced_by)
    }

    /// Advances the time by `duration` in addition to tokio's clock, to [`Timestamp::LAST`] at the latest.
    pub(crate) fn advance(&mut self, duration: Duration) {
        self.advanced_by = self.advanced_by.saturating_add(duration);
        self.notify();
    }

    /// Returns the notification that wakes a task before the deadline until which it sleeps.
    pub(crate) fn changes(&self) -> Arc<Notify> {
        Arc::clone(&self.changes)
    }

    pub(crate) fn notify(&self) {
        self.changes.notify_one();
    }
}

/// Serialization of a [`SystemTime`] in public types: RFC 3339 in UTC, with milliseconds.
pub(crate) mod rfc3339 {
    use std::time::SystemTime;

    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Timestamp;

    pub(crate) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        Timestamp::from_system_time(*time).to_json().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        DateTime::<Utc>::deserialize(deserializer).map(SystemTime::from)
    }
}
