//! What a seed decides. Everything that happens in a simulation follows from its plan.

mod generate;
mod provision;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::provision::{PlannedDomain, Provision, Source};

/// The longest time for which a killed process is down.
const MOST_DOWN: Duration = Duration::from_secs(20);

/// The money in the wallet of each account, in US cents: enough for every purchase.
pub const ENOUGH: u64 = 10_000_000;

/// A simulation, before it runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// The seed that the plan was made from, and that the network's moods are made from.
    pub seed: u64,
    /// The accounts of the service, each with its own data.
    pub accounts: usize,
    /// The domains of each account.
    pub domains: usize,
    /// The mailboxes on each domain.
    pub mailboxes_per_domain: usize,
    /// Where rate limits are counted.
    pub limits: Limits,
    /// Where purchases are written down.
    pub journal: JournalPlace,
    /// The programs that use the client.
    pub processes: Vec<ProcessPlan>,
    /// What the network does to requests.
    pub weather: Weather,
    /// The money in the wallet of each account, in US cents.
    #[serde(default = "enough")]
    pub wallet_cents: u64,
    /// What the programs provision.
    #[serde(default)]
    pub provisions: Vec<Provision>,
    /// What the programs do.
    pub actions: Vec<Action>,
    /// What happens to them.
    pub turns: Vec<Turn>,
}

fn enough() -> u64 {
    ENOUGH
}

/// Where rate limits are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limits {
    /// In each process.
    Process,
    /// In Redis.
    Redis,
    /// In Redis, and in each process while it is away.
    RedisOrShare,
}

/// Where purchases are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JournalPlace {
    /// In a file that all processes use.
    File,
    /// In Redis.
    Redis,
}

/// A program that uses the client.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ProcessPlan {
    /// Its account.
    pub account: usize,
    /// Whether it asks a function for its key.
    pub has_key_provider: bool,
}

/// What the network does to requests. Chances are in a thousand.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Weather {
    /// Of a connection that cannot be made.
    pub refused: u32,
    /// Of a request that is lost on its way.
    pub lost_before: u32,
    /// Of a response that is lost on its way.
    pub lost_after: u32,
    /// Of an end that nobody tells of: no response, and no closed connection.
    pub silent: u32,
    /// Of a response that breaks off.
    pub torn: u32,
    /// Of a response that is not valid JSON.
    pub garbled: u32,
    /// Of an error status without the request being carried out.
    pub failed_before: u32,
    /// Of an error status although the request was carried out.
    pub failed_after: u32,
    /// Of a 429, because of others with the same key.
    pub too_many: u32,
    /// Of a new connection.
    pub connects: u32,
    /// The longest time of a new connection.
    pub connect: Duration,
    /// The longest way to the service, or back.
    pub latency: Duration,
    /// Of a request that the service works on for long.
    pub works: u32,
    /// The longest time it works.
    pub work: Duration,
}

impl Weather {
    /// Whether no request meets a fault.
    pub fn is_calm(&self) -> bool {
        let requests = [self.refused, self.lost_before, self.failed_before, self.too_many];
        let responses = [self.lost_after, self.silent, self.torn, self.garbled, self.failed_after];
        requests.into_iter().chain(responses).all(|chance| chance == 0)
    }

    /// The same network without a fault.
    pub fn calm(self) -> Self {
        let Self { connects, connect, latency, works, work, .. } = self;
        Self { connects, connect, latency, works, work, ..Self::default() }
    }
}

/// Something that a program does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Action {
    /// Its number in the plan.
    pub id: u32,
    /// Which program does it.
    pub process: usize,
    /// When.
    pub at: Duration,
    /// The workspace; `None` for the primary one, unnamed.
    pub workspace: Option<usize>,
    /// The timeout of a call.
    pub call: Duration,
    /// The timeout of an attempt.
    pub attempt: Duration,
    /// The number of attempts.
    pub attempts: u32,
    /// What becomes of its future.
    pub fate: Fate,
    /// What it is.
    pub work: Work,
}

/// What becomes of the future of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It is awaited.
    Awaited,
    /// It is dropped after a time, like the loser of a `select!`.
    DroppedAfter(Duration),
    /// It is dropped after this many polls.
    DroppedAtPoll(u32),
    /// After this many polls, it is not polled for a time.
    Neglected(u32, Duration),
}

