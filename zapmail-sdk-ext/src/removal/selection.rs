//! Selection of domains by a list of addresses, and the reasons for refusing the list.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use zapmail_sdk::builder::ScheduleMailboxRemoval;
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::{Error, ErrorKind, Request};

use super::listed::{ListedDomain, Mailboxes};
use crate::names;
use crate::wrapped_error::wraps_error;

/// Addresses of mailboxes to remove, normalized by [`names`].
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// The entries that are addresses.
    pub valid: BTreeSet<String>,
    malformed: BTreeSet<String>,
}

impl Addresses {
    pub fn of<I>(addresses: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let addresses = addresses.into_iter().map(|address| names::address(address.as_ref()));
        let (valid, malformed) = addresses.partition(|address| names::is_address(address));
        Self { valid, malformed }
    }

    pub fn is_empty(&self) -> bool {
        self.valid.is_empty() && self.malformed.is_empty()
    }

    /// Returns the domains whose mailboxes are all in the list.
    ///
    /// # Errors
    ///
    /// One error with all problems of the list.
    pub fn select<'a>(&self, mailboxes: &'a Mailboxes) -> Result<Vec<(&'a DomainId, &'a ListedDomain)>, RemovalError> {
        let mut unknown: BTreeSet<_> = self.valid.iter().collect();
        let (mut domains, mut partial) = (Vec::new(), Vec::new());
        for (id, domain) in &mailboxes.domains {
            domain.mailboxes.values().for_each(|mailbox| _ = unknown.remove(&mailbox.address));
            let remaining = domain.remaining().map(|(_, mailbox)| &mailbox.address);
            let (removed, missing): (Vec<_>, Vec<_>) = remaining.partition(|address| self.valid.contains(*address));
            match (removed.is_empty(), missing.is_empty()) {
                (true, _) => {}
                (false, true) => domains.push((id, domain)),
                (false, false) => {
                    let missing = BTreeSet::from_iter(missing).into_iter().cloned().collect();
                    partial.push(PartialDomain { name: domain.name.clone(), missing });
                }
            }
        }
        domains.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        partial.sort_by(|one, other| one.name.cmp(&other.name));
        let unknown: Vec<_> = unknown.into_iter().cloned().collect();
        if partial.is_empty() && unknown.is_empty() && self.malformed.is_empty() && !domains.is_empty() {
            return Ok(domains);
        }
        Err(RemovalError::refused(self.malformed.iter().cloned().collect(), unknown, partial))
    }
}

/// A domain with some mailboxes that are in the list and some that are not; see [`RemovalError::partial`].
///
/// In a test, create one from JSON.
///
/// ```
/// use zapmail_sdk_ext::PartialDomain;
///
/// let partial: PartialDomain = serde_json::from_str(r#"{"name": "acme.com", "missing": ["lee.wood@acme.com"]}"#)?;
/// assert_eq!(partial.to_string(), "acme.com also has lee.wood@acme.com");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartialDomain {
    /// Name of the domain, in lower case.
    pub name: String,
    /// Addresses of its mailboxes that are not in the list.
    pub missing: Vec<String>,
}

/// Names the mailboxes that the removal of the domain would also delete.
impl fmt::Display for PartialDomain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} also has {}", self.name, names::listed(&self.missing, ", "))
    }
}

/// The error of a removal that cannot be planned, with all problems of the list.
///
/// The `?` operator converts it into an [`Error`].
///
/// ```no_run
/// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) {
/// if let Err(refused) = zapmail.plan_removal(["dana.reed@acme.com", "lee.wood@acme.com"]).await {
///     eprintln!("{refused}");
///     for domain in refused.partial() {
///         eprintln!("{}: add {}, or leave the domain out", domain.name, domain.missing.join(", "));
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct RemovalError {
    error: Error,
    malformed: Vec<String>,
    unknown: Vec<String>,
    partial: Vec<PartialDomain>,
}

impl RemovalError {
    /// Returns the underlying error: [`ErrorKind::Invalid`] if the list was refused, or the error of a request.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the entries of the list that are not addresses.
    pub fn malformed(&self) -> &[String] {
        &self.malformed
    }

    /// Returns the addresses that belong to no mailbox of the workspace.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// Returns the domains for which the list does not contain all mailboxes.
    pub fn partial(&self) -> &[PartialDomain] {
        &self.partial
    }

    /// Creates the error of an empty list.
    pub(super) fn empty() -> Self {
        let message = "`addresses` is empty, so there is nothing to remove; pass at least one";
        Self::of(invalid(message.to_owned()))
    }

    /// Creates the error of a failed request.
    pub(super) fn of(error: Error) -> Self {
        Self { error, malformed: Vec::new(), unknown: Vec::new(), partial: Vec::new() }
    }

    fn refused(malformed: Vec<String>, unknown: Vec<String>, partial: Vec<PartialDomain>) -> Self {
        let mut refused = Self { malformed, unknown, partial, ..Self::empty() };
        let reasons = refused.reasons();
        let error = match reasons[..] {
            [] => invalid("all mailboxes of the list have expired, so there is nothing to remove".to_owned()),
            _ => invalid(format!("`addresses` cannot be removed: {}", reasons.join("; "))),
        };
        refused.error = match refused.hint() {
            Some(hint) => error.with_hint(hint),
            None => error,
        };
        refused
    }

    /// Returns the parts of the message: one per kind of refusal.
    fn reasons(&self) -> Vec<String> {
        let malformed: Vec<_> = self.malformed.iter().map(|entry| format!("`{entry}`")).collect();
        let partial: Vec<_> = self.partial.iter().map(ToString::to_string).collect();
        [
            ("not an address: ", malformed, ", "),
            ("without a mailbox: ", self.unknown.clone(), ", "),
            ("", partial, "; "),
        ]
        .into_iter()
        .filter(|(_, names, _)| !names.is_empty())
        .map(|(reason, names, separator)| format!("{reason}{}", names::listed(&names, separator)))
        .collect()
    }

    /// Returns advice on the most serious refusal.
    pub(super) fn hint(&self) -> Option<&'static str> {
        [
            (self.partial.is_empty(), "the service removes whole domains: add the addresses, or leave the domain out"),
            (self.unknown.is_empty(), "check the spelling, and the workspace of the client"),
            (self.malformed.is_empty(), "use addresses such as `dana@acme.com`"),
        ]
        .into_iter()
        .find_map(|(is_empty, hint)| (!is_empty).then_some(hint))
    }
}

/// Creates an error of kind [`ErrorKind::Invalid`].
pub(super) fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Invalid, message).with_operation(ScheduleMailboxRemoval::OPERATION)
}

wraps_error!(RemovalError);
