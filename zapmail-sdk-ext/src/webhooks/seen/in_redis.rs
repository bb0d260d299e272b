//! A store of events in Redis, for receivers on several machines: one key per event, which expires.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use redis::{AsyncTypedCommands, Script};
use uuid::Uuid;
use zapmail_sdk::{Error, Result};

use super::{Seen, SeenEvents};
use crate::redis_server::Redis;

static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("in_redis/claim.lua")));
static RELEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("in_redis/release.lua")));

/// Value of the key of an event that was handled; otherwise the value is the claim.
const HANDLED: &str = "handled";

/// Maximum lifetime of a key: 10 years. Redis does not accept arbitrarily many milliseconds.
const MAX_LIFETIME: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Remembers events in Redis, for receivers in several processes and on several machines.
///
/// Needs the feature `redis`. Keys begin with `zapmail:events:` and expire. A user with restricted rights needs
/// permission to run scripts, and to use `GET`, `SET`, `PSETEX` and `DEL` on these keys. The server must not evict keys
/// (`maxmemory-policy noeviction`): an evicted event is new again.
#[derive(Clone)]
pub struct SeenInRedis {
    redis: Redis,
    name: String,
}

impl SeenInRedis {
    /// Creates a store. Receivers with the same name share their events; a receiver that should handle every event
    /// needs a separate name.
    ///
    /// ```
    /// use zapmail_sdk_ext::Redis;
    /// use zapmail_sdk_ext::webhooks::{SeenInRedis, WebhookVerifier};
    ///
    /// let store = SeenInRedis::new(Redis::new("redis://127.0.0.1:6379")?, "billing");
    /// let receiver = WebhookVerifier::new("not-a-real-secret")?.replay_protection(store);
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    pub fn new(redis: Redis, name: impl Into<String>) -> Self {
        Self { redis, name: name.into() }
    }

    fn key(&self, id: &str) -> String {
        format!("zapmail:events:{}:{id}", self.name)
    }
}

/// Converts a time for Redis, which accepts neither 0 nor arbitrarily many milliseconds.
fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.min(MAX_LIFETIME).as_millis()).unwrap_or(u64::MAX).max(1)
}

impl SeenEvents for SeenInRedis {
    fn claim<'a>(&'a self, id: &'a str, claim: Uuid, lasts: Duration) -> BoxFuture<'a, Result<Seen>> {
        async move {
            let mut connection = self.redis.connect().await.map_err(unusable)?;
            let mut call = CLAIM.prepare_invoke();
            call.key(self.key(id)).arg(claim.simple().to_string()).arg(milliseconds(lasts));
            let known: String =
                call.invoke_async(&mut connection).await.map_err(|error| unusable(self.redis.error(&error)))?;
            Ok(match known.as_str() {
                "" => Seen::New,
                HANDLED => Seen::Handled,
                _ => Seen::InProgress,
            })
        }
        .boxed()
    }

    fn confirm<'a>(&'a self, id: &'a str, keep_for: Duration) -> BoxFuture<'a, Result<()>> {
        async move {
            let mut connection = self.redis.connect().await.map_err(unusable)?;
            let stored = connection.pset_ex(self.key(id), HANDLED, milliseconds(keep_for)).await;
            stored.map(drop).map_err(|error| unusable(self.redis.error(&error)))
        }
        .boxed()
    }

    fn release<'a>(&'a self, id: &'a str, claim: Uuid) -> BoxFuture<'a, Result<()>> {
        async move {
            let mut connection = self.redis.connect().await.map_err(unusable)?;
            let mut call = RELEASE.prepare_invoke();
            call.key(self.key(id)).arg(claim.simple().to_string());
            let released: redis::RedisResult<()> = call.invoke_async(&mut connection).await;
            released.map_err(|error| unusable(self.redis.error(&error)))
        }
        .boxed()
    }
}

impl fmt::Debug for SeenInRedis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} in {:?}", self.name, self.redis)
    }
}

fn unusable(error: Error) -> Error {
    let message = format!("the store of webhook events cannot be used: {}", error.message());
    Error::new(error.kind(), message).with_hint("start the server, or correct its URL")
}
