//! The windows in Redis, and the script that reserves slots in them.

use std::sync::LazyLock;
use std::time::Duration;

use redis::{FromRedisValue, Script, ScriptInvocation};
use tokio::time::Instant;
use uuid::Uuid;
use zapmail_sdk::Result;
use zapmail_sdk::operations::Bucket;

use super::super::grants::Report;
use super::Settings;
use crate::redis_server::Connection;

static SLOTS: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("slots.lua")));

/// The assumed time of a round trip before one was measured.
const INITIAL_ROUND_TRIP: Duration = Duration::from_millis(50);

/// A connection to Redis, and the name of this process there.
pub(super) struct Store {
    settings: Settings,
    connection: Option<Connection>,
    client: String,
    /// The number of the next request.
    next: u64,
    /// The time of the longest recent round trip, which decays by an eighth per round trip.
    round_trip: Duration,
}

/// A request to reserve slots.
#[derive(Debug)]
pub(super) struct Reserve {
    pub bucket: Bucket,
    /// The maximum number of slots; zero to send only reports.
    pub wanted: usize,
    /// The maximum time until a request arrives at the service, from the time of its slot in Redis.
    pub margin: Duration,
    /// The time that is added to each window.
    pub slack: Duration,
    /// The run id of the server in its last response; empty if that was too long ago.
    pub last_run: String,
    /// Whether requests were sent that are not recorded in Redis.
    pub has_unrecorded: bool,
    /// Reports about earlier requests.
    pub reports: Vec<Report>,
}

/// The reserved slots: several that are free now, or one that is free later.
#[derive(Debug)]
pub(super) struct Reserved {
    /// The number of the first request.
    pub first: u64,
    /// The number of slots.
    pub count: u64,
    /// The time until the last slot, or until one can be reserved if there is none.
    pub delay: Duration,
    /// Whether Redis has lost requests.
    pub is_lost: bool,
    /// The run id of the server.
    pub run: String,
    /// The time since the last possible loss of requests, or since requests were last sent without Redis; `None` if all
    /// requests are recorded.
    pub loss_age: Option<Duration>,
}

impl Store {
    pub fn new(settings: Settings) -> Self {
        let client = Uuid::new_v4().simple().to_string();
        Self { settings, connection: None, client, next: 0, round_trip: INITIAL_ROUND_TRIP }
    }

    /// Returns the number of the next request.
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
            .arg(&reserve.last_run)
            .arg(u8::from(self.settings.share.is_none()))
            .arg(u8::from(reserve.has_unrecorded));
        for windows in windows {
            call.arg(windows.len());
            for (max, length) in windows {
                call.arg(max).arg(micros(length));
            }
        }
        for report in &reserve.reports {
            match report {
                Report::Release(number) => call.arg("release").arg(number).arg(0),
                Report::Arrived { number, by, .. } => call.arg("arrived").arg(number).arg(micros(by.elapsed())),
                Report::Delay { only_checks, until } => {
                    let remaining = until.saturating_duration_since(Instant::now());
                    call.arg("delay").arg(1 + u8::from(*only_checks)).arg(micros(remaining))
                }
            };
        }
        let sent_at = Instant::now();
        let (count, delay, is_lost, run, loss_age): (u64, u64, bool, String, i64) = self.invoke(&call).await?;
        self.round_trip = sent_at.elapsed().max(self.round_trip * 7 / 8);
        let loss_age = u64::try_from(loss_age).ok().map(Duration::from_micros);
        Ok(Reserved { first, count, delay: Duration::from_micros(delay), is_lost, run, loss_age })
    }

    /// Runs a script. If the connection was lost since the last script, connects and runs it again.
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
