//! The fate of an action's future: it is awaited, dropped, or not polled for a while.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::plan::Fate;
use crate::process::Actor;
use crate::workload;

/// Runs the work of an action according to its fate, and checks that it ends in time.
pub async fn run(actor: &Actor, work: impl Future<Output = ()>) {
    let world = actor.world();
    let mut work = pin!(work);
    let neglected = match actor.action.fate {
        Fate::Awaited => Duration::ZERO,
        Fate::DroppedAfter(time) => {
            if timeout(time, work).await.is_err() {
                world.trace(|| format!("{} is dropped", actor.action.id));
            }
            return;
        }
        Fate::DroppedAtPoll(polls) => {
            // The timeout applies if the future is polled fewer times.
            _ = timeout(max_duration(actor), polled(polls, work.as_mut())).await;
            world.trace(|| format!("{} is dropped", actor.action.id));
            return;
        }
        Fate::Neglected(polls, time) => {
            if timeout(max_duration(actor), polled(polls, work.as_mut())).await.unwrap_or_default() {
                return;
            }
            world.trace(|| format!("{} is not polled for {time:?}", actor.action.id));
            sleep(time).await;
            time
        }
    };
    let max_duration = max_duration(actor) + neglected;
    if timeout(max_duration, work).await.is_err() {
        let Actor { action, .. } = actor;
        world.violated(
            "every future ends",
            format!("{:?} ({}) did not end within {max_duration:?}", action.work, action.id),
        );
    }
}

/// The maximum duration of an action that is polled all the time.
fn max_duration(actor: &Actor) -> Duration {
    workload::max_duration(actor) + actor.world().plan.stalls() + workload::TIMER_TOLERANCE
}

/// Polls a future at most `polls` times, and returns whether it has completed.
async fn polled(polls: u32, mut work: std::pin::Pin<&mut impl Future<Output = ()>>) -> bool {
    let mut left = polls;
    poll_fn(|context| {
        if work.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        left -= 1;
        if left == 0 { Poll::Ready(false) } else { Poll::Pending }
    })
    .await
}
