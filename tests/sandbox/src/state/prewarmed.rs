//! Pre-warmed domains on offer, and the plans to subscribe to them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Cents, Provider, WorkspaceKey};
use crate::clock::Timestamp;

/// The time for which a new subscription is `PENDING`.
const SETTING_UP: Duration = Duration::from_secs(60);

const PERIOD: Duration = Duration::from_secs(30 * 24 * 60 * 60);

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

/// A monthly plan (prewarmed-domains.yaml).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PrewarmedPlan {
    Starter,
    Growth,
    Pro,
}

impl PrewarmedPlan {
    /// Returns the plan with this lower-case name, as the service expects it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "starter" => Some(Self::Starter),
            "growth" => Some(Self::Growth),
            "pro" => Some(Self::Pro),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Starter => "Starter",
            Self::Growth => "Growth",
            Self::Pro => "Pro",
        }
    }

    pub(crate) fn domains(self) -> usize {
        match self {
            Self::Starter => 1,
            Self::Growth => 4,
            Self::Pro => 10,
        }
    }

    pub(crate) fn price(self) -> Cents {
        match self {
            Self::Starter => Cents(3_900),
            Self::Growth => Cents(14_900),
            Self::Pro => Cents(33_900),
        }
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
        self.created_at.plus(PERIOD)
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
