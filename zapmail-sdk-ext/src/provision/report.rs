//! The report: what has become of each domain and mailbox.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use zapmail_sdk::ids::{DomainId, ExportId, MailboxId};

use super::plan::ProvisionPlan;

/// What has become of the domains and mailboxes of a [`ProvisionPlan`]. Contains no credential.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProvisionReport {
    /// The domains, by their names.
    pub domains: BTreeMap<String, DomainReport>,
    /// The export, if the plan has one.
    pub export: Option<ExportReport>,
}

/// What has become of a domain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DomainReport {
    /// Its id, once the account has it.
    pub id: Option<DomainId>,
    /// How far it has come.
    pub state: DomainState,
    /// What it costs, in USD, if this run has ordered it: charged, or invoiced.
    pub price: Option<Decimal>,
    /// The invoice of its order, if this run has ordered it.
    pub invoice: Option<String>,
    /// Why it went no further.
    pub failure: Option<String>,
    /// Its mailboxes, by their addresses.
    pub mailboxes: BTreeMap<String, MailboxReport>,
}

/// How far a domain has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DomainState {
    /// Nothing was done yet.
    #[default]
    Planned,
    /// The account has it, or has ordered it, and it is not active yet.
    Ordered,
    /// It is being connected.
    Connecting,
    /// The account has it, and it is active.
    Active,
    /// Its settings are in effect too.
    Ready,
}

/// What has become of a mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MailboxReport {
    /// Its id, once it is listed.
    pub id: Option<MailboxId>,
    /// How far it has come.
    pub state: MailboxState,
    /// Why it went no further.
    pub failure: Option<String>,
}

/// How far a mailbox has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MailboxState {
    /// Its creation was not requested, or the service refused it.
    #[default]
    Planned,
    /// Its creation was requested, with an unknown outcome. The next run looks for it.
    Unknown,
    /// The service has accepted it, or lists it, and it is not active yet.
    Requested,
    /// It is active.
    Active,
    /// The service has reported its export as completed, or has accepted the export without an id to ask for.
    Exported,
}

/// What has become of the export.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportReport {
    /// The last export; `None` if none was started, or the service did not report its id.
    pub id: Option<ExportId>,
    /// Why it failed.
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

    /// Whether the account has everything of the plan.
    pub fn is_complete(&self) -> bool {
        let wanted = if self.export.is_some() { MailboxState::Exported } else { MailboxState::Active };
        let is_done = |domain: &DomainReport| {
            domain.state == DomainState::Ready && domain.mailboxes.values().all(|mailbox| mailbox.state >= wanted)
        };
        self.domains.values().all(is_done) && self.failures().next().is_none()
    }

    /// Returns what failed: a domain, an address, or `export`, each with the reason.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        let domains = self.domains.iter().flat_map(|(name, domain)| {
            let own = domain.failure.as_deref().map(|reason| (name.as_str(), reason));
            let mailboxes = domain.mailboxes.iter();
            own.into_iter()
                .chain(mailboxes.filter_map(|(address, mailbox)| Some((address.as_str(), mailbox.failure.as_deref()?))))
        });
        let export = self.export.as_ref().and_then(|export| export.failure.as_deref());
        domains.chain(export.map(|reason| ("export", reason)))
    }

    /// The sum of the prices of the domains that this run has ordered, in USD: charged, or invoiced.
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
