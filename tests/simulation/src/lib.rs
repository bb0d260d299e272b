//! Simulation of the real client against the sandbox, in one thread, with a paused clock.
//!
//! A seed determines everything: the programs and their actions, the effect of the network on each request, the futures
//! that are dropped or not polled, and the times when processes are killed, clocks are set, and Redis is unavailable
//! ([`plan`]). All events are recorded and checked against the [`invariants`]. The same seed always produces the same
//! simulation, so a failure can be reproduced by its seed, and [`shrink`] reduces its plan to the relevant parts.
//!
//! The client is real, with its limiter, retries, journal and Redis scripts, and so is the sandbox. The network, the
//! clocks and the Redis server are simulated; the Redis server runs the real scripts.

mod account;
mod call_id;
mod canaries;
mod disk;
mod fate;
mod final_phase;
mod incarnations;
pub mod invariants;
mod lock;
mod network;
pub mod plan;
mod process;
pub mod records;
mod redis;
mod running;
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

/// The time for which the clients are idle at the end.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);

/// The maximum time that a client works after its last call, for example to report it to Redis or to shut down.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// The result of a simulation.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The violated invariants.
    pub violations: Vec<Violation>,
    /// The events, one per line, if tracing is enabled.
    pub trace: Vec<String>,
    /// The number of requests.
    pub requests: usize,
}

/// Simulates a plan.
///
/// # Errors
///
/// If a runtime, a sandbox, a client or a temporary file cannot be created.
pub fn simulate(plan: &Plan, is_traced: bool) -> anyhow::Result<Report> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let traces = Traces::default();
    let report =
        tracing::subscriber::with_default(traces.clone(), || runtime.block_on(run(plan.clone(), is_traced, &traces)));
    zapmail_sdk::clock::set_simulated_time(None);
    report
}

async fn run(plan: Plan, is_traced: bool, traces: &Traces) -> anyhow::Result<Report> {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let world = World::new(plan, is_traced)?;
    // The client's jitter uses this generator.
    fastrand::seed(world.plan.seed);
    let turns = async {
        for turn in &world.plan.turns {
            sleep_until(world.instant(turn.at)).await;
            world.perform(&turn.event).await;
        }
        Ok(())
    };
    let processes = (0..world.plan.processes.len()).map(|process| incarnations::run(Arc::clone(&world), process));
    let (processes, ()) = futures::future::try_join(try_join_all(processes), turns).await?;
    final_phase::settle(&world).await?;
    idle(&world, &processes).await;
    drop(processes);
    sleep(SHUTDOWN).await;
    if tasks() > before {
        world.violated("nothing is left behind", format!("{} tasks are still running", tasks() - before));
    }
    // Each killed process leaves a file.
    let killed = world.plan.turns.iter().filter(|turn| matches!(turn.event, Event::Crash { .. })).count();
    if world.disk.alive_files()? > killed {
        world.violated("nothing is left behind", "a file marks an ended process as alive".to_owned());
    }
    // Including the seeds of mailboxes created during the simulation.
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

/// Lets the clients idle for a long time, and checks that they send nothing.
async fn idle(world: &World, processes: &[Option<Arc<Process>>]) {
    let count = || (world.records().exchanges.len(), world.redis.commands());
    sleep(SHUTDOWN).await;
    let before = count();
    sleep(IDLE).await;
    let (requests, commands) = (count().0 - before.0, count().1 - before.1);
    if requests > 0 {
        world.violated("nothing is left behind", format!("{requests} requests were sent"));
    }
    // A process with a share of the limits polls whether Redis is available again.
    let polls_redis =
        world.plan.limits == Limits::RedisOrShare && world.plan.has(|event| matches!(event, Event::RedisAway { .. }));
    if commands > 0 && !polls_redis {
        world.violated("nothing is left behind", format!("{commands} commands were sent to Redis"));
    }
    let waiting: usize = processes.iter().flatten().map(|process| process.zapmail.rate_limiter().queue_len()).sum();
    if waiting > 0 {
        world.violated("nothing is left behind", format!("{waiting} requests are waiting in a queue"));
    }
}
