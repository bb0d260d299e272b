//! The wait queues of a rate limiter: one per bucket, in order of arrival.

use std::collections::BTreeMap;
#[cfg(feature = "redis")]
use std::ops::Range;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;
use zapmail_sdk::Error;
use zapmail_sdk::operations::Bucket;

use super::super::rate_limits::RateLimits;
use super::buckets::{BUCKETS, Ticket, index};
#[cfg(feature = "redis")]
use super::grants::{Grant, Grants, Report, Rule};
use super::margin::{Margin, ResponseTime};
use super::window::BucketWindows;

/// The time that the first waiter of a queue has to claim its slot.
pub(super) const GRACE: Duration = Duration::from_millis(4);

/// The resolution of the timer.
pub(super) const TIMER_RESOLUTION: Duration = Duration::from_millis(1);

/// The time that the first waiter of a queue yields to an older first waiter of the other queue.
const YIELD_TIME: Duration = Duration::from_millis(2);

/// What a waiter does next.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// The request is counted as sent now.
    Admitted(Admission),
    /// The waiter checks again at this time, or when it is woken.
    Wait(Instant),
    /// The waiter checks again at this time, because the service requested a delay, or when it is woken.
    Delayed(Instant),
    /// The request may not be sent: the limits are in Redis, which cannot be reached.
    #[cfg_attr(not(feature = "redis"), expect(dead_code, reason = "a limiter without Redis never fails"))]
    Failed(Error),
}

/// A request that may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Admission {
    pub sent_at: Instant,
    bucket: Bucket,
    request: Ticket,
    /// The latest time at which it reaches the service, as estimated before its response.
    arrives_by: Instant,
    /// The slot in Redis.
    #[cfg(feature = "redis")]
    grant: Option<Grant>,
}

/// The wait queues of a limiter, and the windows that they wait for.
#[derive(Debug)]
pub(super) struct WaitQueues {
    windows: BucketWindows,
    /// The slots in Redis, if the limits are in Redis; `windows` has the local share then.
    #[cfg(feature = "redis")]
    pub grants: Option<Grants>,
    /// Windows with the limits in Redis. They record no requests, and only estimate how long requests take.
    #[cfg(feature = "redis")]
    pub redis_windows: Option<BucketWindows>,
    /// The ends of the delays that the service requested: for all requests, and for availability checks.
    delays: [Option<Instant>; 2],
    /// The estimates about the network.
    margin: Margin,
    queues: [Queue; 2],
    next_ticket: Ticket,
}

/// The waiters of one bucket.
#[derive(Debug, Default)]
struct Queue {
    waiters: BTreeMap<Ticket, Waker>,
    /// The first waiter, and the time since when it has been first.
    first: Option<(Ticket, Instant)>,
    /// Whether the waiter before the first one was removed because it was not polled.
    skipped_previous: bool,
    /// Until when the first waiter yields to an older one of the other queue.
    yields_until: Option<Instant>,
}

impl WaitQueues {
    pub fn new(limits: RateLimits) -> Self {
        Self {
            windows: BucketWindows::new(limits),
            #[cfg(feature = "redis")]
            grants: None,
            #[cfg(feature = "redis")]
            redis_windows: None,
            delays: [None; 2],
            margin: Margin::default(),
            queues: Default::default(),
            next_ticket: 0,
        }
    }

    /// Returns the number of waiters.
    pub fn len(&self) -> usize {
        BUCKETS.map(|bucket| self.waiting(bucket)).into_iter().sum()
    }

    /// Returns the number of waiters of a bucket.
    pub fn waiting(&self, bucket: Bucket) -> usize {
        self.queues[index(bucket)].waiters.len()
    }

    /// Returns the waker of the first waiter of each queue.
    pub fn first_wakers(&self) -> Vec<Waker> {
        self.queues.iter().filter_map(Queue::first_waker).collect()
    }

