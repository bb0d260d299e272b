//! The thread of a limiter in Redis: reserves slots for the waiters, and reports what changed.

use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use tokio::runtime;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use zapmail_sdk::operations::Bucket;
use zapmail_sdk::{Error, Result};

use super::super::queue::{BUCKETS, GRACE, TICK, WaitQueues};
use super::super::{Inner, locked};
use super::Settings;
use super::grants::{Grant, Grants, USABLE};
use super::store::{Reserve, Reserved, Store};

/// Most slots that are reserved at once.
const MOST: usize = 32;

/// Later than any deadline.
const NEVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Starts the thread of a limiter. It ends with the limiter.
///
/// # Errors
///
/// [`ErrorKind::Config`](crate::ErrorKind::Config) if the system has no thread left.
pub(in super::super) fn start(inner: &Arc<Inner>, settings: Settings) -> Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::config(format!("the rate limiter has no runtime: {error}")))?;
    let thread = thread::Builder::new().name("zapmail-limits".to_owned());
    let (queues, wake) = (Arc::clone(&inner.queues), Arc::clone(&inner.wake));
    let worker = Worker { queues, wake, store: Store::new(settings) };
    let started = thread.spawn(move || runtime.block_on(worker.run()));
    started.map(drop).map_err(|error| Error::config(format!("the rate limiter has no thread: {error}")))
}

struct Worker {
    queues: Arc<Mutex<WaitQueues>>,
    wake: Arc<Notify>,
    store: Store,
}

/// What the worker does next.
#[derive(Debug)]
enum Job {
    Reserve(Reserve),
    SleepUntil(Instant),
    End,
}

impl Worker {
    async fn run(mut self) {
        loop {
            let (job, woken) = next_job(&mut locked(&self.queues), Instant::now());
            woken.into_iter().for_each(Waker::wake);
            match job {
                Job::Reserve(reserve) => self.reserve(reserve).await,
                // If the time is over, there is something to do as well.
                Job::SleepUntil(until) => _ = timeout_at(until, self.wake.notified()).await,
                Job::End => return,
            }
        }
    }

    async fn reserve(&mut self, mut reserve: Reserve) {
        // Redis may note the slot two round trips before the program has it.
        reserve.margin += USABLE + 2 * self.store.round_trip();
        let asked_at = Instant::now();
        let outcome = self.store.reserve(&reserve).await;
        let now = Instant::now();
        let mut state = locked(&self.queues);
        let woken = match outcome {
            Ok(Reserved { first, count, delay, is_lost }) => {
                let arrives_by = asked_at + delay + reserve.margin;
                let grants = (first..first + count).map(|number| Grant { at: now + delay, number, arrives_by });
                if let Some(state) = &mut state.grants {
                    state.grant(reserve.bucket, grants, is_lost, now);
                }
                state.first_wakers()
            }
            Err(error) => {
                let hint = "nothing was sent; start the server, or set `RedisLimits::local_share`";
                state.fail(error.with_hint(hint), now);
                state.all_wakers()
            }
        };
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}

/// Decides what to do; returns also the waiters to wake.
fn next_job(state: &mut WaitQueues, now: Instant) -> (Job, Vec<Waker>) {
    let woken = state.skip_overdue(now);
    let mut until = now + NEVER;
    for bucket in BUCKETS {
        let waiting = state.waiting(bucket);
        let Some(grants) = &mut state.grants else { break };
        grants.drop_expired(now);
        match grants.reserved_at(bucket) {
            Some(_) if waiting == 0 => grants.release(bucket),
            // A waiter that is not polled loses its turn.
            Some(at) => until = until.min(at.max(now) + GRACE + TICK),
            None if waiting == 0 => {}
            None => match not_before(state, bucket, now) {
                Some(not_before) => until = until.min(not_before),
                None => return (reserve(state, bucket, waiting.min(MOST), now), woken),
            },
        }
    }
    let is_urgent = state.grants.as_ref().is_some_and(Grants::has_urgent_report);
    let is_closed = state.grants.as_ref().is_none_or(Grants::is_closed);
    let job = match (is_urgent, is_closed) {
        (true, _) => reserve(state, Bucket::General, 0, now),
        (false, true) => Job::End,
        (false, false) => Job::SleepUntil(until),
    };
    (job, woken)
}

/// When it makes sense to reserve a slot; `None` if now.
fn not_before(state: &WaitQueues, bucket: Bucket, now: Instant) -> Option<Instant> {
    let grants = state.grants.as_ref()?;
    let share = if grants.shares(bucket, now) { state.own_slot_at(bucket) } else { None };
    let times = [grants.retry_at(), state.delayed_until(bucket), share];
    times.into_iter().flatten().filter(|not_before| *not_before > now).max()
}

fn reserve(state: &mut WaitQueues, bucket: Bucket, wanted: usize, now: Instant) -> Job {
    let (margin, slack) = (state.margin().allowance(), state.margin().slack());
    let (is_remembered, reports) = match &mut state.grants {
        Some(grants) => (grants.is_remembered(now), std::mem::take(&mut grants.reports)),
        None => (false, Vec::new()),
    };
    Job::Reserve(Reserve { bucket, wanted, margin, slack, is_remembered, reports })
}
