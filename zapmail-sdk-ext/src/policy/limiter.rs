//! Lets requests through as fast as the limits allows, first come, first served; shared by the clones and scopes of a
//! client.
//!
//! The service counts sliding windows: 5 in any second *and* 200 in any minute (and 100 in any half hour for looking up
//! free domain names). `governor` and other token buckets allow a burst right after a full window, which such a
//! counter punishes, so the moments of the last requests are kept instead. They are few.
//!
//! Whoever asks is told the next free moment, and waits for it without holding anything. A call that nobody polls for a
//! while, such as one side of a `select!`, therefore holds up nobody: it loses its moment and gets another when it asks
//! again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};
use zapmail_sdk::Result;
use zapmail_sdk::operations::Bucket;

use super::rate_limits::RateLimits;

/// What a window is longer than documented: some of it for those who come late to their moment, the rest because the
/// way to the service does not take the same time for each request.
const SLACK: Duration = Duration::from_millis(10);

/// So late somebody may come to its moment.
const LATE: Duration = Duration::from_millis(4);

/// No pause of the whole client is longer, whatever the service asks.
const LONGEST_PAUSE: Duration = Duration::from_secs(30 * 60);

/// A longer pause after a look-up of free names comes from the half hour, which is the look-ups' own.
const LONGEST_COMMON_PAUSE: Duration = Duration::from_secs(60);

/// The rate limiter of a client: a handle that several clients of one API key can share, so that they stay inside its
/// limits together. Clones and derived clients of one client share it anyway.
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
pub struct RateLimiter(Arc<Limiter>);

impl RateLimiter {
    /// Creates a limiter with these limits.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if a limit is zero or larger than 100,000.
    pub fn new(limits: RateLimits) -> Result<Self> {
        limits.check()?;
        Ok(Self(Arc::new(Limiter::new(limits))))
    }

    pub(super) async fn admit(&self, bucket: Bucket, deadline: Instant) -> Option<Instant> {
        self.0.admit(bucket, deadline).await
    }

    pub(super) fn pause_until(&self, bucket: Bucket, until: Instant) {
        self.0.pause_until(bucket, until);
    }

    pub(super) fn paused_until(&self, bucket: Bucket) -> Option<Instant> {
        self.0.paused_until(bucket)
    }
}

/// The state behind the handles.
#[derive(Debug)]
struct Limiter {
    general: Line,
    /// Look-ups wait here first, so that a full half hour does not hold up everything else.
    look_ups: Line,
    /// One look-up after the other goes from its line to the common one: it counts in both when it is sent.
    crossing: tokio::sync::Mutex<()>,
}

impl Limiter {
    pub fn new(limits: RateLimits) -> Self {
        Self {
            general: Line::new(limits.general()),
            look_ups: Line::new(limits.availability()),
            crossing: tokio::sync::Mutex::new(()),
        }
    }

    /// Waits until a request of this bucket may be sent, and counts it as sent then. `None` when that would not be
    /// before the deadline.
    pub async fn admit(&self, bucket: Bucket, deadline: Instant) -> Option<Instant> {
        if bucket != Bucket::DomainAvailability {
            return self.general.pass(deadline).await;
        }
        let _crossing = timeout_at(deadline, self.crossing.lock()).await.ok()?;
        loop {
            let now = Instant::now();
            let free_at = self.look_ups.state().next(now);
            if free_at <= now {
                break;
            }
            if free_at >= deadline {
                return None;
            }
            sleep_until(free_at).await;
        }
        let sent_at = self.general.pass(deadline).await?;
        self.look_ups.state().count(sent_at);
        Some(sent_at)
    }

    /// Stops requests for a while: the service said to one of this bucket that there were too many.
    pub fn pause_until(&self, bucket: Bucket, until: Instant) {
        let now = Instant::now();
        let until = until.min(now + LONGEST_PAUSE);
        let own = bucket == Bucket::DomainAvailability && until > now + LONGEST_COMMON_PAUSE;
        let line = if own { &self.look_ups } else { &self.general };
        line.pause_until(until);
    }

    /// When the pause of this bucket ends, if there is one.
    pub fn paused_until(&self, bucket: Bucket) -> Option<Instant> {
        let general = self.general.state().pause;
        let own = (bucket == Bucket::DomainAvailability).then(|| self.look_ups.state().pause).flatten();
        general.max(own)
    }
}

/// Those who wait for the same windows.
#[derive(Debug)]
struct Line {
    state: Mutex<State>,
    /// Somebody who waits has got another moment.
    changed: Notify,
}

#[derive(Debug)]
struct State {
    windows: Vec<Window>,
    /// Moments of the last requests, as many as the largest window allows.
    sent: VecDeque<Instant>,
    /// Who waits, by age, and for which moment.
    waiting: Vec<(Ticket, Instant)>,
    tickets: Ticket,
    pause: Option<Instant>,
}

type Ticket = u64;

