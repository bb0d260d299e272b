//! DNS Shield: the subscriptions that protect domains, and the slots that they have.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Cents, Domain, DomainKey, State, WorkspaceKey};
use crate::clock::Moment;

/// How long the protection of a domain is set up.
const SETTING_UP: Duration = Duration::from_secs(60);

/// A lifetime plan: the documented ones (dns-shield.yaml).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum ShieldPlan {
    Starter,
    Growth,
    Pro,
}

impl ShieldPlan {
    /// In whatever letters it is written: which the service wants has not been seen.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Starter, Self::Growth, Self::Pro].into_iter().find(|plan| plan.name().eq_ignore_ascii_case(name))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Starter => "Starter",
            Self::Growth => "Growth",
            Self::Pro => "Pro",
        }
    }

    /// Domains that it protects.
    pub(crate) fn slots(self) -> usize {
        match self {
            Self::Starter => 30,
            Self::Growth => 100,
            Self::Pro => 500,
        }
    }

    pub(crate) fn price(self) -> Cents {
        match self {
            Self::Starter => Cents(29_900),
            Self::Growth => Cents(99_900),
            Self::Pro => Cents(299_900),
        }
    }
}

/// What pays for protection.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ShieldSubscription {
    pub(crate) id: Uuid,
    pub(crate) workspace: WorkspaceKey,
    /// None for one that is paid monthly.
    pub(crate) plan: Option<ShieldPlan>,
    /// Domains that it can protect.
    pub(crate) slots: usize,
    pub(crate) price: Cents,
    pub(crate) created_at: Moment,
    pub(crate) cancelled: bool,
    /// The domains that it protects.
    pub(crate) domains: Vec<DomainKey>,
}

impl ShieldSubscription {
    /// Slots of a lifetime plan that are free; monthly ones are not counted (dns-shield.yaml).
    pub(crate) fn free_slots(&self) -> usize {
        if self.plan.is_none() || self.cancelled { 0 } else { self.slots.saturating_sub(self.domains.len()) }
    }
}

impl Domain {
    /// Whether its protection works, and whether it is being set up.
    pub(crate) fn shield(&self, now: Moment) -> (bool, bool) {
        let ready = |since: Moment| now.since(since) >= SETTING_UP;
        (self.dns_shield.is_some_and(ready), self.dns_shield.is_some_and(|since| !ready(since)))
    }
}

impl State {
    pub(crate) fn shield_subscriptions_of(&self, workspace: WorkspaceKey) -> impl Iterator<Item = &ShieldSubscription> {
        self.shield.iter().filter(move |subscription| subscription.workspace == workspace)
    }

    /// Whether a domain has protection, or is getting it.
    pub(crate) fn is_shielded(&self, key: DomainKey) -> bool {
        self.domain(key).dns_shield.is_some()
    }

    /// Protects domains with a subscription, which is taken to have the slots.
    pub(crate) fn shield_domains(&mut self, subscription: usize, domains: &[DomainKey], now: Moment) {
        self.shield[subscription].domains.extend(domains);
        for key in domains {
            self.domain_mut(*key).dns_shield = Some(now);
            self.tell_of_domain(*key);
        }
    }
}
