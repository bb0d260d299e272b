//! The report: the state of each domain and mailbox.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use zapmail_sdk::ids::{DomainId, ExportId, MailboxId};

use super::plan::ProvisionPlan;

/// The states of the domains and mailboxes of a [`ProvisionPlan`]. Contains no credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProvisionReport {
    /// The domains, by name.
    pub domains: BTreeMap<String, DomainReport>,
    /// The export, if the plan has one.
    pub export: Option<ExportReport>,
}

/// The state of a domain in a [`ProvisionReport`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DomainReport {
    /// The id of the domain, once the account has it.
    pub id: Option<DomainId>,
    /// The state of the domain.
    pub state: DomainState,
    /// The price in USD that was charged or invoiced, if this run ordered the domain.
    pub price: Option<Decimal>,
    /// The link to the invoice of the order, if this run ordered the domain.
    pub invoice: Option<String>,
    /// The reason why the domain failed, if it did.
    pub failure: Option<String>,
    /// The mailboxes of the domain, by address.
    pub mailboxes: BTreeMap<String, MailboxReport>,
}

/// The state of a domain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DomainState {
    /// Nothing has been done yet.
    #[default]
    Planned,
    /// The account has the domain, or has ordered it, but the domain is not active yet.
    Ordered,
    /// The domain is being connected.
    Connecting,
    /// The account has the domain, and the domain is active.
    Active,
    /// The domain is active, and its settings are in effect.
    Ready,
}

/// The state of a mailbox in a [`ProvisionReport`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MailboxReport {
    /// The id of the mailbox, once it is listed.
    pub id: Option<MailboxId>,
    /// The state of the mailbox.
    pub state: MailboxState,
    /// The reason why the mailbox failed, if it did.
    pub failure: Option<String>,
}

/// The state of a mailbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MailboxState {
    /// The mailbox was not requested, or the service rejected the request.
    #[default]
    Planned,
    /// The mailbox was requested, with an unknown outcome. The next run looks for it.
    Unknown,
    /// The service accepted the mailbox or lists it, but the mailbox is not active yet.
    Requested,
    /// The mailbox is active.
    Active,
    /// The service reported the export of the mailbox as completed, or accepted the export without returning its id.
    Exported,
}

/// The state of the export in a [`ProvisionReport`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportReport {
    /// The id of the last export; `None` if no export was started, or the service did not return its id.
    pub id: Option<ExportId>,
    /// The reason why the export failed, if it did.
    pub failure: Option<String>,
}

impl fmt::Display for DomainState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Planned => "planned",
            Self::Ordered => "ordered",
            Self::Connecting => "connecting",
            Self::Active => "active",
            Self::Ready => "ready",
        })
    }
}

impl fmt::Display for MailboxState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Planned => "planned",
            Self::Unknown => "unknown",
            Self::Requested => "requested",
            Self::Active => "active",
            Self::Exported => "exported",
        })
    }
}

impl ProvisionReport {
    pub(super) fn of(plan: &ProvisionPlan) -> Self {
        let domains = plan.domains.iter().map(|(name, domain)| {
            let mailboxes = domain.mailboxes.iter().map(|mailbox| (mailbox.address(name), MailboxReport::default()));
            (name.clone(), DomainReport { mailboxes: mailboxes.collect(), ..DomainReport::default() })
        });
        Self { domains: domains.collect(), export: plan.export.is_some().then(ExportReport::default) }
    }

    /// Returns whether the account has everything in the plan.
    pub fn is_complete(&self) -> bool {
        let wanted = if self.export.is_some() { MailboxState::Exported } else { MailboxState::Active };
        let is_done = |domain: &DomainReport| {
            domain.state == DomainState::Ready && domain.mailboxes.values().all(|mailbox| mailbox.state >= wanted)
        };
        self.domains.values().all(is_done) && self.failures().next().is_none()
    }

    /// Returns all failures: the name of a domain, an address, or `export`, each with the reason.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        let domains = self.domains.iter().flat_map(|(name, domain)| {
            let failure = domain.failure.as_deref().map(|reason| (name.as_str(), reason));
            let mailboxes = domain.mailboxes.iter();
            failure
                .into_iter()
                .chain(mailboxes.filter_map(|(address, mailbox)| Some((address.as_str(), mailbox.failure.as_deref()?))))
        });
        let export = self.export.as_ref().and_then(|export| export.failure.as_deref());
        domains.chain(export.map(|reason| ("export", reason)))
    }

    /// Returns the total price, in USD, of the domains that this run ordered: charged or invoiced.
    pub fn spent(&self) -> Decimal {
        self.domains.values().filter_map(|domain| domain.price).sum()
    }
}

impl fmt::Display for ProvisionReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ready = self.domains.values().filter(|domain| domain.state == DomainState::Ready).count();
        let mailboxes = || self.domains.values().flat_map(|domain| domain.mailboxes.values());
        let active = mailboxes().filter(|mailbox| mailbox.state >= MailboxState::Active).count();
        write!(
            formatter,
            "{ready} of {} domains are ready, {active} of {} mailboxes are active",
            self.domains.len(),
            mailboxes().count()
        )?;
        if self.export.is_some() {
            let exported = mailboxes().filter(|mailbox| mailbox.state == MailboxState::Exported).count();
            write!(formatter, ", {exported} are exported")?;
        }
        for (subject, reason) in self.failures() {
            write!(formatter, "\n{subject}: {reason}")?;
        }
        Ok(())
    }
}
