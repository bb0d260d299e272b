//! The rate limiter: sends requests as fast as the limits allow, in the order of arrival.
//!
//! The service counts sliding windows: 5 requests in any second *and* 200 in any minute, and 100 availability checks in
//! any 30 minutes. `governor` and other token buckets allow a burst right after a full window, which a sliding window
//! rejects. The limiter therefore stores the times of recent requests instead, at most one window's worth.
//!
//! # Guarantee
//!
//! The service counts a request when it arrives, which is later than when it was sent: a connection may have to be
//! opened first, and network latency varies. A request therefore occupies its windows from when it was sent until one
//! window's length after the latest time at which it can have arrived, which is when its response begins. No window of
//! the service is exceeded, no matter how long connections and networks take.
//!
//! If the service takes long to process a request, the request would occupy its windows for longer than necessary. The
//! limiter therefore assumes that a request arrives within an allowance after its connection was opened, even before it
//! has a response. The allowance is learned from connections and from responses to quick operations (see `margin`): 0.2
//! seconds on a fast network, and at most one second. For these requests, the guarantee holds if they arrive within the
//! allowance.
//!
//! The cost is that a slot becomes free later, by the response time or the allowance, whichever is shorter. The
//! one-minute window can still be filled, because 5 requests per 1.2 seconds are more than 200 per minute.
//!
//! A 429 can still occur for reasons that no client can know: other programs with the same key, a request that takes
//! longer than the allowance to arrive, or a service that counts differently. Each 429 delays all requests for as long
//! as the service requests, adds slack to all windows (10 ms, doubled up to 200 ms, and halved after every ten minutes
//! without a 429), and raises the allowance to one second for a while.
//!
//! # Waiting
//!
//! The requests of a bucket wait in a queue. Only the first waiter of a queue watches the windows; when it is admitted,
//! it wakes the next one. A waiter therefore holds no lock while it waits, and canceling it costs O(log n). If the
//! first waiter is not polled when its slot is free, for example in a branch of a `select!`, it loses its turn after a
//! grace period: each waiter also watches the waiter before it. The skipped waiter keeps its age, and is first again
//! once it is polled.

mod buckets;
#[cfg(feature = "redis")]
mod grants;
mod margin;
mod queue;
#[cfg(feature = "redis")]
mod shared;
#[cfg(test)]
mod tests;
mod window;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

#[cfg(feature = "redis")]
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use zapmail_sdk::Result;
use zapmail_sdk::operations::Bucket;

use self::buckets::Ticket;
pub(crate) use self::queue::Admission;
use self::queue::{Step, WaitQueues};
#[cfg(feature = "redis")]
pub use self::shared::RedisLimits;
#[cfg(feature = "redis")]
use self::window::BucketWindows;
use super::rate_limits::RateLimits;

/// The maximum delay of all requests, even if the service requests a longer one.
const MAX_DELAY: Duration = Duration::from_secs(30 * 60);

/// The longest window.
const LONGEST_WINDOW: Duration = Duration::from_secs(30 * 60);

/// A longer delay after an availability check is caused by the 30-minute window, which counts only availability checks.
const LONGEST_COMMON_DELAY: Duration = Duration::from_secs(60);

/// A handle to a rate limiter, which several clients of one API key can share to stay within its limits together.
/// Clones and derived clients of a client always share its limiter.
///
/// ```
/// use zapmail_sdk_ext::{RateLimiter, RateLimits, Zapmail};
///
/// let limiter = RateLimiter::new(RateLimits::default())?;
/// let nightly = Zapmail::builder().api_key("not-a-real-key").rate_limiter(limiter.clone()).build()?;
/// let hourly = Zapmail::builder().api_key("not-a-real-key").rate_limiter(limiter).build()?;
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RateLimiter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    queues: Arc<Mutex<WaitQueues>>,
    /// Wakes the thread that reserves slots in Redis, if the limits are there.
    #[cfg(feature = "redis")]
    wake: Arc<Notify>,
}

impl Inner {
    fn new(queues: WaitQueues) -> Self {
        Self {
            queues: Arc::new(Mutex::new(queues)),
            #[cfg(feature = "redis")]
            wake: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, WaitQueues> {
        locked(&self.queues)
    }

    fn wake_worker(&self) {
        #[cfg(feature = "redis")]
        self.wake.notify_one();
    }
}

#[cfg(feature = "redis")]
impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(grants) = &mut self.state().grants {
            grants.close();
        }
        self.wake_worker();
    }
}

