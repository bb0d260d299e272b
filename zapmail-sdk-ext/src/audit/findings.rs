//! The rules of an audit: which rows need attention. An unknown value is never a finding.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use zapmail_sdk::types::{Domain, DomainHealth, DomainHealthLabel, DomainStatus, MailboxStatus, SubscriptionStatus};

use super::report::{DomainRow, FindingKind, MailboxRow, SubscriptionRow};
use crate::dns::DnsProblem;
use crate::names;

/// The highest critical score, according to the document.
const CRITICAL: f64 = 30.0;

/// A finding without its place.
pub(super) type Found = (FindingKind, String);

/// The criteria for findings.
#[derive(Debug)]
pub(super) struct Rules {
    now: DateTime<Utc>,
    /// The end of the window, inclusive.
    until: DateTime<Utc>,
    /// The exported addresses; `None` if they are not known.
    exported: Option<HashSet<String>>,
}

/// The rating of a domain; without a score and a label if it is not an actual rating.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Health {
    pub score: Option<f64>,
    pub label: Option<DomainHealthLabel>,
    is_abused: bool,
}

impl Health {
    /// With an error, score and label are not real: the service then reports 0 and critical. The documented form has no
    /// error, so the number of mailboxes counts, too: a domain without mailboxes cannot be rated.
    pub fn of(health: &DomainHealth, mailboxes: Option<u64>) -> Self {
        let is_abused = health.is_abused.unwrap_or_default();
        if health.error.is_some() || mailboxes == Some(0) {
            return Self { is_abused, ..Self::default() };
        }
        let score = health.score.map(|score| score as f64).or(health.average_score);
        Self { score, label: health.label.clone(), is_abused }
    }

    /// Why the health is critical, if it is.
    fn problem(&self) -> Option<String> {
        let is_low = self.score.is_some_and(|score| score <= CRITICAL);
        match (&self.label, self.score) {
            _ if self.is_abused => Some("the service considers the domain abused".to_owned()),
            (Some(DomainHealthLabel::Critical), None) => Some("the health is critical".to_owned()),
            (Some(DomainHealthLabel::Critical), Some(score)) => {
                Some(format!("the health is critical, with a score of {score} of 100"))
            }
            (None, Some(score)) if is_low => Some(format!("the health is critical, with a score of {score} of 100")),
            _ => None,
        }
    }
}

impl Rules {
    pub fn new(now: DateTime<Utc>, due_within: Duration, exported: Option<HashSet<String>>) -> Self {
        let window = TimeDelta::from_std(due_within).ok();
        let until = window.and_then(|window| now.checked_add_signed(window)).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Self { now, until, exported }
    }

    pub fn domain(&self, row: &DomainRow, domain: &Domain, health: &Health, problems: &[DnsProblem]) -> Vec<Found> {
        let inactive = row.status.as_ref().filter(|status| **status != DomainStatus::Active);
        let has_expired = row.status == Some(DomainStatus::Expired);
        let expires = row.expires_on.filter(|date| row.auto_renew == Some(false) && self.is_due(*date) && !has_expired);
        let has_moved = domain.dns_box_invalid_name_servers == Some(true);
        let is_empty = row.mailboxes == Some(0);
        let single = [
            (FindingKind::DomainInactive, inactive.map(|status| format!("the domain is {status}"))),
            (
                FindingKind::RegistrationExpires,
                expires.map(|date| {
                    let expires = if date < self.now { "expired" } else { "expires" };
                    format!("the registration {expires} on {}, and auto-renew is off", date.date_naive())
                }),
            ),
            (
                FindingKind::NameServersChanged,
                has_moved.then(|| "the domain no longer uses the service's name servers".to_owned()),
            ),
            (FindingKind::CriticalHealth, health.problem()),
            (FindingKind::DomainWithoutMailbox, is_empty.then(|| "the domain has no mailbox".to_owned())),
        ];
        let problems = problems.iter().map(|problem| (FindingKind::DnsProblem, problem.to_string()));
        single.into_iter().filter_map(|(kind, message)| Some((kind, message?))).chain(problems).collect()
    }

    pub fn mailbox(&self, row: &MailboxRow) -> Option<Found> {
        match row.status.as_ref()? {
            MailboxStatus::Active => {
                let exported = self.exported.as_ref()?;
                let is_missing = !exported.contains(&names::address(&row.address));
                is_missing.then(|| {
                    (FindingKind::MailboxNotExported, "the mailbox is not among the exported addresses".to_owned())
                })
            }
            MailboxStatus::Expired => Some((FindingKind::MailboxExpired, "the mailbox is EXPIRED".to_owned())),
            status => Some((FindingKind::MailboxInactive, format!("the mailbox is {status}"))),
        }
    }

    /// At most one finding per subscription: that a payment failed says more than its date.
    pub fn subscription(&self, row: &SubscriptionRow) -> Option<Found> {
        let status = row.status.as_ref();
        if status == Some(&SubscriptionStatus::PastDue) {
            let reason = row.payment_failure.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            return Some((FindingKind::SubscriptionPastDue, format!("the last payment failed{reason}")));
        }
        let due = row.due.filter(|due| self.is_due(*due))?;
        let has_passed = due < self.now;
        let is_charged = matches!(status, Some(SubscriptionStatus::Active | SubscriptionStatus::PaymentPending));
        if has_passed && !is_charged {
            // Subscriptions stay in the list long after their end.
            return None;
        }
        let (kind, what) = match status {
            Some(SubscriptionStatus::Cancelled) => (FindingKind::SubscriptionEnds, "is canceled and ends"),
            _ if has_passed => (FindingKind::SubscriptionDue, "was due"),
            _ => (FindingKind::SubscriptionDue, "is due"),
        };
        Some((kind, format!("the subscription {what} on {}", due.date_naive())))
    }

    /// Whether a date is in the window, or has passed.
    fn is_due(&self, date: DateTime<Utc>) -> bool {
        date <= self.until
    }
}
