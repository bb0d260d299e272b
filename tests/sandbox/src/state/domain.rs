//! Domains of the account.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DomainKey, Life, Mailbox, Provider, Setting, State, WorkspaceKey, Zone};
use crate::clock::Timestamp;
use crate::envelope::Refusal;
use crate::id_generator::CodeSeed;

/// The maximum number of mailboxes per domain. The vendor raises it for some accounts, but not here.
pub(crate) const DOMAIN_LIMIT: usize = 5;

/// The time for which a purchased domain is `PENDING`.
pub(crate) const REGISTERING: Duration = Duration::from_secs(120);

/// The service's name servers, which every connected domain must use.
pub(crate) const NAME_SERVERS: [&str; 2] = ["pns61.cloudns.net", "pns62.cloudns.com"];

/// The time before the end of a registration in which it can be renewed: two months.
const RENEWABLE_FOR: Duration = Duration::from_secs(61 * 24 * 60 * 60);

/// A domain of the account.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Domain {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) workspace: WorkspaceKey,
    /// Provider of the mailboxes; `None` until the first mailbox is assigned.
    pub(crate) provider: Option<Provider>,
    pub(crate) admin: Option<Admin>,
    pub(crate) mailboxes: Vec<Mailbox>,
    pub(crate) origin: Origin,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) auto_renew: bool,
    /// Time at which DNS Shield was enabled.
    pub(crate) dns_shield: Option<Timestamp>,
    /// Target of the web forwarding.
    pub(crate) forwarding: Option<Setting>,
    /// Address to which all mail of the domain is forwarded.
    pub(crate) email_forwarding: Option<Setting>,
    /// Address that receives the mail to unknown addresses.
    pub(crate) catch_all: Option<Setting>,
    /// Address that receives the DMARC reports.
    pub(crate) dmarc: Option<Setting>,
    /// Ids of the domain's tags, which belong to its workspace.
    pub(crate) tags: Vec<Uuid>,
    pub(crate) zone: Zone,
}

/// The origin of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Origin {
    /// Purchased here; the service registers it and can renew it.
    Registered { on: Timestamp, until: Timestamp },
    /// Purchased here as an aged domain; the service does not renew it.
    Aged { until: Timestamp },
    /// Purchased here with pre-warmed mailboxes; the service does not renew it.
    PreWarmed { until: Timestamp },
    /// Registered elsewhere and connected.
    Connected,
}

/// The health score of a domain without problems.
const HEALTHY: u64 = 90;

/// The reduction of the health score per failed mailbox.
const FAILURE_PENALTY: u64 = 20;

