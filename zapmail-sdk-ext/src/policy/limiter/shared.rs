//! A rate limiter whose windows are in Redis, for any number of processes and machines.
//!
//! The waiters of a process queue in the process, as in any limiter. For the first waiter, a thread reserves a slot in
//! Redis in one round trip: a script finds the next time that fits into all windows, on the clock of the Redis server,
//! and records the request. Slots are granted in the order in which they are requested, and a process requests its next
//! slot after it has used the previous one, so processes take turns. Nothing polls. A slot that a process reserved and
//! did not use because it crashed counts as a request.
//!
//! A server that was restarted has lost requests, and a server whose clock was set back cannot compare their times. The
//! script detects both, from the server's run id and clock, and treats the windows as full; a process with a local
//! share of the limits uses its local share instead. A clock that is set forward is not detected. A loss is detected
//! only by a process that has used the server before, not by a new process.

mod store;
#[cfg(test)]
mod tests;
pub(super) mod worker;

use zapmail_sdk::{ApiKey, Error, Result, Secret};

use super::super::rate_limits::RateLimits;
use crate::redis_server::Redis;

/// Rate limits in Redis, for [`RateLimiter::redis`](super::RateLimiter::redis).
///
/// ```
/// use zapmail_sdk_ext::{RateLimiter, Redis, RedisLimits, Zapmail};
///
/// let redis = Redis::new("redis://127.0.0.1:6379")?;
/// let limiter = RateLimiter::redis(RedisLimits::new(redis, "not-a-real-key").local_share(4))?;
/// let zapmail = Zapmail::builder().api_key("not-a-real-key").rate_limiter(limiter).build()?;
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "limits do nothing until they are passed to `RateLimiter::redis`"]
pub struct RedisLimits {
    redis: Redis,
    api_key: Secret,
    limits: RateLimits,
    processes: Option<u32>,
}

/// The settings of a limiter in Redis.
#[derive(Debug)]
pub(super) struct Settings {
    pub redis: Redis,
    pub limits: RateLimits,
    /// The limits of this process while Redis cannot be reached.
    pub share: Option<RateLimits>,
    /// The names of the keys in Redis: of all requests, of availability checks, and of the remaining state.
    pub keys: [String; 3],
}

impl RedisLimits {
    /// Creates the documented limits for an API key. The names in Redis contain a hash of the API key, so that several
    /// accounts can use one server.
    pub fn new(redis: Redis, api_key: impl Into<Secret>) -> Self {
        Self { redis, api_key: api_key.into(), limits: RateLimits::default(), processes: None }
    }

    /// Sets the rate limits. Defaults to the documented limits. All processes must use the same limits.
    pub fn rate_limits(self, limits: RateLimits) -> Self {
        Self { limits, ..self }
    }

    /// Lets requests be sent while Redis cannot be reached: each process then uses its share of the limits, which are
    /// split among `processes` processes. By default, calls fail instead.
    ///
    /// All processes must set the same number. It must be at least the number of clients that send at the same time.
    pub fn local_share(self, processes: u32) -> Self {
        Self { processes: Some(processes), ..self }
    }

    /// # Errors
    ///
    /// If a setting is invalid.
    pub(super) fn check(self) -> Result<Settings> {
        let Self { redis, api_key, limits, processes } = self;
        limits.check()?;
        // An error if the text cannot be a key.
        ApiKey::new(&api_key)?;
        if limits == RateLimits::unlimited() {
            return Err(Error::config(
                "`rate_limits` has no limit, so there is nothing to share; use `RateLimiter::new`",
            ));
        }
        let share = processes.map(|processes| limits.share(processes)).transpose()?;
        let hash = hmac_sha256::Hash::hash(format!("zapmail rate limits of {}", api_key.expose().trim()).as_bytes());
        let hash = hex::encode(&hash[..16]);
        // The braces put all keys into one hash slot of a Redis cluster.
        let keys = ["requests", "checks", "state"].map(|name| format!("zapmail:{{{hash}}}:{name}"));
        Ok(Settings { redis, limits, share, keys })
    }
}
