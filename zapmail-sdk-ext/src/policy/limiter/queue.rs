//! The wait queues of a rate limiter: one for each bucket, in the order of arrival.

use std::collections::BTreeMap;
#[cfg(feature = "redis")]
use std::ops::Range;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;
use zapmail_sdk::Error;
use zapmail_sdk::operations::Bucket;

use super::super::rate_limits::RateLimits;
use super::margin::{Margin, ResponseTime};
#[cfg(feature = "redis")]
use super::shared::grants::{Grant, Grants, Report, Rule};
use super::window::BucketWindows;

/// How long the first waiter of a queue may take to claim its slot.
pub(super) const GRACE: Duration = Duration::from_millis(4);

/// The resolution of the timer.
pub(super) const TICK: Duration = Duration::from_millis(1);

/// How long it lets an older waiter of the other queue go first.
const COURTESY: Duration = Duration::from_millis(2);

/// The age of a waiter: a smaller ticket is older.
pub(super) type Ticket = u64;

/// What a waiter does next.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// The request is counted as sent now.
    Admitted(Admission),
    /// Check again then, or when woken.
    Wait(Instant),
    /// The same, because of a delay that the service requested.
    Delayed(Instant),
    /// The request may not be sent: the limits are in Redis, which cannot be reached.
    #[cfg_attr(not(feature = "redis"), expect(dead_code, reason = "nothing fails in a process"))]
    Failed(Error),
}

/// A request that may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) struct Admission {
    pub sent_at: Instant,
    bucket: Bucket,
    request: Ticket,
    /// When it reaches the service at the latest, as far as is known before its response.
    arrives_by: Instant,
    /// The slot in Redis.
    #[cfg(feature = "redis")]
    grant: Option<Grant>,
}

#[derive(Debug)]
pub(super) struct WaitQueues {
    windows: BucketWindows,
    /// The slots in Redis, if the limits are there; the windows are the local share then.
    #[cfg(feature = "redis")]
    pub grants: Option<Grants>,
    /// The limits in Redis.
    #[cfg(feature = "redis")]
    pub pace: Option<BucketWindows>,
    /// When the delays end that the service requested: of all requests, and of availability checks.
    delays: [Option<Instant>; 2],
    /// What is known about the network.
    margin: Margin,
    queues: [Queue; 2],
    next_ticket: Ticket,
}

/// The waiters of one bucket.
#[derive(Debug, Default)]
struct Queue {
    waiters: BTreeMap<Ticket, Waker>,
    /// The first waiter, and since when it is the first.
    first: Option<(Ticket, Instant)>,
    /// The one before it was taken out, since it was not polled.
    is_after_skip: bool,
    /// Until when the first waiter lets an older one of the other queue go first.
    yields_until: Option<Instant>,
}

/// An availability check that waits for its own window does not block other requests, so it has a queue of its own.
pub(super) const BUCKETS: [Bucket; 2] = [Bucket::General, Bucket::DomainAvailability];

pub(super) fn index(bucket: Bucket) -> usize {
    usize::from(bucket == Bucket::DomainAvailability)
}

impl WaitQueues {
    pub fn new(limits: RateLimits) -> Self {
        Self {
            windows: BucketWindows::new(limits),
            #[cfg(feature = "redis")]
            grants: None,
            #[cfg(feature = "redis")]
            pace: None,
            delays: [None; 2],
            margin: Margin::default(),
            queues: Default::default(),
            next_ticket: 0,
        }
    }

    /// The number of waiters.
    pub fn len(&self) -> usize {
        BUCKETS.map(|bucket| self.waiting(bucket)).into_iter().sum()
    }

    /// The number of waiters of a bucket.
    pub fn waiting(&self, bucket: Bucket) -> usize {
        self.queues[index(bucket)].waiters.len()
    }

    /// The first waiter of each queue.
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

