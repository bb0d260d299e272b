//! The slots that a process has reserved in Redis.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;
use zapmail_sdk::Error;
use zapmail_sdk::operations::Bucket;

use super::buckets::{BUCKETS, Ticket, index};

/// How long a slot can be used after its time, because the program may be busy.
pub(super) const SLOT_VALIDITY: Duration = Duration::from_millis(50);

/// A time that is later than any deadline: one year from now.
const FAR_FUTURE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The delay before Redis is contacted again after it did not respond, if there is a local share.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// The longest window of each bucket.
const LONGEST_WINDOWS: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(30 * 60)];

/// The maximum number of reports that are stored while Redis cannot be reached.
const MAX_REPORTS: usize = 1000;

/// How long Redis is expected to keep the state after this process used it.
const STATE_RETENTION: Duration = Duration::from_secs(31 * 60);

/// A reserved slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grant {
    /// When the request may be sent.
    pub at: Instant,
    /// The number of the request. In Redis, it follows the name of this process.
    pub number: u64,
    /// The latest time at which the request arrives at the service, according to Redis.
    pub arrives_by: Instant,
}

/// A change of the state in Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// The request was not sent.
    Release(u64),
    /// The request arrived at the service at this time at the latest. `is_late` if that is later than Redis expects.
    Arrived { number: u64, by: Instant, is_late: bool },
    /// The service requested a delay, of availability checks only or of all requests.
    Delay { only_checks: bool, until: Instant },
}

/// The state of a process that reserves slots in Redis.
#[derive(Debug)]
pub(super) struct Grants {
    /// The slots that have not been used yet, by bucket.
    granted: [VecDeque<Grant>; 2],
    /// The changes that Redis must still be informed of.
    pub reports: Vec<Report>,
    has_share: bool,
    /// The end of the time in which the local share also applies, by bucket, because other processes may not use Redis
    /// again yet.
    share_until: [Option<Instant>; 2],
    /// When Redis is contacted again after it did not respond.
    retry_at: Option<Instant>,
    /// The earliest time at which a slot can be reserved, by bucket.
    not_before: [Option<Instant>; 2],
    /// The run id of the server in its last response, and the time of that response.
    last_run: Option<(String, Instant)>,
    /// The error of all waiters up to this ticket.
    failure: Option<(Ticket, Error)>,
    /// Whether the limiter was dropped.
    is_closed: bool,
}

/// The limits that apply to the next request of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// The slot in Redis at this time.
    Redis(Instant),
    /// The local share.
    Share,
    /// Both the slot in Redis at this time and the local share.
    Both(Instant),
}

impl Report {
    /// Returns whether the report must be sent before the next slot is reserved.
    pub fn is_urgent(&self) -> bool {
        !matches!(self, Self::Arrived { is_late: false, .. })
    }
}

impl Grants {
    pub fn new(has_share: bool) -> Self {
        Self {
            granted: Default::default(),
            reports: Vec::new(),
            has_share,
            share_until: [None; 2],
            retry_at: None,
            not_before: [None; 2],
            last_run: None,
            failure: None,
            is_closed: false,
        }
    }

    /// Returns the limits that apply to the next request of a bucket.
    pub fn rule(&self, bucket: Bucket, now: Instant) -> Rule {
        if self.has_share && self.retry_at.is_some() {
            return Rule::Share;
        }
        let next = self.granted[index(bucket)].iter().find(|grant| now <= grant.at + SLOT_VALIDITY);
        let at = next.map_or(now + FAR_FUTURE, |grant| grant.at);
        if self.uses_share(bucket, now) { Rule::Both(at) } else { Rule::Redis(at) }
    }

    /// Returns whether the next request of a bucket needs a slot in Redis, and no usable one is reserved.
    pub fn has_no_slot(&self, bucket: Bucket, now: Instant) -> bool {
        matches!(self.rule(bucket, now), Rule::Redis(at) | Rule::Both(at) if at >= now + FAR_FUTURE)
    }

    /// Returns whether the local share applies, instead of Redis or in addition to it.
    pub fn uses_share(&self, bucket: Bucket, now: Instant) -> bool {
        let buckets = &BUCKETS[..=index(bucket)];
        let is_unreachable = self.has_share && self.retry_at.is_some();
        is_unreachable || buckets.iter().any(|bucket| self.share_until[index(*bucket)].is_some_and(|until| until > now))
    }

    /// Takes the slot for a request of this bucket; `None` under the local share.
    pub fn take(&mut self, bucket: Bucket, now: Instant) -> Option<Grant> {
        self.drop_expired(now);
        match self.rule(bucket, now) {
            Rule::Share => None,
            Rule::Redis(_) | Rule::Both(_) => self.granted[index(bucket)].pop_front(),
        }
    }

