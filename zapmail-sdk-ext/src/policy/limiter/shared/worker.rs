//! The thread of a limiter in Redis, which reserves slots for the waiters and sends reports.

use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use tokio::runtime;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use zapmail_sdk::operations::Bucket;
use zapmail_sdk::{Error, Result};

use super::super::buckets::BUCKETS;
use super::super::grants::{Grant, Report, SLOT_VALIDITY};
use super::super::queue::{GRACE, TIMER_RESOLUTION, WaitQueues};
use super::super::{Inner, locked};
use super::Settings;
use super::store::{Reserve, Reserved, Store};

/// The maximum number of slots that are reserved at the same time.
const MAX_SLOTS: usize = 32;

/// A time that is later than any deadline: one year from now.
const FAR_FUTURE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Starts the thread of a limiter. The thread ends when the limiter is dropped.
///
/// # Errors
///
/// [`ErrorKind::Config`](crate::ErrorKind::Config) if the system cannot start a thread.
pub(in super::super) fn start(inner: &Arc<Inner>, settings: Settings) -> Result<()> {
    let (queues, wake) = (Arc::clone(&inner.queues), Arc::clone(&inner.wake));
    #[cfg(feature = "simulation")]
    if settings.redis.is_simulated() {
        tokio::spawn(Worker { queues, wake, store: Store::new(settings) }.run());
        return Ok(());
    }
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Error::config(format!("could not create the runtime of the rate limiter: {error}")))?;
    let thread = thread::Builder::new().name("zapmail-limits".to_owned());
    let worker = Worker { queues, wake, store: Store::new(settings) };
    let started = thread.spawn(move || runtime.block_on(worker.run()));
    started.map(drop).map_err(|error| Error::config(format!("could not start the thread of the rate limiter: {error}")))
}

/// The task that runs in the thread.
struct Worker {
    queues: Arc<Mutex<WaitQueues>>,
    wake: Arc<Notify>,
    store: Store,
}

/// The next action of the worker.
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
                // After a timeout, the next job is determined as after a notification.
                Job::SleepUntil(until) => _ = timeout_at(until, self.wake.notified()).await,
                Job::End => return,
            }
        }
    }

    async fn reserve(&mut self, mut reserve: Reserve) {
        // Redis records the slot earlier than this process receives it, by the time that the response takes.
        let max_round_trip = 2 * self.store.round_trip();
        reserve.margin += SLOT_VALIDITY + max_round_trip;
        let (first, requested_at) = (self.store.next(), Instant::now());
        let outcome = self.store.reserve(&reserve).await;
        let now = Instant::now();
        let mut state = locked(&self.queues);
        let woken = match outcome {
            Ok(reserved) => {
                let is_late = now - requested_at > max_round_trip;
                state.record_reserved(&reserve, reserved, is_late, requested_at, now);
                state.first_wakers()
            }
            Err(error) => {
                let hint = "start the server, or set `RedisLimits::local_share`; this request was not sent";
                state.fail(first..first + reserve.wanted as u64, error.with_hint(hint), now)
            }
        };
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl WaitQueues {
    /// Records a response of Redis. The slots of a late response are released, because Redis counts their requests too
    /// early.
    fn record_reserved(
        &mut self,
        request: &Reserve,
        reserved: Reserved,
        is_late: bool,
        requested_at: Instant,
        now: Instant,
    ) {
        let Reserved { first, count, delay, is_lost, run, loss_age } = reserved;
        let must_cap = self
            .grants
            .as_ref()
            .is_some_and(|grants| !grants.uses_share(Bucket::General, now) && (is_lost || !grants.is_new()));
        if let Some(age) = loss_age.filter(|_| must_cap) {
            // Other processes may have used the remaining slots of each window before the loss.
            self.cap_at_current_use(now.checked_sub(age).unwrap_or(now), now);
        }
        let Some(grants) = &mut self.grants else { return };
        grants.record_contact(run, is_lost, loss_age, now);
        if is_late {
            grants.reports.extend((first..first + count).map(Report::Release));
            return;
        }
        let arrives_by = requested_at + delay + request.margin;
        let slots = (first..first + count).map(|number| Grant { at: now + delay, number, arrives_by });
        let not_before = (count == 0 && request.wanted > 0).then(|| now + delay);
        if request.wanted > 0 {
            grants.grant(request.bucket, slots, not_before);
        }
    }
}

/// Decides the next job. Also returns the waiters to wake.
fn next_job(state: &mut WaitQueues, now: Instant) -> (Job, Vec<Waker>) {
    let woken = state.skip_overdue(now);
    let mut until = now + FAR_FUTURE;
    for bucket in BUCKETS {
        let waiting = state.waiting(bucket);
        let Some(grants) = &mut state.grants else { break };
        grants.drop_expired(now);
        match grants.reserved_at(bucket) {
            Some(at) if waiting == 0 && at > now => grants.release(bucket),
            // A waiter that was skipped may be polled again.
            Some(at) if waiting == 0 => until = until.min(at + SLOT_VALIDITY + TIMER_RESOLUTION),
            // A waiter that is not polled loses its turn.
            Some(at) => until = until.min(at.max(now) + GRACE + TIMER_RESOLUTION),
            None if waiting == 0 => {}
            None => match not_before(state, bucket, now) {
                Some(not_before) => until = until.min(not_before),
                None => return (reserve(state, bucket, waiting.min(MAX_SLOTS), now), woken),
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

/// Returns the earliest time at which a slot can be reserved; `None` if it can be reserved now.
fn not_before(state: &WaitQueues, bucket: Bucket, now: Instant) -> Option<Instant> {
    let grants = state.grants.as_ref()?;
    let share = if grants.uses_share(bucket, now) { state.local_slot_at(bucket) } else { None };
    let times = [grants.probe_at(), grants.not_before(bucket), state.delayed_until(bucket), share];
    times.into_iter().flatten().filter(|not_before| *not_before > now).max()
}

fn reserve(state: &mut WaitQueues, bucket: Bucket, wanted: usize, now: Instant) -> Job {
    let (margin, slack) = (state.margin().allowance(), state.margin().slack());
    let (last_run, has_unrecorded, reports) = match &mut state.grants {
        Some(grants) => (grants.last_run(now), grants.probe_at().is_some(), std::mem::take(&mut grants.reports)),
        None => (String::new(), false, Vec::new()),
    };
    Job::Reserve(Reserve { bucket, wanted, margin, slack, last_run, has_unrecorded, reports })
}