    pub fn all_wakers(&self) -> Vec<Waker> {
        self.queues.iter().flat_map(|queue| queue.waiters.values().cloned()).collect()
    }

    #[cfg(feature = "redis")]
    pub fn margin(&self) -> &Margin {
        &self.margin
    }

    /// Admits a request if it is its turn; otherwise, adds it to the queue. Also returns the waiters to wake.
    pub fn step(
        &mut self,
        bucket: Bucket,
        ticket: &mut Option<Ticket>,
        waker: &Waker,
        now: Instant,
    ) -> (Step, Vec<Waker>) {
        let mut woken = self.skip_overdue(now);
        let own = *ticket.get_or_insert_with(|| {
            self.next_ticket += 1;
            self.next_ticket
        });
        #[cfg(feature = "redis")]
        if let Some(error) = self.grants.as_ref().and_then(|grants| grants.failure(own)) {
            let failed = Step::Failed(error.clone());
            *ticket = None;
            woken.extend(self.queues[index(bucket)].leave(own, now));
            return (failed, woken);
        }
        self.queues[index(bucket)].enter(own, waker, now);
        let step = self.next_step(bucket, own, now, &mut woken);
        if let Step::Admitted(admission) = &step {
            *ticket = None;
            self.windows.count(bucket, own, admission.arrives_by);
            woken.extend(self.queues[index(bucket)].leave(own, now));
            // The first waiter of the other queue waited for the same slot.
            woken.extend(self.queues[1 - index(bucket)].first_waker());
        }
        (step, woken)
    }

    /// Removes a waiter. Returns the waiters to wake.
    pub fn leave(&mut self, bucket: Bucket, ticket: Ticket, now: Instant) -> Vec<Waker> {
        let mut woken = self.skip_overdue(now);
        woken.extend(self.queues[index(bucket)].leave(ticket, now));
        woken
    }

    /// Records that the response of a request has begun, and learns from it. Returns the waiters to wake, because the
    /// next slot may be free earlier.
    pub fn record_response(
        &mut self,
        admission: Admission,
        operation: &'static str,
        connect: Option<Duration>,
        now: Instant,
    ) -> Vec<Waker> {
        let Admission { sent_at, bucket, request, arrives_by, .. } = admission;
        let was_full = BUCKETS.map(|bucket| self.free_at(bucket, now).is_some_and(|free_at| free_at > now));
        let response = ResponseTime { total: now.saturating_duration_since(sent_at), connect };
        let arrived_by = sent_at + self.margin.record_response(operation, response, now);
        self.windows.correct(bucket, request, arrives_by, arrived_by);
        #[cfg(feature = "redis")]
        if let (Some(grant), Some(grants)) = (admission.grant, &mut self.grants) {
            grants.arrived(grant, arrived_by);
        }
        for (queue, _) in self.queues.iter_mut().zip(was_full).filter(|(_, was_full)| *was_full) {
            // The first waiter had no free slot to claim before now.
            queue.first = queue.first.map(|(first, _)| (first, now));
        }
        self.first_wakers()
    }

    /// Delays all requests, or only availability checks, and never shortens a delay. Learns from the 429, but only once
    /// if several requests were rejected together.
    pub fn delay(&mut self, only_checks: bool, until: Instant, now: Instant) -> Vec<Waker> {
        if self.delayed_until(Bucket::DomainAvailability).is_none_or(|delay| delay <= now) {
            self.margin.record_rate_limited(now);
        }
        let delay = &mut self.delays[usize::from(only_checks)];
        *delay = (*delay).max(Some(until));
        #[cfg(feature = "redis")]
        if let Some(grants) = &mut self.grants {
            grants.reports.push(Report::Delay { only_checks, until });
        }
        self.all_wakers()
    }

    pub fn delayed_until(&self, bucket: Bucket) -> Option<Instant> {
        self.delays[..=index(bucket)].iter().flatten().max().copied()
    }