/// What a program does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Work {
    /// Reads the user, this many times concurrently.
    ReadUser { times: u32 },
    /// Checks whether domains are available, this many times concurrently.
    CheckDomains { times: u32 },
    /// Creates a tag, and may delete it again.
    Tag { deletes: bool },
    /// Lists all rows.
    List { list: List, limit: u32, read_ahead: usize },
    /// Uses the codes of a mailbox, by its place among those with codes.
    Code { mailbox: usize, usage: CodeUsage },
    /// Buys slots for mailboxes.
    Buy { key: Option<u8>, quantity: u32 },
    /// Assigns mailboxes to domains, and waits for them.
    Assign { domains: Vec<usize>, each: usize, batch: usize, skips_existing: bool, waits: Option<Duration> },
    /// Receives an event of a webhook.
    Webhook { delay: Duration, is_forged: bool },
    /// Provisions domains and mailboxes: those of a plan, by its place. It runs under the plan's name, which others may use.
    Provision { plan: usize },
}

impl Work {
    /// Whether a program does it again after a crash.
    pub fn is_durable(&self) -> bool {
        matches!(self, Self::Buy { key: Some(_), .. } | Self::Assign { .. } | Self::Provision { .. })
    }
}

/// A list of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum List {
    /// Mailboxes, in pages of domains.
    Mailboxes,
    /// Domains.
    Domains,
}

/// How codes are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeUsage {
    /// The current one.
    Current,
    /// One that is valid for a time.
    ValidFor(Duration),
    /// Several, one after the other.
    Stream(usize),
    /// The current one, computed from the seed.
    FromSeed,
}

/// Something that happens to the programs, or to the service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Turn {
    /// When.
    pub at: Duration,
    /// What.
    pub event: Event,
}

/// What happens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Event {
    /// A process is killed, and started again after a time. The line that it was writing may be torn.
    Crash { process: usize, down_for: Duration, torn: Option<u8> },
    /// The machine sleeps: its monotonic clock stands still, and all others go on.
    Sleep(Duration),
    /// The machine stands still: all clocks go on, and nothing that waits for them is woken.
    Stall(Duration),
    /// The clock of the service is set forward.
    ServiceClock(Duration),
    /// The clock of the machine is set, by a number of seconds.
    WallClock(i64),
    /// The key of an account is replaced.
    NewKey { account: usize },
    /// Somebody moves a domain to the other workspace.
    MoveDomain { account: usize, domain: usize },
    /// Redis is away for a time: it refuses connections, or is silent.
    RedisAway { time: Duration, is_silent: bool },
    /// Redis is started again, and has lost its data or not.
    RedisRestart { keeps_data: bool },
    /// The clock of Redis is set back.
    RedisClock(Duration),
}

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64) -> Self {
        generate::plan(seed)
    }

    /// Whether nothing goes wrong, so that nothing may fail.
    pub fn is_calm(&self) -> bool {
        self.weather.is_calm() && self.turns.iter().all(|turn| matches!(turn.event, Event::MoveDomain { .. }))
    }

    /// For how long the machine stands still in total.
    pub fn stalls(&self) -> Duration {
        let stalls = self.turns.iter().map(|turn| match turn.event {
            Event::Stall(time) => time,
            _ => Duration::ZERO,
        });
        stalls.sum()
    }

    /// Whether an event of this kind happens.
    pub fn has(&self, is_meant: fn(&Event) -> bool) -> bool {
        self.turns.iter().any(|turn| is_meant(&turn.event))
    }

    /// Whether an action provisions something.
    pub fn provisions(&self, action: u32) -> bool {
        self.actions.iter().any(|other| other.id == action && matches!(other.work, Work::Provision { .. }))
    }

    /// Whether each future is awaited to its end.
    pub fn awaits_all(&self) -> bool {
        self.actions.iter().all(|action| action.fate == Fate::Awaited)
    }

    /// The longest timeout of a call.
    pub fn longest_call(&self) -> Duration {
        self.actions.iter().map(|action| action.call).max().unwrap_or_default()
    }

    /// When Redis loses its data, or its clock is set back.
    pub fn losses(&self) -> impl Iterator<Item = Duration> {
        let is_loss = |event: &Event| matches!(event, Event::RedisRestart { keeps_data: false } | Event::RedisClock(_));
        self.turns.iter().filter(move |turn| is_loss(&turn.event)).map(|turn| turn.at)
    }

    /// Whether a process may not know what others know of Redis: it stood still, or was started, after Redis was away.
    pub fn has_partial_views(&self) -> bool {
        let is_away = |event: &Event| {
            matches!(event, Event::RedisAway { .. } | Event::RedisRestart { .. } | Event::RedisClock(_))
        };
        let away_at = self.turns.iter().find(|turn| is_away(&turn.event)).map(|turn| turn.at);
        let is_late = |turn: &Turn| matches!(turn.event, Event::Stall(_) | Event::Sleep(_) | Event::Crash { .. });
        away_at.is_some_and(|away_at| self.turns.iter().any(|turn| is_late(turn) && turn.at + MOST_DOWN >= away_at))
    }
}
