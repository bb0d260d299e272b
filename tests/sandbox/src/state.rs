//! Everything that the sandbox remembers.

mod aged;
mod connection;
mod delivery;
mod domain;
mod due;
mod export;
mod export_entry;
mod finder;
mod ledger;
mod mailbox;
mod password;
mod placement;
mod prewarmed;
mod quick_setup;
mod setting;
mod shield;
mod start;
mod subscription;
mod tally;
mod telling;
mod wallet;
mod webhook;
mod workspace;
mod zap_site;
mod zapbox;
mod zone;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use aged::AgedDomain;
pub(crate) use connection::{CONNECTION_STATUSES, Connection};
pub use delivery::{Delivery, DeliveryOutcome};
pub(crate) use domain::{Admin, DOMAIN_LIMIT, DOMAIN_STATUSES, Domain, NAME_SERVERS, Origin, Provider, REGISTERING};
pub(crate) use due::Refund;
pub(crate) use export::{ExportAccount, Exports, export_json};
pub use export_entry::{ExportEntry, ExportedMailbox};
pub(crate) use finder::FinderJob;
pub(crate) use ledger::Ledger;
pub use ledger::LedgerEntry;
pub(crate) use mailbox::{Life, Mailbox};
pub(crate) use password::Password;
pub(crate) use placement::{PlacementPlan, PlacementSubscription, PlacementTest, PlacementTests, Placements};
pub(crate) use prewarmed::{Prewarmed, PrewarmedDomain, PrewarmedPlan, PrewarmedSubscription};
pub(crate) use quick_setup::QuickSetup;
pub(crate) use setting::Setting;
pub(crate) use shield::{ShieldPlan, ShieldSubscription};
pub(crate) use start::{Start, StartingData};
pub(crate) use subscription::{Cycle, Plan, SLOT_PRICE, Subscription};
pub(crate) use tally::Tally;
pub(crate) use wallet::{AutoRecharge, Cents, Wallet};
pub(crate) use webhook::{Attempt, EVENT_TYPES, Endpoint, Webhooks};
pub(crate) use workspace::{Invitation, Member, Tag, Workspace};
pub(crate) use zap_site::{Deployment, ZapSite};
pub(crate) use zapbox::{Label, Mail, SENT, Zapbox};
pub(crate) use zone::{DnsRecord, RECORD_TYPES, Zone};

use crate::clock::{Clock, Moment};
use crate::envelope::Refusal;
use crate::invent::Inventor;
use crate::shapes::Shapes;

/// Finds a workspace in the state. Workspaces are never deleted, so it stays good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WorkspaceKey(usize);

impl WorkspaceKey {
    /// The workspace of a request that names none.
    pub(crate) const PRIMARY: Self = Self(0);
}

/// Finds a domain in the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct DomainKey(usize);

/// The account and all that is in it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) inventor: Inventor,
    pub(crate) account: Account,
    pub(crate) wallet: Wallet,
    pub(crate) ledger: Ledger,
    /// Which form answers have where the documentation and the live service differ.
    pub(crate) shapes: Shapes,
    pub(crate) exports: Exports,
    pub(crate) webhooks: Webhooks,
    pub(crate) zapbox: Zapbox,
    pub(crate) shield: Vec<ShieldSubscription>,
    pub(crate) placement: PlacementTests,
    pub(crate) prewarmed: Prewarmed,
    pub(crate) aged: Vec<AgedDomain>,
    pub(crate) quick_setups: Vec<QuickSetup>,
    pub(crate) zap_sites: Vec<ZapSite>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) finder_jobs: Vec<FinderJob>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) subscriptions: Vec<Subscription>,
    workspaces: Vec<Workspace>,
    domains: Vec<Domain>,
    #[serde(skip)]
    domain_keys: HashMap<Uuid, DomainKey>,
    /// The domain of each mailbox; a domain has so few that they are searched one by one.
    #[serde(skip)]
    mailbox_domains: HashMap<Uuid, DomainKey>,
}

/// The owner of the key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: Uuid,
    pub(crate) created_at: Moment,
    pub(crate) plan_ends_on: Moment,
}

impl State {
    pub(crate) fn workspaces(&self) -> &[Workspace] {
        &self.workspaces
    }

    pub(crate) fn workspace_keys(&self) -> impl Iterator<Item = WorkspaceKey> + Clone + use<> {
        (0..self.workspaces.len()).map(WorkspaceKey)
    }

    pub(crate) fn workspace(&self, key: WorkspaceKey) -> &Workspace {
        &self.workspaces[key.0]
    }

    pub(crate) fn workspace_mut(&mut self, key: WorkspaceKey) -> &mut Workspace {
        &mut self.workspaces[key.0]
    }

    pub(crate) fn find_workspace(&self, id: Uuid) -> Option<WorkspaceKey> {
        self.workspaces.iter().position(|workspace| workspace.id == id).map(WorkspaceKey)
    }