    /// Admits a request if it is its turn, and puts it into the queue otherwise. Returns the waiters to wake.
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
        let step = self.turn(bucket, own, now, &mut woken);
        if let Step::Admitted(admission) = &step {
            *ticket = None;
            self.windows.count(bucket, own, admission.arrives_by);
            woken.extend(self.queues[index(bucket)].leave(own, now));
            // The slot was common to both queues.
            woken.extend(self.queues[1 - index(bucket)].first_waker());
        }
        (step, woken)
    }

    /// Removes a waiter.
    pub fn leave(&mut self, bucket: Bucket, ticket: Ticket, now: Instant) -> Vec<Waker> {
        let mut woken = self.skip_overdue(now);
        woken.extend(self.queues[index(bucket)].leave(ticket, now));
        woken
    }

    /// Notes that the response of a request has begun, and learns from that. Returns the waiters to wake, since the slot may
    /// be free earlier.
    pub fn answered(
        &mut self,
        admission: Admission,
        operation: &'static str,
        connect: Option<Duration>,
        now: Instant,
    ) -> Vec<Waker> {
        let Admission { sent_at, bucket, request, arrives_by, .. } = admission;
        let was_full = BUCKETS.map(|bucket| self.free_at(bucket, now).is_some_and(|free_at| free_at > now));
        let response = ResponseTime { total: now.saturating_duration_since(sent_at), connect };
        let arrived_by = sent_at + self.margin.answered(operation, response, now);
        self.windows.correct(bucket, request, arrives_by, arrived_by);
        #[cfg(feature = "redis")]
        if let (Some(grant), Some(grants)) = (admission.grant, &mut self.grants) {
            grants.arrived(grant, arrived_by);
        }
        for (queue, _) in self.queues.iter_mut().zip(was_full).filter(|(_, was_full)| *was_full) {
            // It had no chance before.
            queue.first = queue.first.map(|(first, _)| (first, now));
        }
        self.first_wakers()
    }

    /// Delays all requests, or only availability checks, and never shortens a delay. Learns from it, but only once from
    /// requests that were refused together.
    pub fn delay(&mut self, is_own: bool, until: Instant, now: Instant) -> Vec<Waker> {
        if self.delayed_until(Bucket::DomainAvailability).is_none_or(|delay| delay <= now) {
            self.margin.refused(now);
        }
        let delay = &mut self.delays[usize::from(is_own)];
        *delay = (*delay).max(Some(until));
        #[cfg(feature = "redis")]
        if let Some(grants) = &mut self.grants {
            grants.reports.push(Report::Delay(is_own, until));
        }
        self.all_wakers()
    }

    pub fn delayed_until(&self, bucket: Bucket) -> Option<Instant> {
        self.delays[..=index(bucket)].iter().flatten().max().copied()
    }

    /// When the next request of a bucket may be sent; `None` if at any time.
    pub fn free_at(&self, bucket: Bucket, now: Instant) -> Option<Instant> {
        self.slot_at(bucket, now).max(self.delayed_until(bucket))
    }

    #[cfg(not(feature = "redis"))]
    fn slot_at(&self, bucket: Bucket, _now: Instant) -> Option<Instant> {
        self.own_slot_at(bucket)
    }

    #[cfg(feature = "redis")]
    fn slot_at(&self, bucket: Bucket, now: Instant) -> Option<Instant> {
        match self.grants.as_ref().map(|grants| grants.rule(bucket, now)) {
            None | Some(Rule::Share) => self.own_slot_at(bucket),
            Some(Rule::Redis(at)) => Some(at),
            Some(Rule::Both(at)) => self.own_slot_at(bucket).max(Some(at)),
        }
    }

    /// Notes that Redis did not respond when slots of these numbers were asked for. Without a local share, the waiters fail;
    /// with one, it holds from now on. Returns the waiters to wake.
    #[cfg(feature = "redis")]
    pub fn fail(&mut self, numbers: Range<u64>, error: Error, now: Instant) -> Vec<Waker> {
        let woken = self.all_wakers();
        let Some(grants) = &mut self.grants else { return woken };
        let was_away = grants.is_away();
        if !was_away {
            tracing::warn!(%error, "the rate limits in Redis are out of reach");
        }
        grants.fail(numbers, self.next_ticket, error, now);
        if grants.probe_at().is_none() {
            // They learn of it when they are polled, and nobody waits for those that are not.
            self.queues = Default::default();
        } else if !was_away {
            self.keep_to_present_use(now, now);
        }
        woken
    }

    /// See [`BucketWindows::keep_to_present_use`].
    #[cfg(feature = "redis")]
    pub fn keep_to_present_use(&mut self, since: Instant, now: Instant) {
        self.windows.keep_to_present_use(since, now);
    }

    /// Whether no slot is reserved in Redis, so that it is not known when the next one is.
    #[cfg(feature = "redis")]
    fn has_no_slot(&self, bucket: Bucket, now: Instant) -> bool {
        self.grants.as_ref().is_some_and(|grants| grants.has_no_slot(bucket, now))
    }

    #[cfg(not(feature = "redis"))]
    fn has_no_slot(&self, _bucket: Bucket, _now: Instant) -> bool {
        false
    }

    /// When the next request of a bucket fits into the windows of this process.
    pub fn own_slot_at(&self, bucket: Bucket) -> Option<Instant> {
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

    fn turn(&mut self, bucket: Bucket, own: Ticket, now: Instant, woken: &mut Vec<Waker>) -> Step {
        let free_at = self.free_at(bucket, now).filter(|free_at| *free_at > now);
        let has_no_slot = self.has_no_slot(bucket, now);
        let wait = |until: Instant| {
            let delay = self.delayed_until(bucket).filter(|delay| *delay > now && (*delay >= until || has_no_slot));
            delay.map_or(Step::Wait(until), Step::Delayed)
        };
        match (self.queues[index(bucket)].first, free_at) {
            // The waiter before it was not polled, so this one may not be either.
            (Some((first, since)), None) if first != own && self.queues[index(bucket)].is_after_skip => {
                Step::Wait(self.overdue_at(bucket, since, now) + TICK)
            }
            (Some((first, _)), _) if first != own => {
                // Waiters before may not be polled when their turns come, so it looks after them at half its own time.
                let half = self.span(bucket, own.saturating_sub(first) / 2);
                wait(free_at.unwrap_or(now) + half + GRACE)
            }
            (_, Some(free_at)) => wait(free_at),
            (_, None) if self.is_other_first(bucket, own, now) => {
                let yields_until = match self.queues[index(bucket)].yields_until {
                    Some(until) => until,
                    None => {
                        woken.extend(self.queues[1 - index(bucket)].first_waker());
                        // It is not overdue while it yields.
                        let queue = &mut self.queues[index(bucket)];
                        queue.first = Some((own, now));
                        *queue.yields_until.insert(now + COURTESY)
                    }
                };
                if yields_until > now { Step::Wait(yields_until) } else { self.admission(bucket, own, now) }
            }
            (_, None) => self.admission(bucket, own, now),
        }
    }

    /// Whether the first waiter of the other queue is older, and could send as well.
    fn is_other_first(&self, bucket: Bucket, own: Ticket, now: Instant) -> bool {
        let other = 1 - index(bucket);
        self.queues[other].first.is_some_and(|(first, _)| first < own)
            && self.free_at(BUCKETS[other], now).is_none_or(|free_at| free_at <= now)
    }

    /// How long `requests` requests take at least.
    fn span(&self, bucket: Bucket, requests: u64) -> Duration {
        #[cfg(feature = "redis")]
        if let Some(pace) = &self.pace {
            return pace.span(bucket, requests);
        }
        self.windows.span(bucket, requests)
    }

    /// When the first waiter of a queue has had its chance.
    fn overdue_at(&self, bucket: Bucket, since: Instant, now: Instant) -> Instant {
        self.free_at(bucket, now).map_or(since, |free_at| free_at.max(since)) + GRACE
    }

    /// Takes first waiters that did not claim their slots out of their queues. They enter again when they are polled.
    pub fn skip_overdue(&mut self, now: Instant) -> Vec<Waker> {
        let mut woken = Vec::new();
        for bucket in BUCKETS {
            while let Some((first, since)) = self.queues[index(bucket)].first
                && now > self.overdue_at(bucket, since, now)
            {
                let queue = &mut self.queues[index(bucket)];
                woken.extend(queue.leave(first, now));
                queue.is_after_skip = true;
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

    /// Notes a new first waiter; returns its waker.
    fn promote(&mut self, now: Instant) -> Option<Waker> {
        let first = self.waiters.first_key_value();
        if first.map(|(ticket, _)| *ticket) == self.first.map(|(ticket, _)| ticket) {
            return None;
        }
        self.first = first.map(|(ticket, _)| (*ticket, now));
        self.is_after_skip = false;
        self.yields_until = None;
        first.map(|(_, waker)| waker.clone())
    }

    fn first_waker(&self) -> Option<Waker> {
        self.waiters.first_key_value().map(|(_, waker)| waker.clone())
    }
}
