//! Plans: a seed determines a plan, and a plan determines everything in a simulation.

mod generate;
mod provision;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::provision::{PlannedDomain, Provision, Source};

/// The maximum downtime of a killed process.
const MAX_DOWNTIME: Duration = Duration::from_secs(20);

/// A balance of the wallet that is sufficient for all purchases, in US cents.
pub const ENOUGH: u64 = 10_000_000;

/// The plan of a simulation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// The seed that the plan was generated from. It also determines the network conditions of each request.
    pub seed: u64,
    /// The number of accounts of the service.
    pub accounts: usize,
    /// The number of domains per account.
    pub domains: usize,
    /// The number of mailboxes per domain.
    pub mailboxes_per_domain: usize,
    /// Where requests are counted for the rate limits.
    pub limits: Limits,
    /// Where purchases are recorded.
    pub journal: JournalStore,
    /// The programs that use the client.
    pub processes: Vec<ProcessPlan>,
    /// The network conditions.
    pub weather: Weather,
    /// The wallet balance of each account, in US cents.
    #[serde(default = "enough")]
    pub wallet_cents: u64,
    /// The plans that programs provision.
    #[serde(default)]
    pub provisions: Vec<Provision>,
    /// The actions of the programs.
    pub actions: Vec<Action>,
    /// The disturbances.
    pub turns: Vec<Turn>,
}

fn enough() -> u64 {
    ENOUGH
}

/// Where requests are counted for the rate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limits {
    /// In each process.
    Process,
    /// In Redis.
    Redis,
    /// In Redis, and in each process while Redis is unavailable.
    RedisOrShare,
}

/// Where purchases are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JournalStore {
    /// In a file that all processes share.
    File,
    /// In Redis.
    Redis,
}

/// A program that uses the client.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ProcessPlan {
    /// Its account.
    pub account: usize,
    /// Whether its key comes from a key provider instead of a fixed value.
    pub has_key_provider: bool,
}

/// The network conditions. Probabilities are per mille.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Weather {
    /// Probability that the connection is refused.
    pub refused: u32,
    /// Probability that the request is lost.
    pub lost_before: u32,
    /// Probability that the response is lost.
    pub lost_after: u32,
    /// Probability of silence: no response, and the connection is not closed.
    pub silent: u32,
    /// Probability that the response is cut off.
    pub torn: u32,
    /// Probability that the response is not valid JSON.
    pub garbled: u32,
    /// Probability of an error status without the request being processed.
    pub failed_before: u32,
    /// Probability of an error status although the request was processed.
    pub failed_after: u32,
    /// Probability of a 429, caused by other programs with the same key.
    pub too_many: u32,
    /// Probability that a new connection is needed.
    pub connects: u32,
    /// The maximum duration of connecting.
    pub connect: Duration,
    /// The maximum latency in each direction.
    pub latency: Duration,
    /// Probability that the service takes time to process the request.
    pub works: u32,
    /// The maximum processing time.
    pub work: Duration,
}

impl Weather {
    /// Whether requests have no faults.
    pub fn is_calm(&self) -> bool {
        let requests = [self.refused, self.lost_before, self.failed_before, self.too_many];
        let responses = [self.lost_after, self.silent, self.torn, self.garbled, self.failed_after];
        requests.into_iter().chain(responses).all(|chance| chance == 0)
    }

    /// The same network without faults.
    pub fn calm(self) -> Self {
        let Self { connects, connect, latency, works, work, .. } = self;
        Self { connects, connect, latency, works, work, ..Self::default() }
    }
}

/// An action of a program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Action {
    /// Its number in the plan.
    pub id: u32,
    /// The index of its process.
    pub process: usize,
    /// When it begins, since the start of the simulation.
    pub at: Duration,
    /// The workspace; `None` for the primary workspace, without its id.
    pub workspace: Option<usize>,
    /// The timeout of a call.
    pub call: Duration,
    /// The timeout of an attempt.
    pub attempt: Duration,
    /// The number of attempts.
    pub attempts: u32,
    /// The fate of its future.
    pub fate: Fate,
    /// The work.
    pub work: Work,
}

/// The fate of the future of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It is awaited.
    Awaited,
    /// It is dropped after a time, like the loser of a `select!`.
    DroppedAfter(Duration),
    /// It is dropped after this many polls.
    DroppedAtPoll(u32),
    /// It is not polled for a time after this many polls.
    Neglected(u32, Duration),
}

