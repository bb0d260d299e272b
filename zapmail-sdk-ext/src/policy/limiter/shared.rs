//! A rate limiter whose windows are in Redis, for any number of processes and machines.
//!
//! The waiters of a process queue here, as in any limiter. For the first of them a thread reserves a slot in Redis, in
//! one round trip: a script finds the next time that fits into all windows, on Redis's own clock, and records the request.
//! Slots are given in the order in which they are asked for, and a process asks for its next one when it has used the one
//! before, so processes take turns. Nothing polls. What a process reserves and does not use, because it crashed, is
//! counted and not sent.
//!
//! A server that was started again has lost requests, and one whose clock was set back cannot compare them. The script
//! notices that from its run id and its clock, and takes the windows for full; a process that has a local share of the
//! limits keeps to it meanwhile instead. A clock that is set forward is not noticed, nor does a process that talks to the
//! server for the first time notice what it has lost: that takes one that has talked to it before.

pub(super) mod grants;
mod store;
#[cfg(test)]
mod tests;
pub(super) mod worker;

use sha2::{Digest, Sha256};
use zapmail_sdk::{ApiKey, Error, Result, Secret};

use super::super::rate_limits::RateLimits;
use crate::redis_server::Redis;

/// Rate limits that are kept in Redis, for [`RateLimiter::redis`](super::RateLimiter::redis).
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
#[must_use = "limits do nothing before they are given to `RateLimiter::redis`"]
pub struct RedisLimits {
    redis: Redis,
    api_key: Secret,
    limits: RateLimits,
    processes: Option<u32>,
}

/// What a limiter in Redis needs.
#[derive(Debug)]
pub(super) struct Settings {
    pub redis: Redis,
    pub limits: RateLimits,
    /// The limits of this process while Redis cannot be reached.
    pub share: Option<RateLimits>,
    /// The names in Redis: all requests, availability checks, and what else is known.
    pub keys: [String; 3],
}

impl RedisLimits {
    /// The documented limits of an API key. Its hash is the name in Redis, so several accounts can use one server.
    pub fn new(redis: Redis, api_key: impl Into<Secret>) -> Self {
        Self { redis, api_key: api_key.into(), limits: RateLimits::default(), processes: None }
    }

    /// Sets the rate limits. Defaults to the documented ones. All processes must use the same.
    pub fn rate_limits(self, limits: RateLimits) -> Self {
        Self { limits, ..self }
    }

    /// Sets what happens while Redis cannot be reached: each of this number of processes uses its share of the limits.
    /// By default, calls fail instead.
    ///
    /// All processes must use the same number, at least as large as the number of clients that send at the same time.
    pub fn local_share(self, processes: u32) -> Self {
        Self { processes: Some(processes), ..self }
    }

    /// # Errors
    ///
    /// If a setting is invalid.
    pub(super) fn check(self) -> Result<Settings> {
        let Self { redis, api_key, limits, processes } = self;
        limits.check()?;
        // Also that it is a key at all.
        ApiKey::new(&api_key)?;
        if limits == RateLimits::unlimited() {
            return Err(Error::config(
                "`rate_limits` has no limit, so there is nothing to share; use `RateLimiter::new`",
            ));
        }
        let share = processes.map(|processes| limits.share(processes)).transpose()?;
        let hash = Sha256::digest(format!("zapmail rate limits of {}", api_key.expose().trim()));
        let hash = hex::encode(&hash[..16]);
        // In braces: one slot of a cluster.
        let keys = ["requests", "checks", "state"].map(|name| format!("zapmail:{{{hash}}}:{name}"));
        Ok(Settings { redis, limits, share, keys })
    }
}
