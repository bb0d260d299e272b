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
use super::grants::{Grant, Report, USABLE};
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
    let (queues, wake) = (Arc::clone(&inner.queues), Arc::clone(&inner.wake));
    #[cfg(feature = "simulation")]
    if settings.redis.is_simulated() {
        tokio::spawn(Worker { queues, wake, store: Store::new(settings) }.run());
        return Ok(());
    }
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::config(format!("the rate limiter has no runtime: {error}")))?;
    let thread = thread::Builder::new().name("zapmail-limits".to_owned());
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
        // The slot is noted before the program has it, by as much as the response takes.
        let longest = 2 * self.store.round_trip();
        reserve.margin += USABLE + longest;
        let (first, asked_at) = (self.store.next(), Instant::now());
        let outcome = self.store.reserve(&reserve).await;
        let now = Instant::now();
        let mut state = locked(&self.queues);
        let woken = match outcome {
            Ok(reserved) => {
                let is_late = now - asked_at > longest;
                state.granted(&reserve, reserved, is_late, asked_at, now);
                state.first_wakers()
            }
            Err(error) => {
                let hint = "this request was not sent; start the server, or set `RedisLimits::local_share`";
                state.fail(first..first + reserve.wanted as u64, error.with_hint(hint), now)
            }
        };
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl WaitQueues {
    /// Notes a response of Redis. Slots of a late one are given back: they were noted too early.
    fn granted(&mut self, asked: &Reserve, reserved: Reserved, is_late: bool, asked_at: Instant, now: Instant) {
        let Reserved { first, count, delay, is_lost, run, doubted_for } = reserved;
        let must_restrict = self
            .grants
            .as_ref()
            .is_some_and(|grants| !grants.shares(Bucket::General, now) && (is_lost || !grants.is_new()));
        if let Some(age) = doubted_for.filter(|_| must_restrict) {
            // Other processes may have used the rest of each window before the loss.
            self.keep_to_present_use(now.checked_sub(age).unwrap_or(now), now);
        }
        let Some(grants) = &mut self.grants else { return };
        grants.contact(run, is_lost, doubted_for, now);
        if is_late {
            grants.reports.extend((first..first + count).map(Report::Release));
            return;
        }
        let arrives_by = asked_at + delay + asked.margin;
        let slots = (first..first + count).map(|number| Grant { at: now + delay, number, arrives_by });
        let not_before = (count == 0 && asked.wanted > 0).then(|| now + delay);
        if asked.wanted > 0 {
            grants.grant(asked.bucket, slots, not_before);
        }
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
            Some(at) if waiting == 0 && at > now => grants.release(bucket),
            // A waiter that was skipped may come back.
            Some(at) if waiting == 0 => until = until.min(at + USABLE + TICK),
            // A waiter that is not polled loses its turn.
            Some(at) => until = until.min(at.max(now) + GRACE + TICK),
            None if waiting == 0 => {}
            None => match not_before(state, bucket, now) {
                Some(not_before) => until = until.min(not_before),
                None => return (reserve(state, bucket, waiting.min(MOST), now), woken),
            },
        }
    }
    let Some(grants) = &state.grants else { return (Job::End, woken) };
    let probe_at = grants.probe_at();
    let job = if grants.has_urgent_report(now) || (!grants.is_closed() && probe_at.is_some_and(|at| at <= now)) {
        reserve(state, Bucket::General, 0, now)
    } else if grants.is_closed() {
        Job::End
    } else {
        Job::SleepUntil(probe_at.map_or(until, |probe_at| until.min(probe_at)))
    };
    (job, woken)
}

/// When it makes sense to reserve a slot; `None` if now.
fn not_before(state: &WaitQueues, bucket: Bucket, now: Instant) -> Option<Instant> {
    let grants = state.grants.as_ref()?;
    let share = if grants.shares(bucket, now) { state.own_slot_at(bucket) } else { None };
    let times = [grants.probe_at(), grants.not_before(bucket), state.delayed_until(bucket), share];
    times.into_iter().flatten().filter(|not_before| *not_before > now).max()
}

fn reserve(state: &mut WaitQueues, bucket: Bucket, wanted: usize, now: Instant) -> Job {
    let (margin, slack) = (state.margin().allowance(), state.margin().slack());
    let (seen, doubts, reports) = match &mut state.grants {
        Some(grants) => (grants.seen(now), grants.probe_at().is_some(), std::mem::take(&mut grants.reports)),
        None => (String::new(), false, Vec::new()),
    };
    Job::Reserve(Reserve { bucket, wanted, margin, slack, seen, doubts, reports })
}