    /// Returns the time of the next reserved slot of a bucket.
    pub fn reserved_at(&self, bucket: Bucket) -> Option<Instant> {
        self.granted[index(bucket)].front().map(|grant| grant.at)
    }

    /// Records the latest time at which a request arrived at the service.
    pub fn arrived(&mut self, grant: Grant, by: Instant) {
        self.reports.push(Report::Arrived { number: grant.number, by, is_late: by > grant.arrives_by });
    }

    /// Releases slots that were not used in time.
    pub fn drop_expired(&mut self, now: Instant) {
        for granted in &mut self.granted {
            while let Some(grant) = granted.front().filter(|grant| now > grant.at + SLOT_VALIDITY) {
                self.reports.push(Report::Release(grant.number));
                granted.pop_front();
            }
        }
    }

    /// Releases all slots of a bucket.
    pub fn release(&mut self, bucket: Bucket) {
        let granted = self.granted[index(bucket)].drain(..);
        self.reports.extend(granted.map(|grant| Report::Release(grant.number)));
    }

    /// Releases all slots, because the limiter was dropped.
    pub fn close(&mut self) {
        BUCKETS.into_iter().for_each(|bucket| self.release(bucket));
        self.is_closed = true;
    }

    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Returns whether a report must be sent to Redis now.
    pub fn has_urgent_report(&self, now: Instant) -> bool {
        let is_due = self.retry_at.is_none_or(|retry_at| retry_at <= now);
        is_due && self.reports.iter().any(Report::is_urgent)
    }

    /// Returns when Redis is contacted again, if it did not respond and there is a local share. Without a local share,
    /// each waiter contacts Redis.
    pub fn probe_at(&self) -> Option<Instant> {
        self.retry_at.filter(|_| self.has_share)
    }

    /// Returns whether Redis did not respond to the last command.
    pub fn is_unreachable(&self) -> bool {
        self.retry_at.is_some()
    }

    /// Returns the earliest time at which a slot of a bucket can be reserved.
    pub fn not_before(&self, bucket: Bucket) -> Option<Instant> {
        self.not_before[index(bucket)]
    }

    /// Returns the run id of the server that should still have the state of this process; empty if there is none.
    pub fn last_run(&self, now: Instant) -> String {
        let last_run = self.last_run.as_ref().filter(|(_, at)| now.saturating_duration_since(*at) < STATE_RETENTION);
        last_run.map(|(run, _)| run.clone()).unwrap_or_default()
    }

    /// Returns whether Redis has never responded.
    pub fn is_new(&self) -> bool {
        self.last_run.is_none()
    }

    /// Records a response of Redis.
    pub fn record_contact(&mut self, run: String, is_lost: bool, loss_age: Option<Duration>, now: Instant) {
        self.last_run = Some((run, now));
        self.retry_at = None;
        if is_lost {
            // The server has lost these slots, too.
            self.granted.iter_mut().for_each(VecDeque::clear);
        }
        if let Some(age) = loss_age.filter(|_| self.has_share) {
            for (until, length) in self.share_until.iter_mut().zip(LONGEST_WINDOWS) {
                *until = (*until).max(length.checked_sub(age).map(|rest| now + rest));
            }
        }
    }

    /// Records reserved slots of a bucket, or the earliest time at which one can be reserved.
    pub fn grant(&mut self, bucket: Bucket, grants: impl IntoIterator<Item = Grant>, not_before: Option<Instant>) {
        self.granted[index(bucket)].extend(grants);
        self.not_before[index(bucket)] = not_before;
    }

    /// Records that Redis did not respond to a request for slots of these numbers. Without a local share, the waiters
    /// up to ticket `last` fail.
    pub fn fail(&mut self, numbers: Range<u64>, last: Ticket, error: Error, now: Instant) {
        BUCKETS.into_iter().for_each(|bucket| self.release(bucket));
        // Arrivals may be irrelevant once Redis responds again.
        self.reports.retain(|report| !matches!(report, Report::Arrived { .. }));
        self.reports.extend(numbers.map(Report::Release));
        self.reports.truncate(MAX_REPORTS);
        self.retry_at = Some(now + RETRY_DELAY);
        if !self.has_share {
            self.failure = Some((last, error));
        }
    }

    /// Returns the error of a waiter, if it has failed.
    pub fn failure(&self, ticket: Ticket) -> Option<&Error> {
        self.failure.as_ref().filter(|(last, _)| ticket <= *last).map(|(_, error)| error)
    }
}
