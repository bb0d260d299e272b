//! Subscriptions, which pay for mailbox slots.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Cents, State, WorkspaceKey};
use crate::clock::{DAY, MONTH, Timestamp};
use crate::envelope::Refusal;

/// Monthly price of a mailbox slot on the Growth plan (wallet.yaml).
pub(crate) const SLOT_PRICE: Cents = Cents(325);

/// A plan, the same for both providers (subscriptions.yaml). The lifetime plans of DNS Shield have the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Plan {
    Starter,
    Growth,
    Pro,
}

impl Plan {
    pub(crate) const ALL: [Self; 3] = [Self::Starter, Self::Growth, Self::Pro];

    /// Returns the plan with this name, ignoring case: which case the service expects is not known.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plan| plan.name().eq_ignore_ascii_case(name))
    }

    /// Returns the name, as in the price table and the purchase.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Starter => "Starter",
            Self::Growth => "Growth",
            Self::Pro => "Pro",
        }
    }

    /// Returns the number of included mailbox slots.
    pub(crate) fn mailboxes(self) -> u64 {
        match self {
            Self::Starter => 10,
            Self::Growth => 30,
            Self::Pro => 100,
        }
    }

    /// Returns the price per period.
    pub(crate) fn price(self, cycle: Cycle) -> Cents {
        let dollars = match (self, cycle) {
            (Self::Starter, Cycle::Monthly) => 39,
            (Self::Starter, Cycle::Quarterly) => 105,
            (Self::Starter, Cycle::Yearly) => 390,
            (Self::Growth, Cycle::Monthly) => 99,
            (Self::Growth, Cycle::Quarterly) => 270,
            (Self::Growth, Cycle::Yearly) => 990,
            (Self::Pro, Cycle::Monthly) => 299,
            (Self::Pro, Cycle::Quarterly) => 810,
            (Self::Pro, Cycle::Yearly) => 3000,
        };
        Cents(dollars * 100)
    }
}

/// A billing cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Cycle {
    Monthly,
    Quarterly,
    Yearly,
}

impl Cycle {
    pub(crate) const ALL: [Self; 3] = [Self::Monthly, Self::Quarterly, Self::Yearly];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
        }
    }

    /// Returns the length of a period.
    pub(crate) fn period(self) -> Duration {
        match self {
            Self::Monthly => MONTH,
            Self::Quarterly => 3 * MONTH,
            Self::Yearly => 365 * DAY,
        }
    }
}

/// A subscription.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Subscription {
    /// Id of the row. Operations take the [`subscription_id`](Self::subscription_id) instead.
    pub(crate) id: Uuid,
    pub(crate) workspace: WorkspaceKey,
    pub(crate) plan: Plan,
    pub(crate) cycle: Cycle,
    /// Whether this is the base plan; `false` for add-on mailboxes.
    pub(crate) base: bool,
    /// Price per period.
    pub(crate) price: Cents,
    pub(crate) mailboxes: u64,
    pub(crate) created_at: Timestamp,
    /// Time of the cancellation; `None` if it was reverted.
    pub(crate) cancelled_at: Option<Timestamp>,
}

impl Subscription {
    /// Returns the identifier at the payment provider, which the operations take.
    pub(crate) fn subscription_id(&self) -> String {
        format!("sub_{}", self.id.simple())
    }

    /// Returns the key of the plan, in the form observed in a webhook event: `zap_google_growth_monthly`.
    pub(crate) fn plan_key(&self) -> String {
        format!("zap_google_{}_{}", self.plan.name().to_lowercase(), self.cycle.name())
    }

    /// Returns the start and end of the paid period at `now`; the last period if the subscription is canceled. The
    /// sandbox does not charge the wallet for later periods.
    pub(crate) fn period(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let within = self.cancelled_at.map_or(now, |cancelled| cancelled.min(now));
        let length = self.cycle.period();
        let passed = u32::try_from(within.since(self.created_at).as_secs() / length.as_secs()).unwrap_or(u32::MAX);
        let start = self.created_at.plus(length.saturating_mul(passed));
        (start, start.plus(length))
    }

    /// Returns whether the subscription is running. A canceled one runs until its period ends.
    pub(crate) fn is_running(&self, now: Timestamp) -> bool {
        self.cancelled_at.is_none() || now < self.period(now).1
    }

    /// Returns the status in the service's spelling. Assumption: a cancellation shows immediately.
    pub(crate) fn status(&self) -> &'static str {
        if self.cancelled_at.is_some() { "CANCELLED" } else { "ACTIVE" }
    }
}

impl State {
    /// Adds a subscription and its slots to the workspace.
    pub(crate) fn subscribe(&mut self, subscription: Subscription) {
        self.workspace_mut(subscription.workspace).slots += subscription.mailboxes;
        self.subscriptions.push(subscription);
    }

    /// Refuses the request if the workspace has no running base plan.
    pub(crate) fn require_plan(&self, workspace: WorkspaceKey, now: Timestamp) -> Result<(), Refusal> {
        let mut plans = self.subscriptions.iter().filter(|plan| plan.base && plan.workspace == workspace);
        let running = plans.any(|plan| plan.is_running(now));
        if running { Ok(()) } else { Err(Refusal::rule("You do not have an active base plan")) }
    }
}
