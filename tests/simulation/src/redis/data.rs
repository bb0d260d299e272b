//! The data of a Redis server, and the commands that the client's scripts use.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use redis::Value;
use tokio::time::Instant;

/// The initial time of the server's clock, in microseconds since the Unix epoch.
const START: u64 = 1_800_000_000_000_000;

/// The data of the server, with one map per type of key.
#[derive(Debug, Clone)]
pub(super) struct Data {
    hashes: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, Vec<u8>>>,
    sets: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>,
    /// The members of sorted sets, with their scores.
    sorted: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, f64>>,
    /// When keys expire, in microseconds since the Unix epoch.
    expires: BTreeMap<Vec<u8>, u64>,
    started_at: Instant,
    /// The server's clock at `started_at`, in microseconds since the Unix epoch.
    start: u64,
    run: u32,
}

impl Data {
    pub fn new() -> Self {
        let (hashes, sets, sorted, expires) = Default::default();
        Self { hashes, sets, sorted, expires, started_at: Instant::now(), start: START, run: 0 }
    }

    pub fn restart(&mut self, run: u32, keeps_data: bool) {
        self.run = run;
        if !keeps_data {
            *self = Self { run, start: self.start, started_at: self.started_at, ..Self::new() };
        }
    }

    pub fn move_clock(&mut self, time: Duration, back: bool) {
        let time = micros(time);
        self.start = if back { self.start - time } else { self.start + time };
    }

    fn micros(&self) -> u64 {
        self.start + micros(self.started_at.elapsed())
    }

    /// Executes a command, given by its name and its arguments.
    ///
    /// # Errors
    ///
    /// If the command is not supported by the simulation.
    pub fn execute(&mut self, words: &[Vec<u8>]) -> Result<Value, String> {
        let now = self.micros();
        let expired: Vec<_> = self.expires.iter().filter(|(_, at)| **at <= now).map(|(key, _)| key.clone()).collect();
        for key in expired {
            self.remove(&key);
        }
        let Some((name, arguments)) = words.split_first() else { return Err("the command is empty".to_owned()) };
        let name = String::from_utf8_lossy(name).to_ascii_uppercase();
        let key = arguments.first().cloned().unwrap_or_default();
        let rest = arguments.get(1..).unwrap_or_default();
        Ok(match name.as_str() {
            "TIME" => Value::Array(vec![bulk((now / 1_000_000).to_string()), bulk((now % 1_000_000).to_string())]),
            "INFO" => bulk(format!("# Server\r\nrun_id:run{}\r\n", self.run)),
            "DEL" => {
                let removed = arguments.iter().filter(|key| self.remove(key)).count();
                integer(removed)
            }
            "PEXPIRE" => {
                self.expires.insert(key, now + number(rest.first()) as u64 * 1000);
                integer(1)
            }
            "HGET" => {
                self.hash(&key).get(rest.first().unwrap_or(&Vec::new())).map_or(Value::Nil, |value| bulk(value.clone()))
            }
            "HMGET" => {
                let hash = self.hash(&key);
                Value::Array(
                    rest.iter().map(|field| hash.get(field).map_or(Value::Nil, |value| bulk(value.clone()))).collect(),
                )
            }
            "HSET" => {
                let hash = self.hash(&key);
                let pairs = rest.chunks_exact(2).map(|pair| hash.insert(pair[0].clone(), pair[1].clone()));
                integer(pairs.filter(Option::is_none).count())
            }
            "HDEL" => {
                let hash = self.hash(&key);
                integer(rest.iter().filter(|field| hash.remove(*field).is_some()).count())
            }
            "SADD" => {
                let set = self.set(&key);
                integer(rest.iter().filter(|member| set.insert((*member).clone())).count())
            }
            "SREM" => {
                let set = self.set(&key);
                integer(rest.iter().filter(|member| set.remove(*member)).count())
            }
            "SMEMBERS" => Value::Array(self.set(&key).iter().map(|member| bulk(member.clone())).collect()),
            "ZADD" => {
                let only_known = rest.first().is_some_and(|word| word == b"XX");
                let rest = if only_known { &rest[1..] } else { rest };
                let sorted = self.sorted(&key);
                for pair in rest.chunks_exact(2) {
                    if !only_known || sorted.contains_key(&pair[1]) {
                        sorted.insert(pair[1].clone(), number(Some(&pair[0])));
                    }
                }
                integer(1)
            }
            "ZREM" => {
                let sorted = self.sorted(&key);
                integer(rest.iter().filter(|member| sorted.remove(*member).is_some()).count())
            }
            "ZREMRANGEBYSCORE" => {
                let (low, high) = (number(rest.first()), number(rest.get(1)));
                let sorted = self.sorted(&key);
                let before = sorted.len();
                sorted.retain(|_, score| *score < low || *score > high);
                integer(before - sorted.len())
            }
            "ZREVRANGE" => {
                let mut members: Vec<_> =
                    self.sorted(&key).iter().map(|(member, score)| (*score, member.clone())).collect();
                members.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| other.1.cmp(&one.1)));
                let (first, last) = (number(rest.first()) as usize, number(rest.get(1)) as usize);
                let range = members.into_iter().skip(first).take((last + 1).saturating_sub(first));
                Value::Array(range.flat_map(|(score, member)| [bulk(member), bulk(format!("{score:.0}"))]).collect())
            }
            _ => return Err(format!("the simulated Redis does not support {name}")),
        })
    }

    /// Removes a key, and returns whether it existed.
    fn remove(&mut self, key: &[u8]) -> bool {
        self.expires.remove(key);
        let removed =
            [self.hashes.remove(key).is_some(), self.sets.remove(key).is_some(), self.sorted.remove(key).is_some()];
        removed.contains(&true)
    }

    fn hash(&mut self, key: &[u8]) -> &mut BTreeMap<Vec<u8>, Vec<u8>> {
        self.hashes.entry(key.to_vec()).or_default()
    }

    fn set(&mut self, key: &[u8]) -> &mut BTreeSet<Vec<u8>> {
        self.sets.entry(key.to_vec()).or_default()
    }

    fn sorted(&mut self, key: &[u8]) -> &mut BTreeMap<Vec<u8>, f64> {
        self.sorted.entry(key.to_vec()).or_default()
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or_default()
}

fn bulk(text: impl Into<Vec<u8>>) -> Value {
    Value::BulkString(text.into())
}

fn integer(number: usize) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn number(word: Option<&Vec<u8>>) -> f64 {
    let text = word.map(|word| String::from_utf8_lossy(word).into_owned()).unwrap_or_default();
    match text.as_str() {
        "-inf" => f64::NEG_INFINITY,
        "+inf" | "inf" => f64::INFINITY,
        text => text.parse().unwrap_or_default(),
    }
}
