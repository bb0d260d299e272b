//! A journal in Redis, for several machines.
//!
//! There is one hash per key, with the entry and the time until which its purchase counts as running, and one hash per
//! run, with the parts of its progress.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use redis::{AsyncTypedCommands, FromRedisValue, Script};
use serde_json::Value;
use zapmail_sdk::{Error, ErrorKind, Result};

use super::claim_lost;
use super::entry::{EntryState, JournalEntry};
use super::store::{Claim, JournalStore};
use crate::redis_server::Redis;

static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("in_redis/claim.lua")));
static WRITE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("in_redis/write.lua")));
static READ: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("in_redis/read.lua")));
static SAVE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("in_redis/save.lua")));
static REMOVE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("in_redis/remove.lua")));

/// A journal in Redis.
pub(super) struct RedisStore {
    redis: Redis,
    name: String,
}

impl RedisStore {
    pub fn new(redis: Redis, name: String) -> Self {
        Self { redis, name }
    }

    /// Returns the Redis key of an entry. The braces keep all keys of a journal in one slot of a cluster.
    fn entry_name(&self, key: &str) -> String {
        format!("zapmail:{{journal:{}}}:entry:{key}", self.name)
    }

    fn list_name(&self) -> String {
        format!("zapmail:{{journal:{}}}:keys", self.name)
    }

    fn progress_name(&self, run: &str) -> String {
        format!("zapmail:{{journal:{}}}:progress:{run}", self.name)
    }

    /// Runs a script for a key on a new connection, because purchases are rare.
    async fn run<T: FromRedisValue>(&self, script: &Script, key: &str, arguments: &[&str]) -> Result<T> {
        let mut connection = self.redis.connect().await.map_err(unusable)?;
        let mut call = script.prepare_invoke();
        call.key(self.entry_name(key)).key(self.list_name()).arg(arguments);
        call.invoke_async(&mut connection).await.map_err(|error| unusable(self.redis.error(&error)))
    }
}

impl JournalStore for RedisStore {
    fn claim<'a>(&'a self, entry: &'a JournalEntry, max_duration: Duration) -> BoxFuture<'a, Result<Option<Claim>>> {
        async move {
            let (text, milliseconds) = (to_json(entry)?, max_duration.as_millis().to_string());
            let id = entry.claim.simple().to_string();
            let known: (String, bool) = self.run(&CLAIM, &entry.key, &[&text, &milliseconds, &entry.key, &id]).await?;
            parse_claim(known)
        }
        .boxed()
    }

    fn write<'a>(&'a self, entry: &'a JournalEntry) -> BoxFuture<'a, Result<()>> {
        async move {
            let has_ended = if entry.state == EntryState::Sent { "0" } else { "1" };
            let (text, id) = (to_json(entry)?, entry.claim.simple().to_string());
            let is_lost: bool = self.run(&WRITE, &entry.key, &[&text, has_ended, &id]).await?;
            if is_lost { Err(claim_lost(&entry.key)) } else { Ok(()) }
        }
        .boxed()
    }

    fn remove<'a>(&'a self, entry: &'a JournalEntry) -> BoxFuture<'a, Result<()>> {
        async move {
            let id = entry.claim.simple().to_string();
            let is_lost: bool = self.run(&REMOVE, &entry.key, &[&entry.key, &id]).await?;
            if is_lost { Err(claim_lost(&entry.key)) } else { Ok(()) }
        }
        .boxed()
    }

    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Claim>>> {
        async move { parse_claim(self.run(&READ, key, &[]).await?) }.boxed()
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Claim>>> {
        async move {
            let mut connection = self.redis.connect().await.map_err(unusable)?;
            let keys =
                connection.smembers(self.list_name()).await.map_err(|error| unusable(self.redis.error(&error)))?;
            let mut keys: Vec<String> = keys.into_iter().collect();
            keys.sort();
            let mut claims = Vec::new();
            for key in keys {
                claims.extend(self.read(&key).await?);
            }
            Ok(claims)
        }
        .boxed()
    }

    fn progress<'a>(&'a self, run: &'a str, part: &'a str) -> BoxFuture<'a, Result<Option<Value>>> {
        async move {
            let mut connection = self.redis.connect().await.map_err(unusable)?;
            let progress = connection.hget(self.progress_name(run), part).await;
            let progress = progress.map_err(|error| unusable(self.redis.error(&error)))?;
            let read = |text: String| serde_json::from_str(&text).map_err(|_| damaged("the progress of a run"));
            progress.map(read).transpose()
        }
        .boxed()
    }

    fn save_progress<'a>(
        &'a self,
        run: &'a JournalEntry,
        part: &'a str,
        progress: &'a Value,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            let mut connection = self.redis.connect().await.map_err(unusable)?;
            let mut call = SAVE.prepare_invoke();
            call.key(self.entry_name(&run.key)).key(self.progress_name(&run.key));
            call.arg(run.claim.simple().to_string()).arg(part).arg(progress.to_string());
            let saved = call.invoke_async(&mut connection).await;
            let is_lost: bool = saved.map_err(|error| unusable(self.redis.error(&error)))?;
            if is_lost { Err(claim_lost(&run.key)) } else { Ok(()) }
        }
        .boxed()
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} in {:?}", self.name, self.redis)
    }
}

fn to_json(entry: &JournalEntry) -> Result<String> {
    serde_json::to_string(entry)
        .map_err(|error| Error::new(ErrorKind::Journal, format!("an entry cannot be serialized: {error}")))
}

fn parse_claim((entry, is_running): (String, bool)) -> Result<Option<Claim>> {
    if entry.is_empty() {
        return Ok(None);
    }
    let entry = serde_json::from_str(&entry).map_err(|_| damaged("an entry"))?;
    Ok(Some(Claim { entry, is_running }))
}

fn damaged(part: &str) -> Error {
    Error::new(ErrorKind::Journal, format!("{part} of the journal in Redis is damaged"))
}

fn unusable(error: Error) -> Error {
    let message = format!("the journal cannot be used: {}", error.message());
    Error::new(ErrorKind::Journal, message).with_hint("start the Redis server, or correct its URL")
}
