//! What a process knows of the slots that it has reserved in Redis.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;
use zapmail_sdk::Error;
use zapmail_sdk::operations::Bucket;

use super::super::queue::{BUCKETS, Ticket, index};

/// How long a slot can be used after its time: a program may be busy.
pub(in super::super) const USABLE: Duration = Duration::from_millis(50);

/// Later than any deadline.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long Redis is left alone after it did not respond, if there is a local share.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest window of each bucket.
const WINDOWS: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(30 * 60)];

/// Most reports that are kept while Redis is away.
const MOST_REPORTS: usize = 1000;

/// How long a script is expected to remember this process.
const REMEMBERED: Duration = Duration::from_secs(31 * 60);

/// A slot that was reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Grant {
    /// When the request may be sent.
    pub at: Instant,
    /// The number of the request in Redis, after the name of this process.
    pub number: u64,
    /// When Redis takes the request to have arrived at the latest.
    pub arrives_by: Instant,
}

/// A change of what Redis knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Report {
    /// The request was not sent.
    Release(u64),
    /// It has arrived by then, which is later than expected or not.
    Arrived { number: u64, by: Instant, is_late: bool },
    /// The service requested a delay of availability checks or of all requests.
    Delay(bool, Instant),
}

/// The state of a process that reserves slots in Redis.
#[derive(Debug)]
pub(in super::super) struct Grants {
    granted: [VecDeque<Grant>; 2],
    pub reports: Vec<Report>,
    has_share: bool,
    /// Until when the local share holds as well, by bucket: while other processes may not have found back to Redis.
    share_until: [Option<Instant>; 2],
    /// When Redis is asked again after it did not respond.
    retry_at: Option<Instant>,
    /// Before when no slot of a bucket can be reserved.
    not_before: [Option<Instant>; 2],
    /// The run of the server, and when it was seen.
    seen: Option<(String, Instant)>,
    /// The waiters up to this ticket have failed.
    failure: Option<(Ticket, Error)>,
    /// Whether the limiter is gone.
    is_closed: bool,
}

/// Which limits hold now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Rule {
    /// A slot in Redis, which is free then.
    Redis(Instant),
    /// The local share.
    Share,
    /// Both.
    Both(Instant),
}