    /// Returns when the next request of a bucket may be sent; `None` if there is no limit or delay.
    pub fn free_at(&self, bucket: Bucket, now: Instant) -> Option<Instant> {
        self.slot_at(bucket, now).max(self.delayed_until(bucket))
    }

    #[cfg(not(feature = "redis"))]
    fn slot_at(&self, bucket: Bucket, _now: Instant) -> Option<Instant> {
        self.local_slot_at(bucket)
    }

    #[cfg(feature = "redis")]
    fn slot_at(&self, bucket: Bucket, now: Instant) -> Option<Instant> {
        match self.grants.as_ref().map(|grants| grants.rule(bucket, now)) {
            None | Some(Rule::Share) => self.local_slot_at(bucket),
            Some(Rule::Redis(at)) => Some(at),
            Some(Rule::Both(at)) => self.local_slot_at(bucket).max(Some(at)),
        }
    }

    /// Records that Redis did not respond to a request for slots of these numbers. Without a local share, the waiters
    /// fail; with one, the local share applies from now on. Returns the waiters to wake.
    #[cfg(feature = "redis")]
    pub fn fail(&mut self, numbers: Range<u64>, error: Error, now: Instant) -> Vec<Waker> {
        let woken = self.all_wakers();
        let Some(grants) = &mut self.grants else { return woken };
        let was_unreachable = grants.is_unreachable();
        if !was_unreachable {
            tracing::warn!(%error, "the rate limits in Redis cannot be reached");
        }
        grants.fail(numbers, self.next_ticket, error, now);
        if grants.probe_at().is_none() {
            // The waiters return the error when they are polled; waiters that are not polled must not block others.
            self.queues = Default::default();
        } else if !was_unreachable {
            self.cap_at_current_use(now, now);
        }
        woken
    }

    /// See [`BucketWindows::cap_at_current_use`].
    #[cfg(feature = "redis")]
    pub fn cap_at_current_use(&mut self, since: Instant, now: Instant) {
        self.windows.cap_at_current_use(since, now);
    }

    /// Returns whether no slot is reserved in Redis, so that the time of the next one is unknown.
    #[cfg(feature = "redis")]
    fn has_no_slot(&self, bucket: Bucket, now: Instant) -> bool {
        self.grants.as_ref().is_some_and(|grants| grants.has_no_slot(bucket, now))
    }

    #[cfg(not(feature = "redis"))]
    fn has_no_slot(&self, _bucket: Bucket, _now: Instant) -> bool {
        false
    }

    /// Returns when the next request of a bucket fits into the windows of this process; `None` if it fits at any time.
    pub fn local_slot_at(&self, bucket: Bucket) -> Option<Instant> {
        self.windows.free_at(bucket, self.margin.slack())
    }

    fn admission(&mut self, bucket: Bucket, request: Ticket, now: Instant) -> Step {
        Step::Admitted(Admission {
            sent_at: now,
            bucket,
            request,
            arrives_by: now + self.margin.allowance(),
            #[cfg(feature = "redis")]
            grant: self.grants.as_mut().and_then(|grants| grants.take(bucket, now)),
        })
    }

