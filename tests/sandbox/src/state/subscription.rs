//! Subscriptions: what pays for mailbox slots.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Cents, State, WorkspaceKey};
use crate::clock::Moment;
use crate::envelope::Refusal;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A mailbox slot of the plan Growth, paid monthly (wallet.yaml).
pub(crate) const SLOT_PRICE: Cents = Cents(325);

/// A plan that can be subscribed to. Both providers have the same (subscriptions.yaml).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Plan {
    Starter,
    Growth,
    Pro,
}

impl Plan {
    pub(crate) const ALL: [Self; 3] = [Self::Starter, Self::Growth, Self::Pro];

    /// As the price table and the purchase have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Starter => "Starter",
            Self::Growth => "Growth",
            Self::Pro => "Pro",
        }
    }

    /// Mailbox slots that come with it.
    pub(crate) fn mailboxes(self) -> u64 {
        match self {
            Self::Starter => 10,
            Self::Growth => 30,
            Self::Pro => 100,
        }
    }

    /// The price of one period.
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

/// How often is paid.
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

    /// Months have 30 days here, as a mailbox's paid period has.
    pub(crate) fn period(self) -> Duration {
        match self {
            Self::Monthly => 30 * DAY,
            Self::Quarterly => 90 * DAY,
            Self::Yearly => 365 * DAY,
        }
    }
}

/// A subscription.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Subscription {
    /// Identifier of the row, which no operation takes.
    pub(crate) id: Uuid,
    pub(crate) workspace: WorkspaceKey,
    pub(crate) plan: Plan,
    pub(crate) cycle: Cycle,
    /// Whether it is the plan itself, not mailboxes that were bought beside it.
    pub(crate) base: bool,
    /// The price of one period.
    pub(crate) price: Cents,
    pub(crate) mailboxes: u64,
    pub(crate) created_at: Moment,
    /// When it was cancelled, unless that was taken back.
    pub(crate) cancelled_at: Option<Moment>,
}

impl Subscription {
    /// Its identifier at the payment provider, which the operations take.
    pub(crate) fn subscription_id(&self) -> String {
        format!("sub_{}", self.id.simple())
    }

    /// The key of its plan, in the form that a webhook event has shown (zap_google_growth_monthly).
    pub(crate) fn plan_key(&self) -> String {
        format!("zap_google_{}_{}", self.plan.name().to_lowercase(), self.cycle.name())
    }

    /// The paid period that a time is in: the last one, if it was cancelled. The wallet is not charged for the later ones.
    pub(crate) fn period(&self, now: Moment) -> (Moment, Moment) {
        let within = self.cancelled_at.map_or(now, |cancelled| cancelled.min(now));
        let length = self.cycle.period();
        let passed = u32::try_from(within.since(self.created_at).as_secs() / length.as_secs()).unwrap_or(u32::MAX);
        let start = self.created_at.after(length.saturating_mul(passed));
        (start, start.after(length))
    }

    /// Whether it has been paid for: a cancelled one lasts until its period ends.
    pub(crate) fn is_running(&self, now: Moment) -> bool {
        self.cancelled_at.is_none() || now < self.period(now).1
    }

    /// As the service spells it. That a cancelled one says so at once is assumed.
    pub(crate) fn status(&self) -> &'static str {
        if self.cancelled_at.is_some() { "CANCELLED" } else { "ACTIVE" }
    }
}

impl State {
    /// Adds a subscription of a workspace and the slots that it pays for.
    pub(crate) fn subscribe(&mut self, subscription: Subscription) {
        self.workspace_mut(subscription.workspace).slots += subscription.mailboxes;
        self.subscriptions.push(subscription);
    }

    /// Refuses what needs a plan that is running in the workspace.
    pub(crate) fn require_plan(&self, workspace: WorkspaceKey, now: Moment) -> Result<(), Refusal> {
        let mut plans = self.subscriptions.iter().filter(|plan| plan.base && plan.workspace == workspace);
        let running = plans.any(|plan| plan.is_running(now));
        if running { Ok(()) } else { Err(Refusal::rule("You do not have an active base plan")) }
    }
}
