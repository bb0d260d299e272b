//! Pre-warmed domains on offer, and the plans to subscribe to them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Cents, Provider, WorkspaceKey};
use crate::clock::{MONTH, Timestamp};

/// The time for which a new subscription is `PENDING`.
const SETTING_UP: Duration = Duration::from_secs(60);

/// A pre-warmed domain on offer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PrewarmedDomain {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) provider: Provider,
    pub(crate) price: Cents,
    /// First and last names of the mailboxes.
    pub(crate) people: Vec<(String, String)>,
    pub(crate) sold: bool,
}

/// A monthly plan.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PrewarmedPlan {
    pub(crate) name: String,
    pub(crate) domains: usize,
    pub(crate) price: Cents,
}

impl PrewarmedPlan {
    /// Returns the plan with this lower-case name, as the service expects it (prewarmed-domains.yaml).
    pub(crate) fn named(name: &str) -> Option<Self> {
        let plans = [("Starter", 1, 3_900), ("Growth", 4, 14_900), ("Pro", 10, 33_900)];
        let found = plans.into_iter().find(|(plan, ..)| plan.to_lowercase() == name);
        found.map(|(name, domains, cents)| Self { name: name.to_owned(), domains, price: Cents(cents) })
    }
}

/// A purchased plan.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PrewarmedSubscription {
    pub(crate) id: Uuid,
    pub(crate) workspace: WorkspaceKey,
    pub(crate) plan: PrewarmedPlan,
    pub(crate) created_at: Timestamp,
}

impl PrewarmedSubscription {
    /// Returns the status. Only `ACTIVE` has been observed; `PENDING` is assumed.
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        if now.since(self.created_at) < SETTING_UP { "PENDING" } else { "ACTIVE" }
    }

    pub(crate) fn period_end(&self) -> Timestamp {
        self.created_at.plus(MONTH)
    }
}

/// All pre-warmed domains, sold and unsold, and the subscriptions.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Prewarmed {
    pub(crate) stock: Vec<PrewarmedDomain>,
    pub(crate) subscriptions: Vec<PrewarmedSubscription>,
}

impl Prewarmed {
    pub(crate) fn unsold(&self) -> impl Iterator<Item = &PrewarmedDomain> + Clone {
        self.stock.iter().filter(|domain| !domain.sold)
    }
}