    fn next_step(&mut self, bucket: Bucket, own: Ticket, now: Instant, woken: &mut Vec<Waker>) -> Step {
        let free_at = self.free_at(bucket, now).filter(|free_at| *free_at > now);
        let has_no_slot = self.has_no_slot(bucket, now);
        let wait = |until: Instant| {
            let delay = self.delayed_until(bucket).filter(|delay| *delay > now && (*delay >= until || has_no_slot));
            delay.map_or(Step::Wait(until), Step::Delayed)
        };
        match (self.queues[index(bucket)].first, free_at) {
            // The previous waiter was not polled, so the first waiter may not be polled either.
            (Some((first, since)), None) if first != own && self.queues[index(bucket)].skipped_previous => {
                Step::Wait(self.overdue_at(bucket, since, now) + TIMER_RESOLUTION)
            }
            (Some((first, _)), _) if first != own => {
                // The waiters before this one may not be polled when it is their turn, so check after half the
                // estimated time. The tickets between them include those of the other queue.
                let before = own.saturating_sub(first).min(self.waiting(bucket).saturating_sub(1) as u64);
                let half = self.span(bucket, before / 2);
                wait(free_at.unwrap_or(now) + half + GRACE)
            }
            (_, Some(free_at)) => wait(free_at),
            (_, None) if self.is_other_queue_first(bucket, own, now) => {
                let yields_until = match self.queues[index(bucket)].yields_until {
                    Some(until) => until,
                    None => {
                        woken.extend(self.queues[1 - index(bucket)].first_waker());
                        // The waiter is not overdue while it yields.
                        let queue = &mut self.queues[index(bucket)];
                        queue.first = Some((own, now));
                        *queue.yields_until.insert(now + YIELD_TIME)
                    }
                };
                if yields_until > now { Step::Wait(yields_until) } else { self.admission(bucket, own, now) }
            }
            (_, None) => self.admission(bucket, own, now),
        }
    }

    /// Returns whether the first waiter of the other queue is older, and could also be admitted now.
    fn is_other_queue_first(&self, bucket: Bucket, own: Ticket, now: Instant) -> bool {
        let other = 1 - index(bucket);
        self.queues[other].first.is_some_and(|(first, _)| first < own)
            && self.free_at(BUCKETS[other], now).is_none_or(|free_at| free_at <= now)
    }

    /// Returns the minimum time that `requests` requests take.
    fn span(&self, bucket: Bucket, requests: u64) -> Duration {
        #[cfg(feature = "redis")]
        if let Some(windows) = &self.redis_windows {
            return windows.span(bucket, requests);
        }
        self.windows.span(bucket, requests)
    }

    /// Returns when the grace period of the first waiter of a queue ends.
    fn overdue_at(&self, bucket: Bucket, since: Instant, now: Instant) -> Instant {
        self.free_at(bucket, now).map_or(since, |free_at| free_at.max(since)) + GRACE
    }

    /// Removes first waiters that did not claim their slots in time. They enter their queues again when they are
    /// polled. Returns the waiters to wake.
    pub fn skip_overdue(&mut self, now: Instant) -> Vec<Waker> {
        let mut woken = Vec::new();
        for bucket in BUCKETS {
            while let Some((first, since)) = self.queues[index(bucket)].first
                && now > self.overdue_at(bucket, since, now)
            {
                let queue = &mut self.queues[index(bucket)];
                woken.extend(queue.leave(first, now));
                queue.skipped_previous = true;
            }
        }
        woken
    }
}

impl Queue {
    fn enter(&mut self, ticket: Ticket, waker: &Waker, now: Instant) {
        match self.waiters.get_mut(&ticket) {
            Some(known) => known.clone_from(waker),
            None => _ = self.waiters.insert(ticket, waker.clone()),
        }
        // A waiter that lost its turn is older than the first one.
        _ = self.promote(now);
    }

    fn leave(&mut self, ticket: Ticket, now: Instant) -> Option<Waker> {
        self.waiters.remove(&ticket);
        self.promote(now)
    }

    /// Records the first waiter. Returns its waker if it is a new one.
    fn promote(&mut self, now: Instant) -> Option<Waker> {
        let first = self.waiters.first_key_value();
        if first.map(|(ticket, _)| *ticket) == self.first.map(|(ticket, _)| ticket) {
            return None;
        }
        self.first = first.map(|(ticket, _)| (*ticket, now));
        self.skipped_previous = false;
        self.yields_until = None;
        first.map(|(_, waker)| waker.clone())
    }

    fn first_waker(&self) -> Option<Waker> {
        self.waiters.first_key_value().map(|(_, waker)| waker.clone())
    }
}
