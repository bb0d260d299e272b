//! The script that keeps the windows in Redis.

use std::sync::LazyLock;
use std::time::Duration;

use redis::{FromRedisValue, Script, ScriptInvocation};
use tokio::time::Instant;
use uuid::Uuid;
use zapmail_sdk::Result;
use zapmail_sdk::operations::Bucket;

use super::Settings;
use super::grants::Report;
use crate::redis_server::Connection;

static SLOTS: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("slots.lua")));

/// What a round trip may take before one was measured.
const FIRST_ROUND_TRIP: Duration = Duration::from_millis(50);

/// A connection to Redis, and the name of this process there.
pub(super) struct Store {
    settings: Settings,
    connection: Option<Connection>,
    client: String,
    /// The number of the next request.
    next: u64,
    /// The longest round trip lately.
    round_trip: Duration,
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Reserve {
    pub bucket: Bucket,
    /// Most slots; zero for a report only.
    pub wanted: usize,
    /// How long a request takes to arrive at most, from the time of its slot in Redis.
    pub margin: Duration,
    pub slack: Duration,
    /// The run of the server that was seen last; empty if that was long ago.
    pub seen: String,
    /// Whether requests were sent that Redis does not know.
    pub doubts: bool,
    /// What became of earlier requests.
    pub reports: Vec<Report>,
}

/// What was reserved: slots that are free now, or one that is free later.
#[derive(Debug)]
pub(super) struct Reserved {
    /// The number of the first request.
    pub first: u64,
    pub count: u64,
    pub delay: Duration,
    /// Whether Redis has lost what it knew.
    pub is_lost: bool,
    /// The run of the server.
    pub run: String,
    /// How long ago requests may have been lost, or were sent without Redis.
    pub doubted_for: Option<Duration>,
}

impl Store {
    pub fn new(settings: Settings) -> Self {
        let client = Uuid::new_v4().simple().to_string();
        Self { settings, connection: None, client, next: 0, round_trip: FIRST_ROUND_TRIP }
    }

    /// The number of the next request.
    pub fn next(&self) -> u64 {
        self.next
    }

    pub fn round_trip(&self) -> Duration {
        self.round_trip
    }

    /// Reserves slots, in one round trip.
    ///
    /// # Errors
    ///
    /// If Redis does not respond.
    pub async fn reserve(&mut self, reserve: &Reserve) -> Result<Reserved> {
        let first = self.next;
        self.next += reserve.wanted as u64;
        let limits = self.settings.limits;
        let windows: [Vec<_>; 2] = [limits.general().collect(), limits.availability().collect()];
        let mut call = SLOTS.prepare_invoke();
        call.key(&self.settings.keys)
            .arg(&self.client)
            .arg(first)
            .arg(reserve.wanted)
            .arg(u8::from(reserve.bucket == Bucket::DomainAvailability))
            .arg(micros(reserve.margin))
            .arg(micros(reserve.slack))
            .arg(&reserve.seen)
            .arg(u8::from(self.settings.share.is_none()))
            .arg(u8::from(reserve.doubts));
        for windows in windows {
            call.arg(windows.len());
            for (most, length) in windows {
                call.arg(most).arg(micros(length));
            }
        }
        for report in &reserve.reports {
            match report {
                Report::Release(number) => call.arg("release").arg(number).arg(0),
                Report::Arrived { number, by, .. } => call.arg("arrived").arg(number).arg(micros(by.elapsed())),
                Report::Delay(is_own, until) => {
                    let remaining = until.saturating_duration_since(Instant::now());
                    call.arg("delay").arg(1 + u8::from(*is_own)).arg(micros(remaining))
                }
            };
        }
        let asked_at = Instant::now();
        let (count, delay, is_lost, run, doubted_for): (u64, u64, bool, String, i64) = self.invoke(&call).await?;
        self.round_trip = asked_at.elapsed().max(self.round_trip * 7 / 8);
        let doubted_for = u64::try_from(doubted_for).ok().map(Duration::from_micros);
        Ok(Reserved { first, count, delay: Duration::from_micros(delay), is_lost, run, doubted_for })
    }

    /// Runs a script, a second time if the connection was lost since the one before.
    async fn invoke<T: FromRedisValue>(&mut self, call: &ScriptInvocation<'_>) -> Result<T> {
        loop {
            let (mut connection, is_new) = match self.connection.take() {
                Some(connection) => (connection, false),
                None => (self.settings.redis.connect().await?, true),
            };
            match call.invoke_async(&mut connection).await {
                Ok(value) => {
                    self.connection = Some(connection);
                    return Ok(value);
                }
                Err(error) if is_new || !error.is_io_error() => return Err(self.settings.redis.error(&error)),
                Err(_) => {}
            }
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