fn locked(queues: &Mutex<WaitQueues>) -> MutexGuard<'_, WaitQueues> {
    queues.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RateLimiter {
    /// Creates a limiter with these limits.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if a limit is zero or larger than 100,000.
    pub fn new(limits: RateLimits) -> Result<Self> {
        limits.check()?;
        Ok(Self(Arc::new(Inner::new(WaitQueues::new(limits)))))
    }

    /// Creates a limiter whose windows are in Redis, for any number of processes and machines that use the same API
    /// key.
    ///
    /// The limiter starts a thread that communicates with Redis. While the server cannot be reached, calls fail with
    /// [`ErrorKind::Connection`](crate::ErrorKind::Connection) and nothing is sent, unless
    /// [`local_share`](RedisLimits::local_share) is set.
    ///
    /// ```
    /// use zapmail_sdk_ext::{RateLimiter, Redis, RedisLimits};
    ///
    /// let redis = Redis::new("redis://127.0.0.1:6379")?;
    /// let limiter = RateLimiter::redis(RedisLimits::new(redis, "not-a-real-key"))?;
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if a setting is invalid.
    #[cfg(feature = "redis")]
    pub fn redis(limits: RedisLimits) -> Result<Self> {
        let settings = limits.check()?;
        let mut queues = WaitQueues::new(settings.share.unwrap_or_else(RateLimits::unlimited));
        queues.grants = Some(grants::Grants::new(settings.share.is_some()));
        queues.redis_windows = Some(BucketWindows::new(settings.limits));
        let inner = Arc::new(Inner::new(queues));
        shared::worker::start(&inner, settings)?;
        Ok(Self(inner))
    }

    /// Returns the number of waiting requests.
    ///
    /// ```
    /// let limiter = zapmail_sdk_ext::RateLimiter::new(zapmail_sdk_ext::RateLimits::default())?;
    /// assert_eq!(limiter.queue_len(), 0);
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    pub fn queue_len(&self) -> usize {
        self.state().len()
    }

    /// Returns the time until a request of this bucket could be sent if no others were waiting; zero if it could be
    /// sent now. `None` if the time is unknown: the next slot in Redis is known only after it was reserved.
    ///
    /// ```
    /// use std::time::Duration;
    /// use zapmail_sdk_ext::operations::Bucket;
    ///
    /// let limiter = zapmail_sdk_ext::RateLimiter::new(zapmail_sdk_ext::RateLimits::default())?;
    /// assert_eq!(limiter.time_to_next_slot(Bucket::General), Some(Duration::ZERO));
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    pub fn time_to_next_slot(&self, bucket: Bucket) -> Option<Duration> {
        let now = Instant::now();
        let free_at = self.state().free_at(bucket, now);
        let remaining = free_at.map_or(Duration::ZERO, |free_at| free_at.saturating_duration_since(now));
        // A slot in Redis that is not reserved yet has a time in the far future.
        Some(remaining).filter(|remaining| *remaining <= MAX_DELAY + LONGEST_WINDOW)
    }

    /// Waits until a request of this bucket may be sent, and then counts it as sent. Returns `None` if it cannot be
    /// sent before the deadline.
    ///
    /// # Errors
    ///
    /// If the limits are in Redis, and Redis does not respond.
    pub(crate) async fn admit(&self, bucket: Bucket, deadline: Instant) -> Result<Option<Admission>> {
        let mut reservation = Reservation { limiter: self, bucket, ticket: None };
        // Most requests do not wait, so they need no timer.
        if let Step::Admitted(admission) = reservation.step(Waker::noop()) {
            return Ok(Some(admission));
        }
        let mut timer = pin!(sleep_until(deadline));
        poll_fn(|context| {
            loop {
                let until = match reservation.step(context.waker()) {
                    Step::Admitted(admission) => return Poll::Ready(Ok(Some(admission))),
                    Step::Failed(error) => return Poll::Ready(Err(error)),
                    Step::Delayed(until) if until >= deadline => return Poll::Ready(Ok(None)),
                    Step::Delayed(until) | Step::Wait(until) => until.min(deadline),
                };
                if Instant::now() >= deadline {
                    return Poll::Ready(Ok(None));
                }
                timer.as_mut().reset(until);
                if timer.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
            }
        })
        .await
    }

    /// Records that the response of an admitted request has begun. `connect` is the time that the request waited for a
    /// new connection.
    pub(crate) fn record_response(&self, admission: Admission, operation: &'static str, connect: Option<Duration>) {
        let wakers = self.state().record_response(admission, operation, connect, Instant::now());
        wakers.into_iter().for_each(Waker::wake);
        self.0.wake_worker();
    }

    /// Delays all requests, after the service has rejected a request of this bucket with a 429.
    pub(crate) fn delay_until(&self, bucket: Bucket, until: Instant) {
        let now = Instant::now();
        let until = until.min(now + MAX_DELAY);
        let only_checks = bucket == Bucket::DomainAvailability && until > now + LONGEST_COMMON_DELAY;
        let wakers = self.state().delay(only_checks, until, now);
        // Some waiters may now be delayed beyond their deadlines.
        wakers.into_iter().for_each(Waker::wake);
        self.0.wake_worker();
    }

    /// Returns when the delay of this bucket ends, if it has one.
    pub(crate) fn delayed_until(&self, bucket: Bucket) -> Option<Instant> {
        self.state().delayed_until(bucket)
    }

    fn state(&self) -> MutexGuard<'_, WaitQueues> {
        self.0.state()
    }
}

/// A position in a queue, released on drop.
struct Reservation<'a> {
    limiter: &'a RateLimiter,
    bucket: Bucket,
    ticket: Option<Ticket>,
}

impl Reservation<'_> {
    fn step(&mut self, waker: &Waker) -> Step {
        let (step, woken) = self.limiter.state().step(self.bucket, &mut self.ticket, waker, Instant::now());
        // The lock is released first, because a waker can run the caller's code.
        woken.into_iter().for_each(Waker::wake);
        self.limiter.0.wake_worker();
        step
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            let woken = self.limiter.state().leave(self.bucket, ticket, Instant::now());
            woken.into_iter().for_each(Waker::wake);
            self.limiter.0.wake_worker();
        }
    }
}
