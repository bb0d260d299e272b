//! A program that uses the client: it starts, does what the plan says, is killed, and starts again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use zapmail_sdk_ext::{Journal, RateLimiter, RateLimits, Redis, RedisLimits, RetryPolicy, Secret, Timeouts, Zapmail};

use crate::afterwards::AFTERWARDS;
use crate::fate;
use crate::network::{CALL, Network, SUBJECT};
use crate::plan::{Action, Event, Fate, JournalPlace, Limits, Work};
use crate::records::{CallId, Life};
use crate::redis::Link;
use crate::workload;
use crate::world::World;

/// A running process.
#[derive(Debug)]
pub struct Process {
    /// The world that it lives in.
    pub world: Arc<World>,
    /// Which one it is.
    pub life: Life,
    /// Its account.
    pub account: usize,
    /// Its client.
    pub zapmail: Zapmail,
    /// The journal of its account.
    pub journal: Journal,
    redis: Link,
}

/// An action while it is carried out.
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
    ///
    /// # Errors
    ///
    /// If its client cannot be built, or its journal cannot be opened.
    pub fn start(world: &Arc<World>, life: Life) -> anyhow::Result<Arc<Self>> {
        let plan = &world.plan;
        let program = plan.processes[life.process];
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
            .transport(Network::new(Arc::clone(world), life))
            .rate_limiter(limiter);
        let zapmail = if program.has_key_provider {
            let (provider, asked) = (Arc::clone(world), AtomicU32::new(0));
            builder.api_key_provider(move || {
                let (world, asked) = (Arc::clone(&provider), asked.fetch_add(1, Ordering::Relaxed));
                async move {
                    sleep(Duration::from_millis(30)).await;
                    if asked % 4 == 3 && !world.plan.weather.is_calm() && life.incarnation != AFTERWARDS {
                        return Err(std::io::Error::other("the secret store is away"));
                    }
                    Ok(Secret::from(world.accounts[account].key()))
                }
            })
        } else {
            builder.api_key(world.accounts[account].key())
        };
        let journal = match plan.journal {
            JournalPlace::File => Journal::file(world.disk.journal(account))?,
            JournalPlace::Redis => Journal::redis(Redis::simulated(redis.clone()), format!("account-{account}")),
        };
        Ok(Arc::new(Self { world: Arc::clone(world), life, account, zapmail: zapmail.build()?, journal, redis }))
    }
}

/// Runs a process to the end of its actions, through all of its lives. Returns the last one, which idles.
///
/// # Errors
///
/// If it cannot be started.
pub async fn run(world: Arc<World>, process: usize) -> anyhow::Result<Option<Arc<Process>>> {
    let mut open: Vec<Action> = world.plan.actions.iter().filter(|action| action.process == process).cloned().collect();
    let mut crashes = crashes(&world, process).into_iter();
    for incarnation in 0.. {
        let running = Process::start(&world, Life { process, incarnation })?;
        let steps = Steps::default();
        let acts = open.iter().map(|action| perform(Arc::clone(&running), action.clone(), steps.clone()).boxed_local());
        let mut acts: FuturesUnordered<LocalBoxFuture<'static, ()>> = acts.collect();
        let all = async { while acts.next().await.is_some() {} };
        let Some((at, down_for, torn)) = crashes.next() else {
            all.await;
            return Ok(Some(running));
        };
        if timeout_at(world.moment(at), all).await.is_ok() {
            sleep_until(world.moment(at)).await;
        }
        world.trace(|| format!("process {process} is killed"));
        running.redis.cut();
        let image = world.disk.image()?;
        drop(acts);
        drop(running);
        // A killed process runs no destructors.
        world.disk.restore(&image)?;
        if let Some(part) = torn.filter(|_| world.plan.journal == JournalPlace::File) {
            world.disk.tear(world.plan.processes[process].account, part)?;
        }
        open.retain(|action| match steps.of(action.id) {
            None => true,
            Some(Step::Begun) => action.work.is_durable(),
            Some(Step::Done) => false,
        });
        sleep(down_for).await;
        world.trace(|| format!("process {process} starts again"));
    }
    Ok(None)
}

/// How far the actions of a life have come.
#[derive(Debug, Clone, Default)]
struct Steps(Arc<Mutex<BTreeMap<u32, Step>>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Begun,
    Done,
}

impl Steps {
    fn note(&self, action: u32, step: Step) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(action, step);
    }

    fn of(&self, action: u32) -> Option<Step> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&action).copied()
    }
}

/// When a process is killed, for how long it is down, and whether a line is torn.
fn crashes(world: &World, process: usize) -> Vec<(Duration, Duration, Option<u8>)> {
    let turns = world.plan.turns.iter();
    turns
        .filter_map(|turn| match turn.event {
            Event::Crash { process: killed, down_for, torn } if killed == process => Some((turn.at, down_for, torn)),
            _ => None,
        })
        .collect()
}

async fn perform(process: Arc<Process>, action: Action, steps: Steps) {
    let world = Arc::clone(&process.world);
    sleep_until(world.moment(action.at)).await;
    let id = action.id;
    steps.note(id, Step::Begun);
    world.trace(|| format!("{id} begins: {:?}, {:?}", action.work, action.fate));
    let actor = Actor::new(process, action);
    fate::meet(&actor, workload::run(&actor)).await;
    if let Some(again) = actor.after_drop() {
        fate::meet(&again, workload::run(&again)).await;
    }
    steps.note(id, Step::Done);
}

impl Actor {
    /// An action of a process.
    pub fn new(process: Arc<Process>, mut action: Action) -> Self {
        if let Work::Provision { plan } = action.work
            && let Some(wanted) = process.world.plan.provisions.get(plan)
        {
            // A run continues in the workspace that it was begun in.
            action.workspace = wanted.workspace;
        }
        Self { process, action, calls: AtomicU32::new(0), called_at: Mutex::new(Instant::now()) }
    }

    /// The same action once more, after its future was dropped: that of a run, which is to be continued.
    fn after_drop(&self) -> Option<Self> {
        let was_dropped = matches!(self.action.fate, Fate::DroppedAfter(_) | Fate::DroppedAtPoll(_));
        (was_dropped && matches!(self.action.work, Work::Provision { .. })).then(|| Self {
            process: Arc::clone(&self.process),
            action: Action { fate: Fate::Awaited, ..self.action.clone() },
            calls: AtomicU32::new(self.calls.load(Ordering::Relaxed)),
            called_at: Mutex::new(Instant::now()),
        })
    }

    /// For how long the last call has run.
    pub fn called_for(&self) -> Duration {
        self.called_at.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// The world.
    pub fn world(&self) -> &Arc<World> {
        &self.process.world
    }

    /// The workspace that calls run in, by its number.
    pub fn workspace(&self) -> usize {
        self.action.workspace.unwrap_or_default()
    }

    /// A client for one call, and the call's id.
    pub fn call(&self) -> (Zapmail, CallId) {
        let nth = self.calls.fetch_add(1, Ordering::Relaxed);
        *self.called_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let id = CallId { action: self.action.id, incarnation: self.process.life.incarnation, nth };
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
        // The name of the header is valid, and so is the id.
        (zapmail.with_header(CALL, &id.to_string()).unwrap_or(zapmail), id)
    }

    /// The client of a call with what it is about.
    pub fn about(zapmail: &Zapmail, subject: &str) -> Zapmail {
        zapmail.with_header(SUBJECT, subject).unwrap_or_else(|_| zapmail.clone())
    }
}
