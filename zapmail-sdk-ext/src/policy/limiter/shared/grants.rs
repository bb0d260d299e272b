//! What a process knows of the slots that it has reserved in Redis.

use std::collections::VecDeque;
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
    /// It arrived this many microseconds later than expected at the latest, or earlier if negative.
    Arrived(u64, i64),
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
    last_contact: Option<Instant>,
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
        !matches!(self, Self::Arrived(_, ..=0))
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
            last_contact: None,
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
    pub fn arrived(&mut self, grant: Grant, arrived_by: Instant) {
        let later = micros(arrived_by.saturating_duration_since(grant.arrives_by));
        let earlier = micros(grant.arrives_by.saturating_duration_since(arrived_by));
        self.reports.push(Report::Arrived(grant.number, later - earlier));
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
    pub fn has_urgent_report(&self) -> bool {
        self.retry_at.is_none() && self.reports.iter().any(Report::is_urgent)
    }

    /// Until when Redis is left alone.
    pub fn retry_at(&self) -> Option<Instant> {
        self.retry_at
    }

    /// Whether Redis should still know of this process.
    pub fn is_remembered(&self, now: Instant) -> bool {
        self.last_contact.is_some_and(|contact| now.saturating_duration_since(contact) < REMEMBERED)
    }

    /// Notes slots that were reserved. If Redis has lost what it knew, the local share holds as well.
    pub fn grant(&mut self, bucket: Bucket, grants: impl IntoIterator<Item = Grant>, is_lost: bool, now: Instant) {
        self.granted[index(bucket)].extend(grants);
        self.last_contact = Some(now);
        if (is_lost || self.retry_at.take().is_some()) && self.has_share {
            self.share_until = [Duration::from_secs(60), Duration::from_secs(30 * 60)].map(|length| Some(now + length));
        }
    }

    /// Notes that Redis did not respond. Without a local share, the waiters up to this ticket fail.
    pub fn fail(&mut self, last: Ticket, error: Error, now: Instant) {
        for granted in &mut self.granted {
            granted.clear();
        }
        // It may have lost what they are about.
        self.reports.clear();
        if self.has_share {
            self.retry_at = Some(now + PATIENCE);
        } else {
            self.failure = Some((last, error));
        }
    }

    /// The error of a waiter, if it has failed.
    pub fn failure(&self, ticket: Ticket) -> Option<&Error> {
        self.failure.as_ref().filter(|(last, _)| ticket <= *last).map(|(_, error)| error)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
