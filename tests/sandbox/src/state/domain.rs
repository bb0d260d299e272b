//! Domains.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DomainKey, Life, Mailbox, Setting, State, WorkspaceKey, Zone};
use crate::clock::Moment;
use crate::invent::CodeSeed;

/// Mailboxes that a domain takes, unless the vendor has raised it.
pub(crate) const DOMAIN_LIMIT: usize = 5;

/// How long a bought domain is PENDING.
pub(crate) const REGISTERING: Duration = Duration::from_secs(120);

/// The name servers that every domain of the service has to point at.
pub(crate) const NAME_SERVERS: [&str; 2] = ["pns61.cloudns.net", "pns62.cloudns.com"];

/// How long before its end a registration can be renewed: two months.
const RENEWABLE_FOR: Duration = Duration::from_secs(61 * 24 * 60 * 60);

/// What a domain can be (domains.yaml).
pub(crate) const DOMAIN_STATUSES: [&str; 5] = ["ACTIVE", "INACTIVE", "PENDING", "IN_PROGRESS", "EXPIRED"];

/// A domain of the account.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Domain {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) workspace: WorkspaceKey,
    /// Who runs its mailboxes; none until it has had one.
    pub(crate) provider: Option<Provider>,
    pub(crate) admin: Option<Admin>,
    pub(crate) mailboxes: Vec<Mailbox>,
    pub(crate) origin: Origin,
    pub(crate) created_at: Moment,
    pub(crate) updated_at: Moment,
    pub(crate) auto_renew: bool,
    /// Since when it has DNS Shield.
    pub(crate) dns_shield: Option<Moment>,
    /// Where visitors are sent.
    pub(crate) forwarding: Option<Setting>,
    /// Who gets the mail of all its addresses.
    pub(crate) email_forwarding: Option<Setting>,
    /// Who gets the mail of unknown addresses.
    pub(crate) catch_all: Option<Setting>,
    /// Who gets the DMARC reports.
    pub(crate) dmarc: Option<Setting>,
    /// Tags of its workspace, by id.
    pub(crate) tags: Vec<Uuid>,
    pub(crate) zone: Zone,
    /// Google apps that it trusts, by client id and name. Nothing reads them back.
    pub(crate) client_ids: Vec<(String, String)>,
}

/// How the account came to a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Origin {
    /// Bought here: the service registers it and can renew it.
    Registered { on: Moment, until: Moment },
    /// Bought here with its reputation; the service does not renew it.
    Aged { until: Moment },
    /// Bought here with mailboxes that have been warmed up; the service does not renew it.
    PreWarmed { until: Moment },
    /// Registered elsewhere.
    Connected,
}

/// The health score of a domain without a problem.
const HEALTHY: u64 = 90;

/// What a failed mailbox takes from the health score.
const PER_FAILURE: u64 = 20;

impl Domain {
    /// A domain that has nothing yet.
    pub(crate) fn new(id: Uuid, name: impl Into<String>, workspace: WorkspaceKey, origin: Origin, now: Moment) -> Self {
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
            client_ids: Vec::new(),
        }
    }

    /// As the service spells it.
    pub(crate) fn status(&self, now: Moment) -> &'static str {
        match self.origin {
            Origin::Registered { on, .. } if now.since(on) < REGISTERING => "PENDING",
            _ if self.expires_on().is_some_and(|end| now >= end) => "EXPIRED",
            _ => "ACTIVE",
        }
    }

    pub(crate) fn is_active(&self, now: Moment) -> bool {
        self.status(now) == "ACTIVE"
    }

    /// Returns the number of its mailboxes that have failed.
    pub(crate) fn failed_mailboxes(&self) -> u64 {
        self.mailboxes.iter().filter(|mailbox| mailbox.life == Life::Failed).count() as u64
    }

    /// Returns its health score, from 0 to 100; how the service computes it is not known.
    pub(crate) fn health_score(&self, now: Moment) -> u64 {
        match self.mailboxes.is_empty() || !self.is_active(now) {
            true => 0,
            false => HEALTHY.saturating_sub(self.failed_mailboxes() * PER_FAILURE),
        }
    }

    /// Whether it came with mailboxes that are warmed up.
    pub(crate) fn is_pre_warmed(&self) -> bool {
        matches!(self.origin, Origin::PreWarmed { .. })
    }

    /// When its registration began, as far as the service knows.
    pub(crate) fn registered_on(&self) -> Option<Moment> {
        match self.origin {
            Origin::Registered { on, .. } => Some(on),
            Origin::Aged { .. } | Origin::PreWarmed { .. } | Origin::Connected => None,
        }
    }

    /// When its registration ends, as far as the service knows.
    pub(crate) fn expires_on(&self) -> Option<Moment> {
        match self.origin {
            Origin::Registered { until, .. } | Origin::Aged { until } | Origin::PreWarmed { until } => Some(until),
            Origin::Connected => None,
        }
    }

    /// Whether the service renews it at all: not the aged and the pre-warmed ones (domains.yaml).
    pub(crate) fn renews(&self) -> bool {
        matches!(self.origin, Origin::Registered { .. })
    }

    /// Whether it can be renewed now: in the last two months of its registration.
    pub(crate) fn is_renewable(&self, now: Moment) -> bool {
        let end = self.expires_on().filter(|end| self.renews() && *end > now);
        end.is_some_and(|end| end.since(now) <= RENEWABLE_FOR)
    }

    /// Moves the end of its registration on.
    pub(crate) fn extend(&mut self, time: Duration) {
        if let Origin::Registered { until, .. } = &mut self.origin {
            *until = until.after(time);
        }
    }

    /// Whether it is the domain with this name, or one whose name contains it.
    pub(crate) fn name_contains(&self, sought: &str) -> bool {
        self.name.contains(&sought.to_lowercase())
    }
}

impl State {
    /// The domain of the account with this name, in whichever workspace.
    pub(crate) fn find_domain(&self, name: &str) -> Option<&Domain> {
        self.workspace_keys().flat_map(|key| self.domains_of(key)).find(|domain| domain.name.eq_ignore_ascii_case(name))
    }

    /// The keys of a workspace's domains, in the order in which they came.
    pub(crate) fn domain_keys_of(&self, workspace: WorkspaceKey) -> Vec<DomainKey> {
        self.workspace(workspace).domains.clone()
    }

    /// Takes a domain and its mailboxes out of the account. Its place stays empty, so that the other keys stay good.
    pub(crate) fn remove_domain(&mut self, key: DomainKey) {
        let domain = self.domain_mut(key);
        let (id, workspace, mailboxes) = (domain.id, domain.workspace, std::mem::take(&mut domain.mailboxes));
        self.domain_keys.remove(&id);
        for mailbox in mailboxes {
            self.mailbox_domains.remove(&mailbox.id);
        }
        self.workspace_mut(workspace).domains.retain(|other| *other != key);
    }

    /// Moves a domain and its mailboxes, slots included, into another workspace. It loses its tags: those are the workspace's.
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

/// Who runs mailboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Provider {
    Google,
    Microsoft,
}

impl Provider {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Google => "GOOGLE",
            Self::Microsoft => "MICROSOFT",
        }
    }
}

/// The account that administers a Microsoft domain.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Admin {
    /// Seed of its authenticator codes; none without a second factor.
    pub(crate) code_seed: Option<CodeSeed>,
}
