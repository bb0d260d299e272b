//! The incarnations of a process: it starts, runs the actions of its plan, is killed, and is restarted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::time::{sleep, sleep_until, timeout_at};

use crate::fate;
use crate::lock::lock;
use crate::plan::{Action, Event, JournalStore};
use crate::process::{Actor, Process};
use crate::records::Incarnation;
use crate::workload;
use crate::world::World;

/// Runs all incarnations of a process until its actions are done. Returns the last incarnation, which is then idle.
pub async fn run(world: Arc<World>, process: usize) -> anyhow::Result<Option<Arc<Process>>> {
    let mut open: Vec<Action> = world.plan.actions.iter().filter(|action| action.process == process).cloned().collect();
    let mut crashes = crashes(&world, process).into_iter();
    for incarnation in 0.. {
        let running = Process::start(&world, Incarnation { process, number: incarnation })?;
        let steps = Steps::default();
        let running_actions =
            open.iter().map(|action| perform(Arc::clone(&running), action.clone(), steps.clone()).boxed_local());
        let mut running_actions: FuturesUnordered<LocalBoxFuture<'static, ()>> = running_actions.collect();
        let all = async { while running_actions.next().await.is_some() {} };
        let Some((at, down_for, torn)) = crashes.next() else {
            all.await;
            return Ok(Some(running));
        };
        if timeout_at(world.instant(at), all).await.is_ok() {
            sleep_until(world.instant(at)).await;
        }
        world.trace(|| format!("process {process} is killed"));
        running.redis.cut();
        let image = world.disk.image()?;
        drop(running_actions);
        drop(running);
        // A killed process runs no destructors.
        world.disk.restore(&image)?;
        if let Some(part) = torn.filter(|_| world.plan.journal == JournalStore::File) {
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

/// The progress of the actions of an incarnation.
#[derive(Debug, Clone, Default)]
struct Steps(Arc<Mutex<BTreeMap<u32, Step>>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Begun,
    Done,
}

impl Steps {
    fn note(&self, action: u32, step: Step) {
        lock(&self.0).insert(action, step);
    }

    fn of(&self, action: u32) -> Option<Step> {
        lock(&self.0).get(&action).copied()
    }
}

/// The crashes of a process: the time, the downtime, and the part of a line that is torn, if any.
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
    sleep_until(world.instant(action.at)).await;
    let id = action.id;
    steps.note(id, Step::Begun);
    world.trace(|| format!("{id} begins: {:?}, {:?}", action.work, action.fate));
    let actor = Actor::new(process, action);
    fate::run(&actor, workload::run(&actor)).await;
    if let Some(again) = actor.after_drop() {
        fate::run(&again, workload::run(&again)).await;
    }
    steps.note(id, Step::Done);
}
