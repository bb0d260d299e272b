//! A process that uses the client, and its running actions.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use zapmail_sdk_ext::{Journal, RateLimiter, RateLimits, Redis, RedisLimits, RetryPolicy, Secret, Timeouts, Zapmail};

use crate::lock::lock;
use crate::network::{CALL, Network, SUBJECT};
use crate::plan::{Action, Fate, JournalStore, Limits, Work};
use crate::records::{CallId, FINAL_PHASE, Incarnation};
use crate::redis::Link;
use crate::world::World;

/// A running process.
#[derive(Debug)]
pub struct Process {
    /// The world of the simulation.
    pub world: Arc<World>,
    /// Its number in the plan, and its incarnation.
    pub incarnation: Incarnation,
    /// Its account.
    pub account: usize,
    /// Its client.
    pub zapmail: Zapmail,
    /// The journal of its account.
    pub journal: Journal,
    /// Its connection to Redis.
    pub redis: Link,
}

/// A running action.
#[derive(Debug)]
pub struct Actor {
    /// The process.
    pub process: Arc<Process>,
    /// The action.
    pub action: Action,
    calls: AtomicU32,
    /// When the last call began.
    called_at: Mutex<Instant>,
}

impl Process {
    /// Starts a process.
    pub fn start(world: &Arc<World>, incarnation: Incarnation) -> anyhow::Result<Arc<Self>> {
        let plan = &world.plan;
        let program = plan.processes[incarnation.process];
        let account = program.account;
        let redis = world.redis.link();
        let limits = RedisLimits::new(Redis::simulated(redis.clone()), format!("the-key-of-account-{account}"));
        let limiter = match plan.limits {
            Limits::Process => RateLimiter::new(RateLimits::default())?,
            Limits::Redis => RateLimiter::redis(limits)?,
            Limits::RedisOrShare => RateLimiter::redis(limits.local_share(u32::try_from(plan.processes.len())?))?,
        };
        let builder = Zapmail::builder()
            .base_url("http://localhost/api")
            .transport(Network::new(Arc::clone(world), incarnation))
            .rate_limiter(limiter);
        let zapmail = if program.has_key_provider {
            let (provider, asked) = (Arc::clone(world), AtomicU32::new(0));
            builder.api_key_provider(move || {
                let (world, asked) = (Arc::clone(&provider), asked.fetch_add(1, Ordering::Relaxed));
                async move {
                    sleep(Duration::from_millis(30)).await;
                    if asked % 4 == 3 && !world.plan.weather.is_calm() && incarnation.number != FINAL_PHASE {
                        return Err(std::io::Error::other("the secret store is unavailable"));
                    }
                    Ok(Secret::from(world.accounts[account].key()))
                }
            })
        } else {
            builder.api_key(world.accounts[account].key())
        };
        let journal = match plan.journal {
            JournalStore::File => Journal::file(world.disk.journal(account))?,
            JournalStore::Redis => Journal::redis(Redis::simulated(redis.clone()), format!("account-{account}")),
        };
        Ok(Arc::new(Self { world: Arc::clone(world), incarnation, account, zapmail: zapmail.build()?, journal, redis }))
    }
}

impl Actor {
    /// Creates an action of a process.
    pub fn new(process: Arc<Process>, mut action: Action) -> Self {
        if let Work::Provision { plan } = action.work
            && let Some(wanted) = process.world.plan.provisions.get(plan)
        {
            // A run continues in the workspace in which it began.
            action.workspace = wanted.workspace;
        }
        Self { process, action, calls: AtomicU32::new(0), called_at: Mutex::new(Instant::now()) }
    }

    /// The action that continues a run of a plan after its future was dropped.
    pub fn after_drop(&self) -> Option<Self> {
        let was_dropped = matches!(self.action.fate, Fate::DroppedAfter(_) | Fate::DroppedAtPoll(_));
        (was_dropped && matches!(self.action.work, Work::Provision { .. })).then(|| Self {
            process: Arc::clone(&self.process),
            action: Action { fate: Fate::Awaited, ..self.action.clone() },
            calls: AtomicU32::new(self.calls.load(Ordering::Relaxed)),
            called_at: Mutex::new(Instant::now()),
        })
    }

    /// The time since the last call began.
    pub fn called_for(&self) -> Duration {
        lock(&self.called_at).elapsed()
    }

    /// The world.
    pub fn world(&self) -> &Arc<World> {
        &self.process.world
    }

    /// The index of the workspace of the calls.
    pub fn workspace(&self) -> usize {
        self.action.workspace.unwrap_or_default()
    }

    /// Creates a client for one call, and the call's id.
    pub fn call(&self) -> (Zapmail, CallId) {
        let nth = self.calls.fetch_add(1, Ordering::Relaxed);
        *lock(&self.called_at) = Instant::now();
        let id = CallId { action: self.action.id, incarnation: self.process.incarnation.number, nth };
        let Action { call, attempt, attempts, workspace, .. } = &self.action;
        let zapmail = self
            .process
            .zapmail
            .with_timeouts(Timeouts::default().call(*call).attempt(*attempt))
            .with_retry_policy(RetryPolicy::default().attempts(*attempts));
        let zapmail = match workspace {
            Some(number) => zapmail.workspace(&self.world().accounts[self.process.account].workspaces[*number]),
            None => zapmail,
        };
        // Never fails: the name of the header and the id are valid.
        (zapmail.with_header(CALL, &id.to_string()).unwrap_or(zapmail), id)
    }

    /// Adds the subject of a call to its client.
    pub fn with_subject(zapmail: &Zapmail, subject: &str) -> Zapmail {
        zapmail.with_header(SUBJECT, subject).unwrap_or_else(|_| zapmail.clone())
    }
}