    /// The workspace with an id as a request writes it.
    pub(crate) fn workspace_by_id(&self, id: &str) -> Result<WorkspaceKey, Refusal> {
        let id = Uuid::try_parse(id).ok();
        id.and_then(|id| self.find_workspace(id)).ok_or_else(|| Refusal::not_found("Workspace"))
    }

    /// Makes again what is not written into a file; what does not fit together is told.
    pub(crate) fn index(&mut self) -> Result<(), &'static str> {
        let listed = self.workspaces.iter().flat_map(|workspace| &workspace.domains);
        if self.workspaces.is_empty() || listed.clone().any(|key| key.0 >= self.domains.len()) {
            return Err("a workspace holds a domain that is not there");
        }
        if self.domains.iter().any(|domain| domain.workspace.0 >= self.workspaces.len()) {
            return Err("a domain is in a workspace that is not there");
        }
        let owners = self.connections.iter().map(|connection| connection.workspace);
        let owners = owners.chain(self.subscriptions.iter().map(|subscription| subscription.workspace));
        let mut owners = owners.chain(self.exports.jobs().map(|job| job.workspace));
        if owners.any(|workspace| workspace.0 >= self.workspaces.len()) {
            return Err("a connection, a subscription or an export is in a workspace that does not exist");
        }
        if self.shield.iter().flat_map(|subscription| &subscription.domains).any(|key| key.0 >= self.domains.len()) {
            return Err("DNS Shield protects a domain that is not there");
        }
        self.webhooks.check()?;
        // A domain that was removed is in no workspace.
        for key in self.workspaces.iter().flat_map(|workspace| &workspace.domains) {
            let domain = &self.domains[key.0];
            self.domain_keys.insert(domain.id, *key);
            self.mailbox_domains.extend(domain.mailboxes.iter().map(|mailbox| (mailbox.id, *key)));
        }
        Ok(())
    }

    pub(crate) fn add_workspace(&mut self, workspace: Workspace) {
        self.workspaces.push(workspace);
    }

    /// The domains of a workspace, in the order in which they came.
    pub(crate) fn domains_of(&self, workspace: WorkspaceKey) -> impl Iterator<Item = &Domain> + Clone {
        self.workspace(workspace).domains.iter().map(|key| &self.domains[key.0])
    }

    pub(crate) fn domain(&self, key: DomainKey) -> &Domain {
        &self.domains[key.0]
    }

    pub(crate) fn domain_mut(&mut self, key: DomainKey) -> &mut Domain {
        &mut self.domains[key.0]
    }

    /// The domain with an id as a request writes it, if it is in the workspace.
    pub(crate) fn domain_by_id(&self, workspace: WorkspaceKey, id: &str) -> Result<DomainKey, Refusal> {
        let key = Uuid::try_parse(id).ok().and_then(|id| self.domain_keys.get(&id).copied());
        key.filter(|key| self.domain(*key).workspace == workspace).ok_or_else(|| Refusal::not_found("Domain"))
    }

    pub(crate) fn add_domain(&mut self, domain: Domain) -> DomainKey {
        let key = DomainKey(self.domains.len());
        self.domain_keys.insert(domain.id, key);
        self.mailbox_domains.extend(domain.mailboxes.iter().map(|mailbox| (mailbox.id, key)));
        self.workspaces[domain.workspace.0].domains.push(key);
        self.domains.push(domain);
        key
    }

    /// The mailbox with an id as a request writes it, if it is in the workspace.
    pub(crate) fn mailbox_by_id(&self, workspace: WorkspaceKey, id: &str) -> Result<(&Domain, &Mailbox), Refusal> {
        let (key, id) = self.locate_mailbox(workspace, id)?;
        let domain = self.domain(key);
        let mailbox = domain.mailboxes.iter().find(|mailbox| mailbox.id == id);
        mailbox.map(|mailbox| (domain, mailbox)).ok_or_else(|| Refusal::not_found("Mailbox"))
    }

    /// The domain of a mailbox of the workspace, and the mailbox's id.
    pub(crate) fn locate_mailbox(&self, workspace: WorkspaceKey, id: &str) -> Result<(DomainKey, Uuid), Refusal> {
        let id = Uuid::try_parse(id).ok();
        let found = id.and_then(|id| Some((*self.mailbox_domains.get(&id)?, id)));
        found.filter(|(key, _)| self.domain(*key).workspace == workspace).ok_or_else(|| Refusal::not_found("Mailbox"))
    }

    pub(crate) fn add_mailbox(&mut self, domain: DomainKey, mailbox: Mailbox) {
        self.mailbox_domains.insert(mailbox.id, domain);
        self.domain_mut(domain).mailboxes.push(mailbox);
    }

    pub(crate) fn remove_mailbox(&mut self, domain: DomainKey, id: Uuid) {
        self.mailbox_domains.remove(&id);
        self.domain_mut(domain).mailboxes.retain(|mailbox| mailbox.id != id);
    }
}
