//! The rules for a plan, which are checked before anything is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::{NumberOrText, Result};

use super::plan::PlannedDomain;
use crate::client::Zapmail;
use crate::page::Paged;
use crate::rows;

/// The default maximum number of mailboxes per domain. Zapmail raises it for some accounts.
pub(crate) const MAILBOXES_PER_DOMAIN: usize = 5;

/// A rule that a plan violates; [`AssignError::violations`](crate::AssignError::violations) returns all violations.
///
/// ```
/// use zapmail_sdk_ext::AssignViolation;
///
/// let violation = AssignViolation::Slots { free: 4, planned: 10 };
/// assert_eq!(violation.to_string(), "10 mailboxes are planned, but only 4 slots are free");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AssignViolation {
    /// A user name is not valid. A valid one has up to 64 characters: letters and digits, separated by single dots,
    /// underscores or hyphens.
    Username {
        /// Name of the domain.
        domain: String,
        /// The user name.
        username: String,
    },
    /// The plan uses two names for one domain id.
    Name {
        /// The name that came first.
        domain: String,
        /// The other name.
        other: String,
    },
    /// The plan contains the same user name twice for one domain.
    Duplicate {
        /// Name of the domain.
        domain: String,
        /// The user name.
        username: String,
    },
    /// The domain would exceed its maximum number of mailboxes.
    TooMany {
        /// Name of the domain.
        domain: String,
        /// Number of mailboxes that the domain has.
        present: usize,
        /// Number of mailboxes that the plan adds.
        planned: usize,
        /// Maximum number of mailboxes per domain.
        most: usize,
    },
    /// The domain does not accept mailboxes: it is not connected, is full, or belongs to a different workspace.
    NotAssignable {
        /// Name of the domain.
        domain: String,
    },
    /// There are fewer free slots than mailboxes in the plan.
    Slots {
        /// Number of free slots.
        free: u64,
        /// Number of mailboxes in the plan.
        planned: u64,
    },
}

impl fmt::Display for AssignViolation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Username { domain, username } => write!(
                formatter,
                "{domain}: `{username}` is not a valid user name: use up to 64 letters and digits, separated by single `.`, `_` or `-`"
            ),
            Self::Name { domain, other } => {
                write!(
                    formatter,
                    "{domain}: the plan uses the different name `{other}` for the same id; use one id per domain"
                )
            }
            Self::Duplicate { domain, username } => write!(formatter, "{domain}: `{username}` is planned twice"),
            Self::TooMany { domain, present, planned, most } => {
                write!(
                    formatter,
                    "{domain}: {present} existing and {planned} planned mailboxes exceed the limit of {most} per domain"
                )
            }
            Self::NotAssignable { domain } => {
                write!(
                    formatter,
                    "{domain}: the domain does not accept mailboxes; check that it is connected, in this workspace, and below \
                     its limit"
                )
            }
            Self::Slots { free, planned } => {
                write!(formatter, "{planned} mailboxes are planned, but only {free} slots are free")
            }
        }
    }
}

/// The state of the account, read before a run.
pub(crate) struct Preflight {
    /// The domains that accept mailboxes, with the number of mailboxes on each.
    assignable: BTreeMap<DomainId, usize>,
    /// The number of free slots, if the service reports it.
    free_slots: Option<u64>,
}

impl Preflight {
    pub async fn read(zapmail: &Zapmail) -> Result<Self> {
        let mut assignable = BTreeMap::new();
        let mut domains = zapmail.list_assignable_domains().limit(100u32).items();
        while let Some(domain) = domains.next().await? {
            let count = domain.assigned_mailboxes_count.as_ref().and_then(NumberOrText::as_i64);
            let count = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(domain.mailboxes.len());
            assignable.insert(domain.id, count);
        }
        let page = zapmail.list_mailboxes().limit(1u32).send().await?;
        Ok(Self { assignable, free_slots: rows::free_slots(&page) })
    }

