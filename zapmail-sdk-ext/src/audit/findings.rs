//! The rules of an audit, which determine the rows that need attention. Unknown values are not findings.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use zapmail_sdk::types::{Domain, DomainHealth, DomainHealthLabel, DomainStatus, MailboxStatus, SubscriptionStatus};

use super::report::{DomainRow, FindingKind, MailboxRow, SubscriptionRow};
use crate::dns::{DnsProblem, DnsProblemKind};
use crate::names;
use crate::rows;

/// The highest score that is critical, according to the document.
const MAX_CRITICAL_SCORE: f64 = 30.0;

/// A finding without its account, workspace and subject.
#[derive(Debug)]
pub(super) struct Found {
    pub kind: FindingKind,
    pub dns_problem: Option<DnsProblemKind>,
    pub message: String,
}

impl Found {
    fn new(kind: FindingKind, message: impl Into<String>) -> Self {
        Self { kind, dns_problem: None, message: message.into() }
    }
}

/// The criteria for findings.
#[derive(Debug)]
pub(super) struct Rules {
    now: DateTime<Utc>,
    /// The end of the window, inclusive.
    until: DateTime<Utc>,
    /// The exported addresses; `None` if they are unknown.
    exported: Option<HashSet<String>>,
}

/// The health of a domain. Score and label are `None` if the domain was not actually rated.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Health {
    pub score: Option<f64>,
    pub label: Option<DomainHealthLabel>,
    is_abused: bool,
}

impl Health {
    /// Creates the health from a response and the number of mailboxes.
    ///
    /// If the response contains an error, its score and label (0 and critical) are not real. The documented form of the
    /// response has no error, so the number of mailboxes is checked, too: a domain without mailboxes cannot be rated.
    pub fn of(health: &DomainHealth, mailboxes: Option<u64>) -> Self {
        let is_abused = health.is_abused.unwrap_or_default();
        if health.error.is_some() || mailboxes == Some(0) {
            return Self { is_abused, ..Self::default() };
        }
        let score = health.score.map(|score| score as f64).or(health.average_score);
        let label = health.label.as_ref().map(|label| DomainHealthLabel::from(label.as_str()));
        Self { score, label, is_abused }
    }

    /// Returns the reason why the health is critical, if it is.
    fn problem(&self) -> Option<String> {
        let is_low = self.score.is_some_and(|score| score <= MAX_CRITICAL_SCORE);
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
        let has_expired = rows::is_expired(domain);
        let expires = row.expires_on.filter(|date| row.auto_renew == Some(false) && self.is_due(*date) && !has_expired);
        let has_moved = domain.dns_box_invalid_name_servers == Some(true);
        let is_empty = row.mailboxes == Some(0) && is_in_use(row.status.as_ref());
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
        let problems = problems.iter().map(|problem| Found {
            dns_problem: Some(problem.kind()),
            ..Found::new(FindingKind::DnsProblem, problem.to_string())
        });
        single.into_iter().filter_map(|(kind, message)| Some(Found::new(kind, message?))).chain(problems).collect()
    }

    pub fn mailbox(&self, row: &MailboxRow) -> Option<Found> {
        match row.status.as_ref()? {
            MailboxStatus::Active => {
                let exported = self.exported.as_ref()?;
                let is_missing = !exported.contains(&names::address(&row.address));
                let message = "the mailbox is not among the exported addresses";
                is_missing.then(|| Found::new(FindingKind::MailboxNotExported, message))
            }
            MailboxStatus::Expired => Some(Found::new(FindingKind::MailboxExpired, "the mailbox is EXPIRED")),
            status => Some(Found::new(FindingKind::MailboxInactive, format!("the mailbox is {status}"))),
        }
    }

    /// Returns at most one finding per subscription: a failed payment takes precedence over a date.
    pub fn subscription(&self, row: &SubscriptionRow) -> Option<Found> {
        let status = row.status.as_ref();
        if status == Some(&SubscriptionStatus::PastDue) {
            let reason = row.payment_failure.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            return Some(Found::new(FindingKind::SubscriptionPastDue, format!("the last payment failed{reason}")));
        }
        let due = row.due.filter(|due| self.is_due(*due))?;
        let has_passed = due < self.now;
        let is_charged = matches!(status, Some(SubscriptionStatus::Active | SubscriptionStatus::PaymentPending));
        if has_passed && !is_charged {
            // Subscriptions stay in the list long after they have ended.
            return None;
        }
        let date = due.date_naive();
        let (kind, message) = match status {
            _ if is_charged && has_passed => {
                (FindingKind::SubscriptionDue, format!("the subscription was due on {date}"))
            }
            _ if is_charged => (FindingKind::SubscriptionDue, format!("the subscription is due on {date}")),
            Some(SubscriptionStatus::Cancelled) => {
                (FindingKind::SubscriptionEnds, format!("the subscription is canceled and ends on {date}"))
            }
            Some(status) => {
                let message = format!("the subscription is {status}, and its period ends on {date}");
                (FindingKind::SubscriptionEnds, message)
            }
            None => (FindingKind::SubscriptionEnds, format!("the period of the subscription ends on {date}")),
        };
        Some(Found::new(kind, message))
    }

    /// Returns whether a date is in the window or in the past.
    fn is_due(&self, date: DateTime<Utc>) -> bool {
        date <= self.until
    }
}

/// Returns whether a domain has health and DNS records: it is ACTIVE, or its status is missing or undocumented.
pub(super) fn is_in_use(status: Option<&DomainStatus>) -> bool {
    let status = status.map(|status| DomainStatus::from(status.as_str()));
    status.is_none_or(|status| status == DomainStatus::Active || !status.is_known())
}
