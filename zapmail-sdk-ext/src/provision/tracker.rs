//! The progress of a run: updates the report, and emits events.

use std::fmt;

use serde::{Deserialize, Serialize};
use zapmail_sdk::ids::{DomainId, MailboxId};

use super::report::{DomainReport, DomainState, MailboxReport, MailboxState, ProvisionReport};

/// A step of a [`Provisioning`](crate::Provisioning). The variants are in the order of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProvisionStep {
    /// Looks up which domains the account has.
    Look,
    /// Buys domains.
    Buy,
    /// Connects domains.
    Connect,
    /// Waits until the domains are active.
    WaitForDomains,
    /// Sets the settings of the domains, and waits until they are in effect.
    Settings,
    /// Creates mailboxes.
    Assign,
    /// Waits until the mailboxes are active.
    WaitForMailboxes,
    /// Exports the mailboxes, and waits until the export has ended.
    Export,
}

/// An event of a [`Provisioning`](crate::Provisioning). `Display` prints one line for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProvisionEvent {
    /// A step begins.
    Step {
        /// The step.
        step: ProvisionStep,
    },
    /// The state of a domain has changed.
    Domain {
        /// The name of the domain.
        name: String,
        /// The new state.
        state: DomainState,
    },
    /// The state of a mailbox has changed.
    Mailbox {
        /// The address of the mailbox.
        address: String,
        /// The new state.
        state: MailboxState,
    },
    /// A domain, a mailbox or the export failed. The run continues with the others.
    Failed {
        /// The name of the domain, the address of the mailbox, or `export`.
        subject: String,
        /// The reason.
        reason: String,
    },
}

impl fmt::Display for ProvisionStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Look => "looking up the domains",
            Self::Buy => "buying domains",
            Self::Connect => "connecting domains",
            Self::WaitForDomains => "waiting for the domains",
            Self::Settings => "setting up the domains",
            Self::Assign => "creating mailboxes",
            Self::WaitForMailboxes => "waiting for the mailboxes",
            Self::Export => "exporting the mailboxes",
        })
    }
}

impl fmt::Display for ProvisionEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step { step } => step.fmt(formatter),
            Self::Domain { name, state } => write!(formatter, "{name}: {state}"),
            Self::Mailbox { address, state } => write!(formatter, "{address}: {state}"),
            Self::Failed { subject, reason } => write!(formatter, "{subject}: {reason}"),
        }
    }
}

/// Called with each event.
pub(super) type EventCallback = Box<dyn FnMut(&ProvisionEvent) + Send>;

/// Updates the report, and calls the callback with each change.
pub(super) struct Tracker {
    pub report: ProvisionReport,
    pub callback: Option<EventCallback>,
}

impl Tracker {
    pub fn step(&mut self, step: ProvisionStep) {
        self.emit(&ProvisionEvent::Step { step });
    }

    /// Returns the domains that have not failed, with their names.
    pub fn domains(&self) -> impl Iterator<Item = (&String, &DomainReport)> {
        self.report.domains.iter().filter(|(_, domain)| domain.failure.is_none())
    }

    /// Returns the names of the domains that are in this state and have not failed.
    pub fn names(&self, state: DomainState) -> Vec<String> {
        self.domains().filter(|(_, domain)| domain.state == state).map(|(name, _)| name.clone()).collect()
    }

    /// Returns the addresses of the mailboxes that are in this state and have not failed, on domains that have not
    /// failed.
    pub fn addresses(&self, state: MailboxState) -> Vec<String> {
        let mailboxes = self.domains().flat_map(|(_, domain)| &domain.mailboxes);
        let matching = mailboxes.filter(|(_, mailbox)| mailbox.state == state && mailbox.failure.is_none());
        matching.map(|(address, _)| address.clone()).collect()
    }

    /// Returns the names and ids of the domains that are in this state and have not failed.
    pub fn ids(&self, state: DomainState) -> impl Iterator<Item = (&String, &DomainId)> {
        let matching = self.domains().filter(move |(_, domain)| domain.state == state);
        matching.filter_map(|(name, domain)| Some((name, domain.id.as_ref()?)))
    }

    pub fn set_domain_state(&mut self, name: &str, state: DomainState) {
        if let Some(domain) = self.report.domains.get_mut(name).filter(|domain| domain.state != state) {
            domain.state = state;
            self.emit(&ProvisionEvent::Domain { name: name.to_owned(), state });
        }
    }

    pub fn set_domain_id(&mut self, name: &str, id: DomainId) {
        if let Some(domain) = self.report.domains.get_mut(name) {
            domain.id = Some(id);
        }
    }

    pub fn set_mailbox_state(&mut self, address: &str, state: MailboxState, id: Option<MailboxId>) {
        let Some(mailbox) = self.find_mailbox(address) else { return };
        mailbox.id = id.or(mailbox.id.take());
        if mailbox.state != state {
            mailbox.state = state;
            self.emit(&ProvisionEvent::Mailbox { address: address.to_owned(), state });
        }
    }

    pub fn fail_domain(&mut self, name: &str, reason: impl Into<String>) {
        let reason = reason.into();
        if let Some(domain) = self.report.domains.get_mut(name) {
            domain.failure = Some(reason.clone());
        }
        self.emit(&ProvisionEvent::Failed { subject: name.to_owned(), reason });
    }

    pub fn fail_mailbox(&mut self, address: &str, reason: impl Into<String>) {
        let reason = reason.into();
        if let Some(mailbox) = self.find_mailbox(address) {
            mailbox.failure = Some(reason.clone());
        }
        self.emit(&ProvisionEvent::Failed { subject: address.to_owned(), reason });
    }

    pub fn fail_export(&mut self, reason: impl Into<String>) {
        let reason = reason.into();
        if let Some(export) = &mut self.report.export {
            export.failure = Some(reason.clone());
        }
        self.emit(&ProvisionEvent::Failed { subject: "export".to_owned(), reason });
    }

    fn find_mailbox(&mut self, address: &str) -> Option<&mut MailboxReport> {
        let (_, domain) = address.rsplit_once('@')?;
        self.report.domains.get_mut(domain)?.mailboxes.get_mut(address)
    }

    fn emit(&mut self, event: &ProvisionEvent) {
        if let Some(callback) = &mut self.callback {
            callback(event);
        }
    }
}
