//! Simulation: the real client over the sandbox's service, in one thread, under a paused clock.
//!
//! A seed decides everything: which programs there are and what they do, what the network does to each request, which
//! futures are dropped or left alone, when processes are killed, clocks are set, and Redis is away ([`plan`]). What
//! happens is recorded, and judged by the [`invariants`]. The same seed always gives the same simulation, so a failure is
//! reproduced by its seed, and [`shrink`] finds what of it matters.
//!
//! Real are the client with its limiter, retries, journal and scripts for Redis, and the service of the sandbox. Simulated
//! are the network, the clocks, and the Redis server, which runs the real scripts.

mod account;
mod afterwards;
mod canaries;
mod disk;
mod fate;
pub mod invariants;
mod network;
pub mod plan;
mod process;
pub mod records;
mod redis;
mod runs;
pub mod shrink;
mod weather;
mod workload;
mod world;

use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;
use tokio::runtime::{Builder, Handle};
use tokio::time::{sleep, sleep_until};

use self::account::Account;
use self::canaries::Traces;
use self::plan::{Event, Limits, Plan};
use self::process::Process;
use self::records::Violation;
use self::world::World;

/// How long the clients idle at the end.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);

/// How long a client may do something after its last call, such as report it to Redis, or end.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// What came of a simulation.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What should not have happened.
    pub violations: Vec<Violation>,
    /// What happened, line by line, if it was asked for.
    pub trace: Vec<String>,
    /// The number of requests.
    pub requests: usize,
}

/// Runs a plan.
///
/// # Errors
///
/// If the machine has no place for it.
pub fn simulate(plan: &Plan, is_traced: bool) -> anyhow::Result<Report> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let traces = Traces::default();
    let report =
        tracing::subscriber::with_default(traces.clone(), || runtime.block_on(live(plan.clone(), is_traced, &traces)));
    zapmail_sdk::clock::set_simulated_time(None);
    report
}

async fn live(plan: Plan, is_traced: bool, traces: &Traces) -> anyhow::Result<Report> {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let world = World::new(plan, is_traced)?;
    // The client's jitter comes from it.
    fastrand::seed(world.plan.seed);
    let turns = async {
        for turn in &world.plan.turns {
            sleep_until(world.moment(turn.at)).await;
            world.turn(&turn.event).await;
        }
        Ok(())
    };
    let processes = (0..world.plan.processes.len()).map(|process| process::run(Arc::clone(&world), process));
    let (processes, ()) = futures::future::try_join(try_join_all(processes), turns).await?;
    afterwards::settle(&world).await?;
    idle(&world, &processes).await;
    drop(processes);
    sleep(SHUTDOWN).await;
    if tasks() > before {
        world.violated("nothing is left behind", format!("{} tasks live on", tasks() - before));
    }
    // A process that was killed leaves one.
    let killed = world.plan.turns.iter().filter(|turn| matches!(turn.event, Event::Crash { .. })).count();
    if world.disk.signs_of_life()? > killed {
        world.violated("nothing is left behind", "a file tells of a process that has ended".to_owned());
    }
    // Also those of mailboxes that were created meanwhile.
    let seeds: Vec<_> = world.accounts.iter().flat_map(Account::seeds).collect();
    for (what, text) in [("the traces", traces.take()), ("the disk", world.disk.text()?)] {
        canaries::check(&world, what, &text);
        if seeds.iter().any(|seed| text.contains(seed)) {
            world.violated("no credential is printed", format!("{what}: a seed"));
        }
    }
    invariants::check(&world);
    let mut records = world.records();
    let (violations, trace) = (std::mem::take(&mut records.violations), records.trace.take().unwrap_or_default());
    Ok(Report { violations, trace, requests: records.exchanges.len() })
}

/// Leaves the clients alone for a long time: they have nothing to do.
async fn idle(world: &World, processes: &[Option<Arc<Process>>]) {
    let count = || (world.records().exchanges.len(), world.redis.commands());
    sleep(SHUTDOWN).await;
    let before = count();
    sleep(IDLE).await;
    let (requests, commands) = (count().0 - before.0, count().1 - before.1);
    if requests > 0 {
        world.violated("nothing is left behind", format!("{requests} requests were sent"));
    }
    // A process with a share of the limits looks whether Redis is back.
    let looks =
        world.plan.limits == Limits::RedisOrShare && world.plan.has(|event| matches!(event, Event::RedisAway { .. }));
    if commands > 0 && !looks {
        world.violated("nothing is left behind", format!("{commands} commands were sent to Redis"));
    }
    let waiting: usize = processes.iter().flatten().map(|process| process.zapmail.rate_limiter().queue_len()).sum();
    if waiting > 0 {
        world.violated("nothing is left behind", format!("{waiting} requests wait in a queue"));
    }
}
