//! Everything that the sandbox remembers.

mod domain;
mod mailbox;
mod start;
mod tally;
mod wallet;
mod workspace;

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

pub(crate) use domain::{Admin, Domain, Provider};
pub(crate) use mailbox::{Life, Mailbox};
pub(crate) use start::{Start, StartingData};
pub(crate) use tally::Tally;
pub(crate) use wallet::{AutoRecharge, Cents, Wallet};
pub(crate) use workspace::{Invitation, Member, Workspace};

use crate::clock::{Clock, Moment};
use crate::envelope::Refusal;
use crate::invent::Inventor;

/// Finds a workspace in the state. Workspaces are never deleted, so it stays good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WorkspaceKey(usize);

impl WorkspaceKey {
    /// The workspace of a request that names none.
    pub(crate) const PRIMARY: Self = Self(0);
}

/// Finds a domain in the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DomainKey(usize);

/// The account and all that is in it.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) inventor: Inventor,
    pub(crate) account: Account,
    pub(crate) wallet: Wallet,
    /// Consent jobs by their export ids. Nothing reads them yet; what they were asked for is kept.
    pub(crate) oauth_jobs: Vec<(i64, Value)>,
    workspaces: Vec<Workspace>,
    domains: Vec<Domain>,
    domain_keys: HashMap<Uuid, DomainKey>,
    /// The domain of each mailbox; a domain has so few that they are searched one by one.
    mailbox_domains: HashMap<Uuid, DomainKey>,
}

/// The owner of the key.
#[derive(Debug)]
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

    pub(crate) fn add_domain(&mut self, domain: Domain) {
        let key = DomainKey(self.domains.len());
        self.domain_keys.insert(domain.id, key);
        self.mailbox_domains.extend(domain.mailboxes.iter().map(|mailbox| (mailbox.id, key)));
        self.workspaces[domain.workspace.0].domains.push(key);
        self.domains.push(domain);
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
