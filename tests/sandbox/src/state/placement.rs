//! Placement tests, and the plans whose credits pay for them.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Cents, State, WorkspaceKey};
use crate::clock::{MONTH, Timestamp};

/// The time from the purchase of a test until it is completed.
const COMPLETED_AFTER: Duration = Duration::from_secs(180);

/// A monthly or lifetime plan. Prices and credits are documented (placement-test.yaml).
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PlacementPlan {
    pub(crate) name: String,
    pub(crate) lifetime: bool,
    pub(crate) price: Cents,
    /// Credits per month.
    pub(crate) credits: u64,
}

impl PlacementPlan {
    /// Returns the plan with this name, ignoring case: which case the service expects is not known.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let plans = [
            ("Starter", false, 29, 30),
            ("Growth", false, 99, 200),
            ("Pro", false, 199, 500),
            ("Starter LTD", true, 99, 30),
            ("Growth LTD", true, 299, 200),
            ("Pro LTD", true, 999, 500),
        ];
        let found = plans.into_iter().find(|(plan, ..)| plan.eq_ignore_ascii_case(name));
        found.map(|(name, lifetime, dollars, credits)| Self {
            name: name.to_owned(),
            lifetime,
            price: Cents(dollars * 100),
            credits,
        })
    }
}

/// A purchased plan.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PlacementSubscription {
    pub(crate) id: Uuid,
    pub(crate) workspace: WorkspaceKey,
    pub(crate) plan: PlacementPlan,
    pub(crate) created_at: Timestamp,
    pub(crate) cancelled: bool,
    /// Spent credits, with the time at which they were spent.
    pub(crate) spent: Vec<(Timestamp, u64)>,
}

impl PlacementSubscription {
    /// Returns the remaining credits of the current month, with which unused credits expire. A canceled subscription keeps its credits. The service ends
    /// it with the period; the sandbox never does.
    pub(crate) fn credits(&self, now: Timestamp) -> u64 {
        let periods = now.since(self.created_at).as_secs() / MONTH.as_secs();
        let since = self.created_at.plus(Duration::from_secs(periods * MONTH.as_secs()));
        let spent: u64 = self.spent.iter().filter(|(time, _)| *time >= since).map(|(_, credits)| credits).sum();
        self.plan.credits.saturating_sub(spent)
    }

    /// Returns the end of the first paid period.
    pub(crate) fn period_end(&self) -> Timestamp {
        self.created_at.plus(MONTH)
    }

    /// Returns the `subscriptionId`, the second identifier of the subscription.
    pub(crate) fn subscription_id(&self) -> String {
        format!("sub_{}", self.id.simple())
    }
}

/// A purchased placement test of one or more mailboxes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PlacementTest {
    pub(crate) id: Uuid,
    pub(crate) workspace: WorkspaceKey,
    pub(crate) name: String,
    pub(crate) mailboxes: BTreeSet<Uuid>,
    pub(crate) created_at: Timestamp,
}

impl PlacementTest {
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        if now.since(self.created_at) < COMPLETED_AFTER { "SCHEDULED" } else { "COMPLETED" }
    }
}

/// All subscriptions and placement tests.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct PlacementTests {
    pub(crate) subscriptions: Vec<PlacementSubscription>,
    pub(crate) tests: Vec<PlacementTest>,
}

impl PlacementTests {
    pub(crate) fn tests_of(&self, workspace: WorkspaceKey) -> impl DoubleEndedIterator<Item = &PlacementTest> + Clone {
        self.tests.iter().filter(move |test| test.workspace == workspace)
    }

    pub(crate) fn subscriptions_of(&self, workspace: WorkspaceKey) -> impl Iterator<Item = &PlacementSubscription> {
        self.subscriptions.iter().filter(move |subscription| subscription.workspace == workspace)
    }

    /// Returns whether a mailbox is part of a test that is not completed.
    pub(crate) fn is_under_test(&self, mailbox: Uuid, now: Timestamp) -> bool {
        self.tests.iter().any(|test| test.status(now) == "SCHEDULED" && test.mailboxes.contains(&mailbox))
    }

    /// Spends credits of a workspace, those of the oldest subscription first. The caller has checked that they suffice.
    pub(crate) fn spend(&mut self, workspace: WorkspaceKey, mut credits: u64, now: Timestamp) {
        for subscription in self.subscriptions.iter_mut().filter(|subscription| subscription.workspace == workspace) {
            let part = subscription.credits(now).min(credits);
            subscription.spent.push((now, part));
            credits -= part;
        }
    }
}

impl State {
    /// Starts a paid test and schedules its webhook events. The data of the events is assumed.
    pub(crate) fn start_placement_test(&mut self, test: PlacementTest) {
        for time in [test.created_at, test.created_at.plus(COMPLETED_AFTER)] {
            let data = json!({"cartOrderId": test.id, "testName": test.name, "status": test.status(time)});
            self.emit_at(time, "placement_test.status_changed", data);
        }
        self.placement.tests.push(test);
    }
}