impl Domain {
    /// Creates a domain without mailboxes and settings.
    pub(crate) fn new(
        id: Uuid,
        name: impl Into<String>,
        workspace: WorkspaceKey,
        origin: Origin,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            workspace,
            provider: None,
            admin: None,
            mailboxes: Vec::new(),
            origin,
            created_at: now,
            updated_at: now,
            auto_renew: false,
            dns_shield: None,
            forwarding: None,
            email_forwarding: None,
            catch_all: None,
            dmarc: None,
            tags: Vec::new(),
            zone: Zone::default(),
        }
    }

    /// Returns the status in the service's spelling.
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        match self.origin {
            Origin::Registered { on, .. } if now.since(on) < REGISTERING => "PENDING",
            _ if self.expires_on().is_some_and(|end| now >= end) => "EXPIRED",
            _ => "ACTIVE",
        }
    }

    pub(crate) fn is_active(&self, now: Timestamp) -> bool {
        self.status(now) == "ACTIVE"
    }

    /// Returns the number of failed mailboxes.
    pub(crate) fn failed_mailboxes(&self) -> u64 {
        self.mailboxes.iter().filter(|mailbox| mailbox.life == Life::Failed).count() as u64
    }

    /// Returns the health score, from 0 to 100. How the service computes it is not known.
    pub(crate) fn health_score(&self, now: Timestamp) -> u64 {
        match self.mailboxes.is_empty() || !self.is_active(now) {
            true => 0,
            false => HEALTHY.saturating_sub(self.failed_mailboxes() * FAILURE_PENALTY),
        }
    }

    /// Returns whether the domain was purchased with pre-warmed mailboxes.
    pub(crate) fn is_pre_warmed(&self) -> bool {
        matches!(self.origin, Origin::PreWarmed { .. })
    }

    /// Returns the start of the registration, if the service knows it.
    pub(crate) fn registered_on(&self) -> Option<Timestamp> {
        match self.origin {
            Origin::Registered { on, .. } => Some(on),
            Origin::Aged { .. } | Origin::PreWarmed { .. } | Origin::Connected => None,
        }
    }

    /// Returns the end of the registration, if the service knows it.
    pub(crate) fn expires_on(&self) -> Option<Timestamp> {
        match self.origin {
            Origin::Registered { until, .. } | Origin::Aged { until } | Origin::PreWarmed { until } => Some(until),
            Origin::Connected => None,
        }
    }

    /// Returns whether the service offers a renewal. It does not for aged and pre-warmed domains (domains.yaml).
    pub(crate) fn renews(&self) -> bool {
        matches!(self.origin, Origin::Registered { .. })
    }

    /// Returns whether the domain can be renewed now, in the last two months of its registration.
    pub(crate) fn is_renewable(&self, now: Timestamp) -> bool {
        let end = self.expires_on().filter(|end| self.renews() && *end > now);
        end.is_some_and(|end| end.since(now) <= RENEWABLE_FOR)
    }

    /// Extends the registration.
    pub(crate) fn extend(&mut self, time: Duration) {
        if let Origin::Registered { until, .. } = &mut self.origin {
            *until = until.plus(time);
        }
    }

    /// Returns whether the domain has any of the tags with these ids from a request.
    pub(crate) fn has_tag(&self, ids: &[impl AsRef<str>]) -> bool {
        ids.iter().any(|id| Uuid::try_parse(id.as_ref()).is_ok_and(|id| self.tags.contains(&id)))
    }

    /// Returns whether the domain's name contains `term`, ignoring case.
    pub(crate) fn name_contains(&self, term: &str) -> bool {
        self.name.contains(&term.to_lowercase())
    }
}

impl State {
    /// Returns the domain with this name, in any workspace of the account.
    pub(crate) fn find_domain(&self, name: &str) -> Option<&Domain> {
        self.workspace_keys().flat_map(|key| self.domains_of(key)).find(|domain| domain.name.eq_ignore_ascii_case(name))
    }

    /// Returns the domains with the ids from a request, if all are in the workspace.
    pub(crate) fn domains_by_id(&self, workspace: WorkspaceKey, ids: &[String]) -> Result<Vec<DomainKey>, Refusal> {
        ids.iter().map(|id| self.domain_by_id(workspace, id)).collect()
    }

    /// Returns the keys of a workspace's domains in the order in which they were added.
    pub(crate) fn domain_keys_of(&self, workspace: WorkspaceKey) -> Vec<DomainKey> {
        self.workspace(workspace).domains.clone()
    }

    /// Removes a domain and its mailboxes from the account. Its entry remains unused, so that the other keys stay
    /// valid.
    pub(crate) fn remove_domain(&mut self, key: DomainKey) {
        let domain = self.domain_mut(key);
        let (id, workspace, mailboxes) = (domain.id, domain.workspace, std::mem::take(&mut domain.mailboxes));
        self.domain_keys.remove(&id);
        for mailbox in mailboxes {
            self.mailbox_domains.remove(&mailbox.id);
        }
        self.workspace_mut(workspace).domains.retain(|other| *other != key);
    }

    /// Moves a domain with its mailboxes and their slots to another workspace. The domain loses its tags, which belong
    /// to the old workspace.
    pub(crate) fn move_domain(&mut self, key: DomainKey, target: WorkspaceKey) {
        let domain = self.domain_mut(key);
        let source = std::mem::replace(&mut domain.workspace, target);
        domain.tags.clear();
        let slots = domain.mailboxes.len() as u64;
        let from = self.workspace_mut(source);
        from.domains.retain(|other| *other != key);
        from.slots = from.slots.saturating_sub(slots);
        let to = self.workspace_mut(target);
        to.domains.push(key);
        to.slots += slots;
    }
}

/// The admin account of a Microsoft domain.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Admin {
    /// Seed of the authenticator codes; `None` without a second factor.
    pub(crate) code_seed: Option<CodeSeed>,
}
