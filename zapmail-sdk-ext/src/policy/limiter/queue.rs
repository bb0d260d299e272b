//! The wait queues of a rate limiter: one for each bucket, in the order of arrival.

use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;
use zapmail_sdk::operations::Bucket;

use super::super::rate_limits::RateLimits;
use super::margin::{Margin, ResponseTime};
use super::window::Windows;

/// How long the first waiter of a queue may take to claim its slot.
const GRACE: Duration = Duration::from_millis(4);

/// The resolution of the timer.
const TICK: Duration = Duration::from_millis(1);

/// How long it lets an older waiter of the other queue go first.
const COURTESY: Duration = Duration::from_millis(2);

/// The age of a waiter: a smaller ticket is older.
pub(super) type Ticket = u64;

/// What a waiter does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The request is counted as sent now.
    Admitted(Admission),
    /// Check again then, or when woken.
    Wait(Instant),
    /// The same, because of a delay that the service requested.
    Delayed(Instant),
}

/// A request that may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) struct Admission {
    pub sent_at: Instant,
    bucket: Bucket,
    request: Ticket,
    /// When it reaches the service at the latest, as far as is known before its response.
    arrives_by: Instant,
}

#[derive(Debug)]
pub(super) struct WaitQueues {
    /// The windows that count all requests.
    common: Windows,
    /// Those that count availability checks only.
    availability: Windows,
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
const BUCKETS: [Bucket; 2] = [Bucket::General, Bucket::DomainAvailability];

fn index(bucket: Bucket) -> usize {
    usize::from(bucket == Bucket::DomainAvailability)
}

impl WaitQueues {
    pub fn new(limits: RateLimits) -> Self {
        Self {
            common: Windows::new(limits.general()),
            availability: Windows::new(limits.availability()),
            margin: Margin::default(),
            queues: Default::default(),
            next_ticket: 0,
        }
    }

    /// The number of waiters.
    pub fn len(&self) -> usize {
        self.queues.iter().map(|queue| queue.waiters.len()).sum()
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
        self.queues[index(bucket)].enter(own, waker, now);
        let step = self.turn(bucket, own, now, &mut woken);
        if let Step::Admitted(admission) = step {
            *ticket = None;
            let windows = self.windows_mut(bucket);
            windows.into_iter().flatten().for_each(|windows| windows.count(own, admission.arrives_by));
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
        let Admission { sent_at, bucket, request, arrives_by } = admission;
        let was_full = BUCKETS.map(|bucket| self.free_at(bucket).is_some_and(|free_at| free_at > now));
        let response = ResponseTime { total: now.saturating_duration_since(sent_at), connect };
        let arrived_by = sent_at + self.margin.answered(operation, response, now);
        let windows = self.windows_mut(bucket);
        windows.into_iter().flatten().for_each(|windows| windows.correct(request, arrives_by, arrived_by));
        for (queue, _) in self.queues.iter_mut().zip(was_full).filter(|(_, was_full)| *was_full) {
            // It had no chance before.
            queue.first = queue.first.map(|(first, _)| (first, now));
        }
        self.queues.iter().filter_map(Queue::first_waker).collect()
    }

    /// Delays all requests, or only availability checks, and never shortens a delay. Learns from it, but only once from
    /// requests that were refused together.
    pub fn delay(&mut self, is_own: bool, until: Instant, now: Instant) -> Vec<Waker> {
        if self.delayed_until(Bucket::DomainAvailability).is_none_or(|delay| delay <= now) {
            self.margin.refused(now);
        }
        let windows = if is_own { &mut self.availability } else { &mut self.common };
        windows.delay = windows.delay.max(Some(until));
        self.queues.iter().flat_map(|queue| queue.waiters.values().cloned()).collect()
    }

    pub fn delayed_until(&self, bucket: Bucket) -> Option<Instant> {
        self.windows(bucket).filter_map(|windows| windows.delay).max()
    }

    /// When the next request of a bucket may be sent; `None` if at any time.
    pub fn free_at(&self, bucket: Bucket) -> Option<Instant> {
        let slack = self.margin.slack();
        self.windows(bucket).filter_map(|windows| windows.free_at(slack)).max()
    }

    /// The windows that count requests of a bucket.
    fn windows(&self, bucket: Bucket) -> impl Iterator<Item = &Windows> {
        let own = (bucket == Bucket::DomainAvailability).then_some(&self.availability);
        [&self.common].into_iter().chain(own)
    }

    fn windows_mut(&mut self, bucket: Bucket) -> [Option<&mut Windows>; 2] {
        let own = (bucket == Bucket::DomainAvailability).then_some(&mut self.availability);
        [Some(&mut self.common), own]
    }

    fn admission(&self, bucket: Bucket, request: Ticket, now: Instant) -> Step {
        let arrives_by = now + self.margin.allowance();
        Step::Admitted(Admission { sent_at: now, bucket, request, arrives_by })
    }

    fn turn(&mut self, bucket: Bucket, own: Ticket, now: Instant, woken: &mut Vec<Waker>) -> Step {
        let free_at = self.free_at(bucket).filter(|free_at| *free_at > now);
        let wait = |until: Instant| {
            let delay = self.delayed_until(bucket).filter(|delay| *delay >= until && *delay > now);
            delay.map_or(Step::Wait(until), Step::Delayed)
        };
        match (self.queues[index(bucket)].first, free_at) {
            // The waiter before it was not polled, so this one may not be either.
            (Some((first, since)), None) if first != own && self.queues[index(bucket)].is_after_skip => {
                Step::Wait(self.overdue_at(bucket, since) + TICK)
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
            && self.free_at(BUCKETS[other]).is_none_or(|free_at| free_at <= now)
    }

    fn span(&self, bucket: Bucket, requests: u64) -> Duration {
        self.windows(bucket).map(|windows| windows.span(requests)).max().unwrap_or_default()
    }

    /// When the first waiter of a queue has had its chance.
    fn overdue_at(&self, bucket: Bucket, since: Instant) -> Instant {
        self.free_at(bucket).map_or(since, |free_at| free_at.max(since)) + GRACE
    }

    /// Takes first waiters that did not claim their slots out of their queues. They enter again when they are polled.
    fn skip_overdue(&mut self, now: Instant) -> Vec<Waker> {
        let mut woken = Vec::new();
        for bucket in BUCKETS {
            while let Some((first, since)) = self.queues[index(bucket)].first
                && now > self.overdue_at(bucket, since)
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
