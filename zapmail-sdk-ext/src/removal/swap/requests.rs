//! The requests for new mailboxes that the runs of a swap have sent: what must not be sent again too early.
//!
//! The service lists new mailboxes with a delay, and creates them twice if they are requested twice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::time::Instant;
use zapmail_sdk::ids::DomainId;

use crate::assign::{AssignPlan, AssignReport, AssignState};

/// The outcomes of the requests so far. Clones share them, and a run that is dropped leaves them behind.
#[derive(Debug, Clone)]
pub(super) struct Requests(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    report: AssignReport,
    /// When the last request was sent whose outcome is unknown.
    sent_at: Option<Instant>,
    /// The swap comes from a file: a program that ended since may have sent requests that the report does not have.
    is_stored: bool,
}

impl Requests {
    /// Those of a swap that has not been run.
    pub fn none() -> Self {
        Self::of(Known::default())
    }

    /// Those of a swap from a file without a report.
    pub fn stored() -> Self {
        Self::of(Known { is_stored: true, ..Known::default() })
    }

    fn of(known: Known) -> Self {
        Self(Arc::new(Mutex::new(known)))
    }

    /// Begins a run. What an earlier program may have requested counts as requested now, with an unknown outcome.
    pub fn begin(&self, plan: &AssignPlan) {
        let mut known = self.known();
        if std::mem::take(&mut known.is_stored) {
            plan.domains().for_each(|(id, _)| known.report.doubt(id));
            known.sent_at = Some(Instant::now());
        }
    }

    /// Notes the outcomes before and after a request.
    pub fn note(&self, report: &AssignReport) {
        let mut known = self.known();
        known.report = report.clone();
        known.sent_at = Some(Instant::now());
    }

    pub fn report(&self) -> AssignReport {
        self.known().report.clone()
    }

    /// The domains whose mailboxes may still appear, and for how long.
    pub fn unsettled(&self, settle_time: Duration) -> Option<(Vec<DomainId>, Duration)> {
        let known = self.known();
        let remaining = settle_time.checked_sub(known.sent_at?.elapsed()).filter(|remaining| !remaining.is_zero())?;
        let unknown = known.report.iter().filter(|(_, outcome)| **outcome == AssignState::Unknown);
        let unknown: Vec<_> = unknown.map(|(id, _)| id.clone()).collect();
        (!unknown.is_empty()).then_some((unknown, remaining))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A swap is the same one, whenever its requests were sent.
impl PartialEq for Requests {
    fn eq(&self, other: &Self) -> bool {
        self.report() == other.report()
    }
}

impl Serialize for Requests {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.report().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Requests {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let report = AssignReport::deserialize(deserializer)?;
        Ok(Self::of(Known { report, sent_at: None, is_stored: true }))
    }
}