    /// Returns the reason why a domain does not accept `planned` more mailboxes, or `None` if it accepts them.
    #[cfg(feature = "journal")]
    pub fn blocker(&self, id: &DomainId, planned: usize, limit: usize) -> Option<Blocker> {
        let Some(present) = self.assignable.get(id).copied() else { return Some(Blocker::NotAssignable) };
        if present + planned > limit {
            return Some(Blocker::TooMany { present, planned, limit });
        }
        let free = self.free_slots.filter(|free| *free < planned as u64)?;
        Some(Blocker::Slots { free, planned })
    }

    /// Returns the number of free slots, if the service reports it.
    #[cfg(feature = "journal")]
    pub fn free_slots(&self) -> Option<u64> {
        self.free_slots
    }

    /// Records that `count` mailboxes have been added to a domain.
    #[cfg(feature = "journal")]
    pub fn add_mailboxes(&mut self, id: &DomainId, count: usize) {
        *self.assignable.entry(id.clone()).or_default() += count;
        self.free_slots = self.free_slots.map(|free| free.saturating_sub(count as u64));
    }
}

/// The reason why a domain does not accept mailboxes.
#[cfg(feature = "journal")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blocker {
    NotAssignable,
    TooMany { present: usize, planned: usize, limit: usize },
    Slots { free: u64, planned: usize },
}

#[cfg(feature = "journal")]
impl fmt::Display for Blocker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAssignable => formatter.write_str(
                "the domain does not accept mailboxes; check that it is connected, in this workspace, and below its limit",
            ),
            Self::TooMany { present, planned, limit } => {
                write!(
                    formatter,
                    "{present} existing and {planned} planned mailboxes exceed the limit of {limit} per domain"
                )
            }
            Self::Slots { free, planned } => {
                write!(
                    formatter,
                    "{planned} mailboxes are planned on the domain, but only {free} slots are free; buy more slots with \
                     `purchase_addon_mailboxes`"
                )
            }
        }
    }
}

/// Returns all violations of these domains.
pub(super) fn violations(
    domains: &[(DomainId, PlannedDomain)],
    preflight: &Preflight,
    limit: usize,
) -> Vec<AssignViolation> {
    let mut violations = Vec::new();
    for (id, planned) in domains {
        let domain = planned.name.clone();
        if let Some(other) = planned.other_name.clone() {
            violations.push(AssignViolation::Name { domain: domain.clone(), other });
        }
        let mut seen = BTreeSet::new();
        for mailbox in &planned.mailboxes {
            let username = mailbox.username.clone();
            if !is_username(&username) {
                violations.push(AssignViolation::Username { domain: domain.clone(), username: username.clone() });
            }
            if !seen.insert(username.to_ascii_lowercase()) {
                violations.push(AssignViolation::Duplicate { domain: domain.clone(), username });
            }
        }
        match preflight.assignable.get(id) {
            None => violations.push(AssignViolation::NotAssignable { domain }),
            Some(present) if present + planned.mailboxes.len() > limit => {
                let planned = planned.mailboxes.len();
                violations.push(AssignViolation::TooMany { domain, present: *present, planned, most: limit });
            }
            Some(_) => {}
        }
    }
    let planned = domains.iter().map(|(_, domain)| domain.mailboxes.len() as u64).sum();
    if let Some(free) = preflight.free_slots.filter(|free| *free < planned) {
        violations.push(AssignViolation::Slots { free, planned });
    }
    violations
}

/// Returns whether a user name is valid: letters and digits, separated by single dots, underscores or hyphens. An
/// address has at most 64 characters before the `@` (RFC 5321).
pub(crate) fn is_username(username: &str) -> bool {
    if username.len() > 64 {
        return false;
    }
    let parts: Vec<_> = username.split(['.', '_', '-']).collect();
    parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::is_username;

    #[test]
    fn username_separators_are_single_and_inside() {
        for valid in ["dana", "dana.reed", "d_r-1", "9"] {
            assert!(is_username(valid), "{valid}");
        }
        assert!(is_username(&"d".repeat(64)) && !is_username(&"d".repeat(65)));
        for bad in ["", ".dana", "dana.", "da..na", "da._na", "dana reed", "dána", "dana@acme", "-"] {
            assert!(!is_username(bad), "{bad}");
        }
    }
}