#[derive(Debug)]
struct Window {
    most: usize,
    length: Duration,
}

impl Line {
    fn new(limits: impl Iterator<Item = (u32, Duration)>) -> Self {
        let windows = limits
            .map(|(most, length)| Window { most: usize::try_from(most).unwrap_or(usize::MAX), length: length + SLACK });
        let state =
            State { windows: windows.collect(), sent: VecDeque::new(), waiting: Vec::new(), tickets: 0, pause: None };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn pass(&self, deadline: Instant) -> Option<Instant> {
        let mut place = Place { line: self, ticket: None };
        loop {
            // From here on, so that no change is missed.
            let changed = self.changed.notified();
            match place.look() {
                Look::Passed(now) => return Some(now),
                Look::Paused(until) if until >= deadline => return None,
                Look::Later(moment) | Look::Paused(moment) => {
                    // Either way it looks again.
                    _ = timeout_at(moment.min(deadline), changed).await;
                }
            }
            if Instant::now() >= deadline {
                return None;
            }
        }
    }

    fn pause_until(&self, until: Instant) {
        let mut state = self.state();
        state.pause = Some(state.pause.map_or(until, |present| present.max(until)));
        state.plan(Instant::now());
        self.changed.notify_waiters();
    }
}

/// Somebody's place in a line, which is given back when it is dropped.
struct Place<'a> {
    line: &'a Line,
    ticket: Option<Ticket>,
}

enum Look {
    /// The request is counted as sent now.
    Passed(Instant),
    Later(Instant),
    /// Later, because there is a pause until then.
    Paused(Instant),
}

impl Place<'_> {
    fn look(&mut self) -> Look {
        let mut state = self.line.state();
        let now = Instant::now();
        let moment = match self.ticket.map(|ticket| (ticket, state.moment_of(ticket))) {
            Some((_, Some(moment))) if now <= moment + LATE => moment,
            // It came late to its moment, and may have lost it to others since.
            Some((ticket, _)) => {
                let moment = state.enter(ticket, now);
                self.line.changed.notify_waiters();
                moment
            }
            None => {
                let moment = state.next(now);
                if moment > now {
                    let ticket = state.tickets;
                    state.tickets += 1;
                    state.waiting.push((ticket, moment));
                    self.ticket = Some(ticket);
                }
                moment
            }
        };
        match state.pause {
            _ if moment <= now => {
                if let Some(ticket) = self.ticket.take() {
                    state.leave(ticket);
                }
                state.count(now);
                Look::Passed(now)
            }
            Some(until) if until >= moment => Look::Paused(until),
            _ => Look::Later(moment),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            let mut state = self.line.state();
            state.leave(ticket);
            state.plan(Instant::now());
            self.line.changed.notify_waiters();
        }
    }
}

impl State {
    /// The first moment, not before now, that is free behind all who wait.
    fn next(&mut self, now: Instant) -> Instant {
        // Who did not come to its moment gets another when it asks.
        self.waiting.retain(|(_, moment)| now <= *moment + LATE);
        let last = self.waiting.last().map(|(_, moment)| *moment);
        let free = self.windows.iter().filter_map(|window| Some(self.last_but(window.most)? + window.length));
        free.chain(last).chain(self.pause).fold(now, Instant::max)
    }

    /// The moment of the request that so many, itself included, are sent or will be sent since.
    fn last_but(&self, most: usize) -> Option<Instant> {
        let (sent, waiting) = (self.sent.len(), self.waiting.len());
        let place = (sent + waiting).checked_sub(most)?;
        let planned = || self.waiting.get(place - sent).map(|(_, moment)| *moment);
        self.sent.get(place).copied().or_else(planned)
    }

    fn moment_of(&self, ticket: Ticket) -> Option<Instant> {
        let place = self.waiting.binary_search_by_key(&ticket, |(ticket, _)| *ticket).ok()?;
        Some(self.waiting[place].1)
    }

    /// Puts it where its age belongs, and tells its new moment.
    fn enter(&mut self, ticket: Ticket, now: Instant) -> Instant {
        self.leave(ticket);
        let place = self.waiting.partition_point(|(other, _)| *other < ticket);
        self.waiting.insert(place, (ticket, now));
        self.plan(now);
        self.moment_of(ticket).unwrap_or(now)
    }

    fn leave(&mut self, ticket: Ticket) {
        self.waiting.retain(|(other, _)| *other != ticket);
    }

    /// Gives all who wait their moments anew.
    fn plan(&mut self, now: Instant) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|(_, moment)| now <= *moment + LATE);
        for (ticket, _) in waiting {
            let moment = self.next(now);
            self.waiting.push((ticket, moment));
        }
    }

    fn count(&mut self, now: Instant) {
        let most = self.windows.iter().map(|window| window.most).max().unwrap_or_default();
        self.sent.push_back(now);
        while self.sent.len() > most {
            self.sent.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;
