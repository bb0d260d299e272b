//! What is known to be refused, before anything is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::{Numeric, Result};

use super::PlannedDomain;
use crate::client::Zapmail;
use crate::page::Paged;
use crate::rows;

/// Mailboxes that a domain takes, unless the vendor has raised it for the account.
pub(crate) const PER_DOMAIN: usize = 5;

/// A rule that a plan breaks; [`AssignError::violations`](crate::AssignError::violations) gives all of them.
///
/// ```
/// use zapmail_sdk_ext::AssignViolation;
///
/// let violation = AssignViolation::Slots { free: 4, planned: 10 };
/// assert_eq!(violation.to_string(), "10 mailboxes are planned and 4 slots are free");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AssignViolation {
    /// A user name has a character or a place for one that the service refuses.
    Username {
        /// Name of the domain.
        domain: String,
        /// The user name.
        username: String,
    },
    /// The plan has two names for one domain id.
    Name {
        /// The name that came first.
        domain: String,
        /// The other name.
        other: String,
    },
    /// The plan of a domain has the same user name twice.
    Duplicate {
        /// Name of the domain.
        domain: String,
        /// The user name.
        username: String,
    },
    /// The domain would have more mailboxes than it takes.
    TooMany {
        /// Name of the domain.
        domain: String,
        /// Mailboxes that it has.
        present: usize,
        /// Mailboxes that the plan adds.
        planned: usize,
        /// Mailboxes that a domain takes.
        most: usize,
    },
    /// The domain takes no mailboxes: it is not connected, full, or of another workspace.
    NotAssignable {
        /// Name of the domain.
        domain: String,
    },
    /// There are fewer free slots than mailboxes in the plan.
    Slots {
        /// Free slots.
        free: u64,
        /// Mailboxes in the plan.
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
                write!(formatter, "{domain}: the plan has `{other}` as another name for its id; use one id per domain")
            }
            Self::Duplicate { domain, username } => write!(formatter, "{domain}: `{username}` is planned twice"),
            Self::TooMany { domain, present, planned, most } => {
                write!(
                    formatter,
                    "{domain}: {present} mailboxes are there and {planned} are planned; a domain takes {most}"
                )
            }
            Self::NotAssignable { domain } => {
                write!(formatter, "{domain}: takes no mailboxes; is it connected, in this workspace, and not full?")
            }
            Self::Slots { free, planned } => {
                write!(formatter, "{planned} mailboxes are planned and {free} slots are free")
            }
        }
    }
}

/// What the service tells of the account before a run.
pub(crate) struct Facts {
    /// Domains that take mailboxes, with the number they have.
    assignable: BTreeMap<DomainId, usize>,
    /// Free slots, if the service tells.
    free: Option<u64>,
}

impl Facts {
    pub async fn read(zapmail: &Zapmail) -> Result<Self> {
        let mut assignable = BTreeMap::new();
        let mut domains = zapmail.list_assignable_domains().limit(100u32).items();
        while let Some(domain) = domains.next().await? {
            let count = domain.assigned_mailboxes_count.as_ref().and_then(Numeric::as_i64);
            let count = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(domain.mailboxes.len());
            assignable.insert(domain.id, count);
        }
        let page = zapmail.list_mailboxes().limit(1u32).send().await?;
        Ok(Self { assignable, free: rows::free_slots(&page) })
    }

    /// Why a domain does not take more mailboxes; `None` if it does.
    #[cfg(feature = "journal")]
    pub fn objection(&self, id: &DomainId, more: usize, most: usize) -> Option<Objection> {
        let Some(present) = self.assignable.get(id).copied() else { return Some(Objection::NotAssignable) };
        if present + more > most {
            return Some(Objection::TooMany { present, more, most });
        }
        let free = self.free.filter(|free| *free < more as u64)?;
        Some(Objection::Slots { free, more })
    }

    /// Free slots, if the service reports them.
    #[cfg(feature = "journal")]
    pub fn free(&self) -> Option<u64> {
        self.free
    }

    /// Notes that a domain has more mailboxes now.
    #[cfg(feature = "journal")]
    pub fn take(&mut self, id: &DomainId, more: usize) {
        *self.assignable.entry(id.clone()).or_default() += more;
        self.free = self.free.map(|free| free.saturating_sub(more as u64));
    }
}

/// Why a domain does not take mailboxes.
#[cfg(feature = "journal")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Objection {
    NotAssignable,
    TooMany { present: usize, more: usize, most: usize },
    Slots { free: u64, more: usize },
}

#[cfg(feature = "journal")]
impl fmt::Display for Objection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAssignable => {
                formatter.write_str("the domain takes no mailboxes; is it connected, in this workspace, and not full?")
            }
            Self::TooMany { present, more, most } => {
                write!(formatter, "{present} mailboxes are there and {more} are planned; a domain takes {most}")
            }
            Self::Slots { free, more } => {
                write!(
                    formatter,
                    "{more} mailboxes of the domain are planned and {free} slots are free; buy more with \
                     `purchase_addon_mailboxes`"
                )
            }
        }
    }
}

/// Everything that is wrong with these domains, at once.
pub(super) fn violations(domains: &[(DomainId, PlannedDomain)], facts: &Facts, most: usize) -> Vec<AssignViolation> {
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
        match facts.assignable.get(id) {
            None => violations.push(AssignViolation::NotAssignable { domain }),
            Some(present) if present + planned.mailboxes.len() > most => {
                let planned = planned.mailboxes.len();
                violations.push(AssignViolation::TooMany { domain, present: *present, planned, most });
            }
            Some(_) => {}
        }
    }
    let planned = domains.iter().map(|(_, domain)| domain.mailboxes.len() as u64).sum();
    if let Some(free) = facts.free.filter(|free| *free < planned) {
        violations.push(AssignViolation::Slots { free, planned });
    }
    violations
}

/// Letters, digits, dot, underscore and hyphen; the last three neither at an end nor side by side. An address has at most
/// 64 characters before the @ (RFC 5321).
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
    fn user_names() {
        for good in ["dana", "dana.reed", "d_r-1", "9"] {
            assert!(is_username(good), "{good}");
        }
        assert!(is_username(&"d".repeat(64)) && !is_username(&"d".repeat(65)));
        for bad in ["", ".dana", "dana.", "da..na", "da._na", "dana reed", "dána", "dana@acme", "-"] {
            assert!(!is_username(bad), "{bad}");
        }
    }
}
