//! What becomes of the future of an action: it is awaited, dropped, or left alone for a while.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::plan::Fate;
use crate::process::Actor;
use crate::workload;

/// More than a timer is late.
const TICKS: Duration = Duration::from_millis(20);

/// Runs the work of an action, as its fate wants it. It has to end in time.
pub async fn meet(actor: &Actor, work: impl Future<Output = ()>) {
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
            // It ends as well if it is never polled as often.
            _ = timeout(longest(actor), polled(polls, work.as_mut())).await;
            world.trace(|| format!("{} is dropped", actor.action.id));
            return;
        }
        Fate::Neglected(polls, time) => {
            if timeout(longest(actor), polled(polls, work.as_mut())).await.unwrap_or_default() {
                return;
            }
            world.trace(|| format!("{} is not polled for {time:?}", actor.action.id));
            sleep(time).await;
            time
        }
    };
    let longest = longest(actor) + neglected;
    if timeout(longest, work).await.is_err() {
        let Actor { action, .. } = actor;
        world.violated(
            "every future ends",
            format!("{:?} ({}) has not ended after {longest:?}", action.work, action.id),
        );
    }
}

/// How long an action may take, unless it is left alone.
fn longest(actor: &Actor) -> Duration {
    workload::longest(actor) + actor.world().plan.stalls() + TICKS
}

/// Polls a future up to this many times; returns whether it has completed.
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
