//! The state of the sandbox: the account, its workspaces, domains and mailboxes, and everything else that requests
//! change.

mod address;
mod aged_domain;
mod connection;
mod counters;
mod delivery;
mod dns_records;
mod domain;
mod events;
mod export;
mod export_entry;
mod finder;
mod ledger;
mod mailbox;
mod placement;
mod prewarmed;
mod provider;
mod scheduler;
mod setting;
mod shield;
mod start;
mod subscription;
mod wallet;
mod webhook;
mod workspace;
mod workspace_entry;
mod zone;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use aged_domain::AgedDomain;
pub(crate) use connection::Connection;
pub(crate) use counters::Counters;
pub use delivery::{Delivery, DeliveryOutcome};
pub(crate) use domain::{Admin, DOMAIN_LIMIT, Domain, NAME_SERVERS, Origin, REGISTERING};
pub(crate) use export::{ExportAccount, Exports, export_json};
pub use export_entry::{ExportEntry, ExportedMailbox};
pub(crate) use finder::FinderJob;
pub(crate) use ledger::Ledger;
pub use ledger::LedgerEntry;
pub(crate) use mailbox::{Life, Mailbox, READY};
pub(crate) use placement::{PlacementPlan, PlacementSubscription, PlacementTest, PlacementTests};
pub(crate) use prewarmed::{Prewarmed, PrewarmedDomain, PrewarmedPlan, PrewarmedSubscription};
pub(crate) use provider::Provider;
pub(crate) use scheduler::Refund;
pub(crate) use setting::Setting;
pub(crate) use shield::ShieldSubscription;
pub(crate) use start::{Start, StartingData};
pub(crate) use subscription::{Cycle, Plan, SLOT_PRICE, Subscription};
pub(crate) use wallet::{AutoRecharge, Cents, Wallet};
pub(crate) use webhook::{Attempt, Endpoint, Webhooks, event_types};
pub(crate) use workspace::{Invitation, Member, Tag, Workspace};
pub use workspace_entry::WorkspaceEntry;
pub(crate) use zone::{DnsRecord, Zone};

use crate::clock::{Clock, Timestamp};
use crate::envelope::Refusal;
use crate::id_generator::IdGenerator;
use crate::shapes::Shapes;

/// The key of a workspace in the state. It stays valid, because workspaces are never deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WorkspaceKey(usize);

impl WorkspaceKey {
    /// The default workspace: the one of a request without a workspace header.
    pub(crate) const PRIMARY: Self = Self(0);
}

/// The key of a domain in the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct DomainKey(usize);

/// The account with all its data.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) id_generator: IdGenerator,
    pub(crate) account: Account,
    pub(crate) wallet: Wallet,
    pub(crate) ledger: Ledger,
    /// Selects the response shape where the documentation and the live service differ.
    pub(crate) shapes: Shapes,
    pub(crate) exports: Exports,
    pub(crate) webhooks: Webhooks,
    /// Whether the account's owner has consented to Zapbox.
    pub(crate) zapbox_consent: bool,
    pub(crate) shield: Vec<ShieldSubscription>,
    pub(crate) placement: PlacementTests,
    pub(crate) prewarmed: Prewarmed,
    pub(crate) aged: Vec<AgedDomain>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) finder_jobs: Vec<FinderJob>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) subscriptions: Vec<Subscription>,
    workspaces: Vec<Workspace>,
    domains: Vec<Domain>,
    #[serde(skip)]
    domain_keys: HashMap<Uuid, DomainKey>,
    /// The domain of each mailbox. The mailboxes of a domain have no index: there are only a few.
    #[serde(skip)]
    mailbox_domains: HashMap<Uuid, DomainKey>,
}

/// The account that owns the API key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: Uuid,
    pub(crate) created_at: Timestamp,
    pub(crate) plan_ends_on: Timestamp,
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

    /// Returns the workspace with the id from a request.
    pub(crate) fn workspace_by_id(&self, id: &str) -> Result<WorkspaceKey, Refusal> {
        let id = Uuid::try_parse(id).ok();
        id.and_then(|id| self.find_workspace(id)).ok_or_else(|| Refusal::not_found("Workspace"))
    }

    /// Rebuilds the indexes, which a state file does not contain. Returns an error if the state is inconsistent.
    pub(crate) fn index(&mut self) -> Result<(), &'static str> {
        let listed = self.workspaces.iter().flat_map(|workspace| &workspace.domains);
        if self.workspaces.is_empty() || listed.clone().any(|key| key.0 >= self.domains.len()) {
            return Err("a workspace contains a domain that does not exist");
        }
        if self.domains.iter().any(|domain| domain.workspace.0 >= self.workspaces.len()) {
            return Err("a domain is in a workspace that does not exist");
        }
        let owners = self.connections.iter().map(|connection| connection.workspace);
        let owners = owners.chain(self.subscriptions.iter().map(|subscription| subscription.workspace));
        let mut owners = owners.chain(self.exports.jobs().map(|job| job.workspace));
        if owners.any(|workspace| workspace.0 >= self.workspaces.len()) {
            return Err("a connection, a subscription or an export is in a workspace that does not exist");
        }
        if self.shield.iter().flat_map(|subscription| &subscription.domains).any(|key| key.0 >= self.domains.len()) {
            return Err("DNS Shield protects a domain that does not exist");
        }
        self.webhooks.check()?;
        // Removed domains are in no workspace and are not indexed.
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

    /// Returns the domains of a workspace in the order in which they were added.
    pub(crate) fn domains_of(&self, workspace: WorkspaceKey) -> impl Iterator<Item = &Domain> + Clone {
        self.workspace(workspace).domains.iter().map(|key| &self.domains[key.0])
    }

    /// Returns the mailboxes of a workspace with their domains.
    pub(crate) fn mailboxes_of(&self, workspace: WorkspaceKey) -> impl Iterator<Item = (&Domain, &Mailbox)> {
        self.domains_of(workspace).flat_map(|domain| domain.mailboxes.iter().map(move |mailbox| (domain, mailbox)))
    }

    pub(crate) fn domain(&self, key: DomainKey) -> &Domain {
        &self.domains[key.0]
    }

    pub(crate) fn domain_mut(&mut self, key: DomainKey) -> &mut Domain {
        &mut self.domains[key.0]
    }

    /// Returns the domain with the id from a request, if it is in the workspace.
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

    /// Returns the mailbox with the id from a request and its domain, if they are in the workspace.
    pub(crate) fn mailbox_by_id(&self, workspace: WorkspaceKey, id: &str) -> Result<(&Domain, &Mailbox), Refusal> {
        let (key, id) = self.locate_mailbox(workspace, id)?;
        let domain = self.domain(key);
        let mailbox = domain.mailboxes.iter().find(|mailbox| mailbox.id == id);
        mailbox.map(|mailbox| (domain, mailbox)).ok_or_else(|| Refusal::not_found("Mailbox"))
    }

    /// Returns the domain and the parsed id of a mailbox, if the mailbox is in the workspace.
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