impl Report {
    /// Whether it cannot wait until the next slot is reserved.
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
            seen: None,
            failure: None,
            is_closed: false,
        }
    }

    /// What holds for the next request of a bucket.
    pub fn rule(&self, bucket: Bucket, now: Instant) -> Rule {
        if self.has_share && self.retry_at.is_some() {
            return Rule::Share;
        }
        let next = self.granted[index(bucket)].iter().find(|grant| now <= grant.at + USABLE);
        let at = next.map_or(now + FAR, |grant| grant.at);
        if self.shares(bucket, now) { Rule::Both(at) } else { Rule::Redis(at) }
    }

    /// Whether no slot of a bucket is reserved that could be used.
    pub fn has_no_slot(&self, bucket: Bucket, now: Instant) -> bool {
        matches!(self.rule(bucket, now), Rule::Redis(at) | Rule::Both(at) if at >= now + FAR)
    }

    /// Whether the local share holds, instead of Redis or as well.
    pub fn shares(&self, bucket: Bucket, now: Instant) -> bool {
        let buckets = &BUCKETS[..=index(bucket)];
        let is_away = self.has_share && self.retry_at.is_some();
        is_away || buckets.iter().any(|bucket| self.share_until[index(*bucket)].is_some_and(|until| until > now))
    }

    /// Takes the slot that a request of this bucket is sent in; none under the local share.
    pub fn take(&mut self, bucket: Bucket, now: Instant) -> Option<Grant> {
        self.drop_expired(now);
        match self.rule(bucket, now) {
            Rule::Share => None,
            Rule::Redis(_) | Rule::Both(_) => self.granted[index(bucket)].pop_front(),
        }
    }

    /// When the next slot of a bucket is, if one is reserved.
    pub fn reserved_at(&self, bucket: Bucket) -> Option<Instant> {
        self.granted[index(bucket)].front().map(|grant| grant.at)
    }

    /// Notes when a request has arrived at the latest.
    pub fn arrived(&mut self, grant: Grant, by: Instant) {
        self.reports.push(Report::Arrived { number: grant.number, by, is_late: by > grant.arrives_by });
    }

    /// Gives slots back that were not used in time.
    pub fn drop_expired(&mut self, now: Instant) {
        for granted in &mut self.granted {
            while let Some(grant) = granted.front().filter(|grant| now > grant.at + USABLE) {
                self.reports.push(Report::Release(grant.number));
                granted.pop_front();
            }
        }
    }

    /// Gives slots of a bucket back that nobody waits for.
    pub fn release(&mut self, bucket: Bucket) {
        let granted = self.granted[index(bucket)].drain(..);
        self.reports.extend(granted.map(|grant| Report::Release(grant.number)));
    }

    /// Gives all slots back: the limiter is gone.
    pub fn close(&mut self) {
        BUCKETS.into_iter().for_each(|bucket| self.release(bucket));
        self.is_closed = true;
    }

    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether Redis has to know something now.
    pub fn has_urgent_report(&self, now: Instant) -> bool {
        let is_due = self.retry_at.is_none_or(|retry_at| retry_at <= now);
        is_due && self.reports.iter().any(Report::is_urgent)
    }

    /// When Redis is asked again, if it does not respond and there is a local share; without one, each waiter asks.
    pub fn probe_at(&self) -> Option<Instant> {
        self.retry_at.filter(|_| self.has_share)
    }

    /// Whether Redis did not respond the last time.
    pub fn is_away(&self) -> bool {
        self.retry_at.is_some()
    }

    /// Before when no slot of a bucket can be reserved.
    pub fn not_before(&self, bucket: Bucket) -> Option<Instant> {
        self.not_before[index(bucket)]
    }

    /// The run of the server that should still know of this process; empty if there is none.
    pub fn seen(&self, now: Instant) -> String {
        let seen = self.seen.as_ref().filter(|(_, at)| now.saturating_duration_since(*at) < REMEMBERED);
        seen.map(|(run, _)| run.clone()).unwrap_or_default()
    }

    /// Whether Redis has never responded.
    pub fn is_new(&self) -> bool {
        self.seen.is_none()
    }

    /// Notes a response of Redis.
    pub fn contact(&mut self, run: String, is_lost: bool, doubted_for: Option<Duration>, now: Instant) {
        self.seen = Some((run, now));
        self.retry_at = None;
        if is_lost {
            // They are among what was lost.
            self.granted.iter_mut().for_each(VecDeque::clear);
        }
        if let Some(age) = doubted_for.filter(|_| self.has_share) {
            for (until, length) in self.share_until.iter_mut().zip(WINDOWS) {
                *until = (*until).max(length.checked_sub(age).map(|rest| now + rest));
            }
        }
    }

    /// Notes slots of a bucket that were reserved, or when that makes sense again.
    pub fn grant(&mut self, bucket: Bucket, grants: impl IntoIterator<Item = Grant>, not_before: Option<Instant>) {
        self.granted[index(bucket)].extend(grants);
        self.not_before[index(bucket)] = not_before;
    }

    /// Notes that Redis did not respond when slots of these numbers were asked for. Without a local share, the waiters up to
    /// this ticket fail.
    pub fn fail(&mut self, numbers: Range<u64>, last: Ticket, error: Error, now: Instant) {
        BUCKETS.into_iter().for_each(|bucket| self.release(bucket));
        // What has arrived may be of no interest any more.
        self.reports.retain(|report| !matches!(report, Report::Arrived { .. }));
        self.reports.extend(numbers.map(Report::Release));
        self.reports.truncate(MOST_REPORTS);
        self.retry_at = Some(now + PATIENCE);
        if !self.has_share {
            self.failure = Some((last, error));
        }
    }

    /// The error of a waiter, if it has failed.
    pub fn failure(&self, ticket: Ticket) -> Option<&Error> {
        self.failure.as_ref().filter(|(last, _)| ticket <= *last).map(|(_, error)| error)
    }
}
