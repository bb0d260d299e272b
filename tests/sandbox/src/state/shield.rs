//! DNS Shield: the subscriptions that protect domains, and their slots.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Cents, Domain, DomainKey, Plan, State, WorkspaceKey};
use crate::clock::Timestamp;
use crate::envelope::Refusal;

/// The time that it takes to set up the protection of a domain.
const SETTING_UP: Duration = Duration::from_secs(60);

impl Plan {
    /// Returns the number of domains that the lifetime plan of DNS Shield can protect (dns-shield.yaml).
    pub(crate) fn shield_slots(self) -> usize {
        match self {
            Self::Starter => 30,
            Self::Growth => 100,
            Self::Pro => 500,
        }
    }

    /// Returns the price of the lifetime plan of DNS Shield.
    pub(crate) fn shield_price(self) -> Cents {
        match self {
            Self::Starter => Cents(29_900),
            Self::Growth => Cents(99_900),
            Self::Pro => Cents(299_900),
        }
    }
}

/// A monthly or lifetime subscription.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ShieldSubscription {
    pub(crate) id: Uuid,
    pub(crate) workspace: WorkspaceKey,
    /// Lifetime plan; `None` for a monthly subscription.
    pub(crate) plan: Option<Plan>,
    /// Number of domains that the subscription can protect.
    pub(crate) slots: usize,
    pub(crate) price: Cents,
    pub(crate) created_at: Timestamp,
    pub(crate) cancelled: bool,
    /// Protected domains.
    pub(crate) domains: Vec<DomainKey>,
}

impl ShieldSubscription {
    /// Returns the number of free slots of a lifetime plan; 0 for a monthly subscription (dns-shield.yaml).
    pub(crate) fn free_slots(&self) -> usize {
        if self.plan.is_none() || self.cancelled { 0 } else { self.slots.saturating_sub(self.domains.len()) }
    }
}

impl Domain {
    /// Returns whether the protection is active, and whether it is being set up.
    pub(crate) fn shield(&self, now: Timestamp) -> (bool, bool) {
        let ready = |since: Timestamp| now.since(since) >= SETTING_UP;
        (self.dns_shield.is_some_and(ready), self.dns_shield.is_some_and(|since| !ready(since)))
    }
}

impl State {
    pub(crate) fn shield_subscriptions_of(&self, workspace: WorkspaceKey) -> impl Iterator<Item = &ShieldSubscription> {
        self.shield.iter().filter(move |subscription| subscription.workspace == workspace)
    }

    /// Returns the position of the subscription with the id from a request, if it is in the workspace.
    pub(crate) fn shield_subscription_by_id(&self, workspace: WorkspaceKey, id: &str) -> Result<usize, Refusal> {
        let id = Uuid::try_parse(id).ok();
        let mut subscriptions = self.shield.iter();
        let found = subscriptions.position(|other| Some(other.id) == id && other.workspace == workspace);
        found.ok_or_else(|| Refusal::not_found("Subscription"))
    }

    /// Returns whether a domain is protected or its protection is being set up.
    pub(crate) fn is_shielded(&self, key: DomainKey) -> bool {
        self.domain(key).dns_shield.is_some()
    }

    /// Protects domains with a subscription. The caller has checked that it has enough slots.
    pub(crate) fn shield_domains(&mut self, subscription: usize, domains: &[DomainKey], now: Timestamp) {
        self.shield[subscription].domains.extend(domains);
        for key in domains {
            self.domain_mut(*key).dns_shield = Some(now);
            self.emit_domain_updated(*key);
        }
    }
}
