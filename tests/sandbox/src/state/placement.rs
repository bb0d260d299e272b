//! Placement tests: the plans that give credits for them, and the tests themselves.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Cents, State, WorkspaceKey};
use crate::clock::Moment;

/// How long credits are good for.
const PERIOD: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// When a test begins to run, and when it is done, counted from its purchase.
const BEGINS: Duration = Duration::from_secs(60);
const ENDS: Duration = Duration::from_secs(180);

/// Test e-mails that a mailbox sends to each kind of account.
const EMAILS: u64 = 10;

/// A plan, paid monthly or once for life: prices and credits are documented (placement-test.yaml).
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PlacementPlan {
    pub(crate) name: String,
    pub(crate) lifetime: bool,
    pub(crate) price: Cents,
    /// Credits for each period.
    pub(crate) credits: u64,
}

impl PlacementPlan {
    /// In whatever letters it is written: which the service wants has not been seen.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let plans = [
            ("Starter", false, 29, 30),
            ("Growth", false, 99, 200),
            ("Pro", false, 199, 500),
            ("Starter LTD", true, 99, 30),
            ("Growth LTD", true, 299, 200),
            ("Pro LTD", true, 999, 500),
        ];
        let found = plans.into_iter().find(|(of_plan, ..)| of_plan.eq_ignore_ascii_case(name));
        found.map(|(name, lifetime, dollars, credits)| Self {
            name: name.to_owned(),
            lifetime,
            price: Cents(dollars * 100),
            credits,
        })
    }
}

/// A subscription to tests.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PlacementSubscription {
    pub(crate) id: Uuid,
    pub(crate) workspace: WorkspaceKey,
    pub(crate) plan: PlacementPlan,
    pub(crate) created_at: Moment,
    pub(crate) cancelled: bool,
    /// When credits were spent, and how many.
    pub(crate) spent: Vec<(Moment, u64)>,
}

impl PlacementSubscription {
    /// Credits that are left in the present period. A cancelled subscription keeps them: it ends with its period, and
    /// nothing ends here.
    pub(crate) fn credits(&self, now: Moment) -> u64 {
        let periods = now.since(self.created_at).as_secs() / PERIOD.as_secs();
        let since = self.created_at.after(Duration::from_secs(periods * PERIOD.as_secs()));
        let spent: u64 = self.spent.iter().filter(|(moment, _)| *moment >= since).map(|(_, credits)| credits).sum();
        self.plan.credits.saturating_sub(spent)
    }

    /// The end of the first paid period.
    pub(crate) fn period_end(&self) -> Moment {
        self.created_at.after(PERIOD)
    }

    /// Its other identifier.
    pub(crate) fn subscription_id(&self) -> String {
        format!("sub_{}", self.id.simple())
    }
}

/// A test of some mailboxes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PlacementTest {
    pub(crate) id: Uuid,
    pub(crate) workspace: WorkspaceKey,
    pub(crate) name: String,
    /// MONTHLY or ONE_TIME.
    pub(crate) placement_type: String,
    pub(crate) seed_accounts: Vec<String>,
    /// The mailboxes with their addresses at that time.
    pub(crate) mailboxes: Vec<(Uuid, String)>,
    pub(crate) created_at: Moment,
}

/// What has become of e-mails.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Placements {
    pub(crate) emails: u64,
    pub(crate) inbox: u64,
    pub(crate) spam: u64,
}

impl PlacementTest {
    /// SCHEDULED, COMPLETED and FAILED have been seen; the one between is assumed.
    pub(crate) fn status(&self, now: Moment) -> &'static str {
        match now.since(self.created_at) {
            age if age < BEGINS => "SCHEDULED",
            age if age < ENDS => "IN_PROGRESS",
            _ => "COMPLETED",
        }
    }

    pub(crate) fn is_completed(&self, now: Moment) -> bool {
        now.since(self.created_at) >= ENDS
    }

    /// E-mails that it sends.
    pub(crate) fn emails(&self) -> u64 {
        EMAILS * (self.mailboxes.len() * self.seed_accounts.len()) as u64
    }

    /// What came of the e-mails of one mailbox to one kind of account: most arrive, how many follows from the ids.
    pub(crate) fn placements(&self, mailbox: Uuid, seed_account: &str) -> Placements {
        let luck = self.id.as_bytes()[0] ^ mailbox.as_bytes()[0] ^ seed_account.len() as u8;
        Placements { emails: EMAILS, inbox: 6 + u64::from(luck % 4), spam: u64::from(luck / 4 % 2) }
    }

    /// What came of all of them.
    pub(crate) fn total(&self) -> Placements {
        let pairs = self.mailboxes.iter().flat_map(|(id, _)| self.seed_accounts.iter().map(|seed| (*id, seed)));
        pairs.map(|(mailbox, seed)| self.placements(mailbox, seed)).sum()
    }
}

impl std::iter::Sum for Placements {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            emails: sum.emails + one.emails,
            inbox: sum.inbox + one.inbox,
            spam: sum.spam + one.spam,
        })
    }
}

/// All subscriptions and tests.
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

    /// Whether a mailbox takes part in a test that is not done.
    pub(crate) fn is_under_test(&self, mailbox: Uuid, now: Moment) -> bool {
        let mut running = self.tests.iter().filter(|test| !test.is_completed(now));
        running.any(|test| test.mailboxes.iter().any(|(id, _)| *id == mailbox))
    }

    /// Spends credits of a workspace, the oldest subscription's first; the caller knows that there are so many.
    pub(crate) fn spend(&mut self, workspace: WorkspaceKey, mut credits: u64, now: Moment) {
        for subscription in self.subscriptions.iter_mut().filter(|subscription| subscription.workspace == workspace) {
            let part = subscription.credits(now).min(credits);
            subscription.spent.push((now, part));
            credits -= part;
        }
    }
}

impl State {
    /// Starts a test that has been paid for, and plans what webhooks are told of it; what that holds is assumed.
    pub(crate) fn start_placement_test(&mut self, test: PlacementTest) {
        for moment in [test.created_at, test.created_at.after(BEGINS), test.created_at.after(ENDS)] {
            let data = json!({"cartOrderId": test.id, "testName": test.name, "status": test.status(moment)});
            self.emit_at(moment, "placement_test.status_changed", data);
        }
        self.placement.tests.push(test);
    }
}
