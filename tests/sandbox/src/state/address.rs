//! The email address of a mailbox, which ends with the name of its domain.

use super::{Domain, Mailbox};

impl Mailbox {
    pub(crate) fn address(&self, domain: &Domain) -> String {
        format!("{}@{}", self.username, domain.name)
    }

    /// Returns whether the address contains `term`, ignoring case.
    pub(crate) fn address_contains(&self, domain: &Domain, term: &str) -> bool {
        self.address(domain).to_lowercase().contains(&term.to_lowercase())
    }
}