/// The work of an action.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Work {
    /// Reads the user, with `times` concurrent calls.
    ReadUser { times: u32 },
    /// Checks the availability of domains, with `times` concurrent calls.
    CheckDomains { times: u32 },
    /// Creates a tag, and deletes it again if `deletes` is set.
    Tag { deletes: bool },
    /// Lists all rows.
    List { list: List, limit: u32, read_ahead: usize },
    /// Uses the codes of a mailbox, given by its index among the mailboxes with codes.
    Code { mailbox: usize, usage: CodeUsage },
    /// Buys slots for mailboxes.
    Buy { key: Option<u8>, quantity: u32 },
    /// Assigns mailboxes to domains, and waits for them if `waits` is set.
    Assign { domains: Vec<usize>, each: usize, batch: usize, skips_existing: bool, waits: Option<Duration> },
    /// Receives an event of a webhook.
    Webhook { delay: Duration, is_forged: bool },
    /// Provisions the domains and mailboxes of a plan, given by its index. Other actions can run the same plan.
    Provision { plan: usize },
}

impl Work {
    /// Whether a program repeats it after a crash.
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

/// The use of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeUsage {
    /// The current code.
    Current,
    /// A code that is valid for at least this time.
    ValidFor(Duration),
    /// This many consecutive codes.
    Stream(usize),
    /// The current code, computed from the seed.
    FromSeed,
}

/// A disturbance of the programs or the service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Turn {
    /// The time since the start of the simulation.
    pub at: Duration,
    /// The event.
    pub event: Event,
}

/// The event of a disturbance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Event {
    /// A process is killed, and restarted after a time. `torn` tears the line that it was writing.
    Crash { process: usize, down_for: Duration, torn: Option<u8> },
    /// The machine sleeps: its monotonic clock stops, and all other clocks continue.
    Sleep(Duration),
    /// The machine stalls: all clocks continue, but timers do not fire.
    Stall(Duration),
    /// The clock of the service is advanced.
    ServiceClock(Duration),
    /// The wall clock of the machine is set to the service's time plus this number of seconds.
    WallClock(i64),
    /// The key of an account is replaced.
    NewKey { account: usize },
    /// A domain is moved to the other workspace.
    MoveDomain { account: usize, domain: usize },
    /// Redis is unavailable for a time: it refuses connections, or is silent.
    RedisAway { time: Duration, is_silent: bool },
    /// Redis is restarted, with or without its data.
    RedisRestart { keeps_data: bool },
    /// The clock of Redis is set back.
    RedisClock(Duration),
}

impl Plan {
    /// Generates the plan of a seed.
    pub fn of(seed: u64) -> Self {
        generate::plan(seed)
    }

    /// Whether there are no faults and disturbances, so that no call may fail.
    pub fn is_calm(&self) -> bool {
        self.weather.is_calm() && self.turns.iter().all(|turn| matches!(turn.event, Event::MoveDomain { .. }))
    }

    /// The total time for which the machine stalls.
    pub fn stalls(&self) -> Duration {
        let stalls = self.turns.iter().map(|turn| match turn.event {
            Event::Stall(time) => time,
            _ => Duration::ZERO,
        });
        stalls.sum()
    }

    /// Whether the plan contains an event that matches the predicate.
    pub fn has(&self, matches: fn(&Event) -> bool) -> bool {
        self.turns.iter().any(|turn| matches(&turn.event))
    }

    /// Whether an action provisions a plan.
    pub fn provisions(&self, action: u32) -> bool {
        self.actions.iter().any(|other| other.id == action && matches!(other.work, Work::Provision { .. }))
    }

    /// Whether all futures are awaited to the end.
    pub fn awaits_all(&self) -> bool {
        self.actions.iter().all(|action| action.fate == Fate::Awaited)
    }

    /// The longest timeout of a call.
    pub fn longest_call(&self) -> Duration {
        self.actions.iter().map(|action| action.call).max().unwrap_or_default()
    }

    /// The times when Redis loses its data, or its clock is set back.
    pub fn losses(&self) -> impl Iterator<Item = Duration> {
        let is_loss = |event: &Event| matches!(event, Event::RedisRestart { keeps_data: false } | Event::RedisClock(_));
        self.turns.iter().filter(move |turn| is_loss(&turn.event)).map(|turn| turn.at)
    }

    /// Whether a process might have missed an outage of Redis that others noticed, because it was stalled or down at
    /// the time.
    pub fn has_partial_views(&self) -> bool {
        let is_away = |event: &Event| {
            matches!(event, Event::RedisAway { .. } | Event::RedisRestart { .. } | Event::RedisClock(_))
        };
        let away_at = self.turns.iter().find(|turn| is_away(&turn.event)).map(|turn| turn.at);
        let is_late = |turn: &Turn| matches!(turn.event, Event::Stall(_) | Event::Sleep(_) | Event::Crash { .. });
        away_at.is_some_and(|away_at| self.turns.iter().any(|turn| is_late(turn) && turn.at + MAX_DOWNTIME >= away_at))
    }
}
