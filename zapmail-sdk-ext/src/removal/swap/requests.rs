//! The requests for new mailboxes that the runs of a swap have sent, so that none is repeated too early.
//!
//! The service lists new mailboxes with a delay, and creates them twice if they are requested twice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::time::Instant;
use zapmail_sdk::ids::DomainId;

use crate::assign::{AssignPlan, AssignReport, AssignState};

/// The outcomes of the requests so far. Clones share them, so they are kept when a run is dropped.
#[derive(Debug, Clone)]
pub(super) struct Requests(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    report: AssignReport,
    /// When the last request with an unknown outcome was sent.
    sent_at: Option<Instant>,
    /// Whether the swap comes from a file: an earlier process may have sent requests that are not in the report.
    is_stored: bool,
}

impl Requests {
    /// Creates the requests of a swap that has not been run.
    pub fn none() -> Self {
        Self::of(Known::default())
    }

    /// Creates the requests of a swap from a file without a report.
    pub fn stored() -> Self {
        Self::of(Known { is_stored: true, ..Known::default() })
    }

    fn of(known: Known) -> Self {
        Self(Arc::new(Mutex::new(known)))
    }

    /// Begins a run. Mailboxes that an earlier process may have requested count as requested now, with an unknown
    /// outcome.
    pub fn begin(&self, plan: &AssignPlan) {
        let mut known = self.known();
        if std::mem::take(&mut known.is_stored) {
            plan.domains().for_each(|(id, _)| known.report.doubt(id));
            known.sent_at = Some(Instant::now());
        }
    }

    /// Records the outcomes, before and after a request.
    pub fn record(&self, report: &AssignReport) {
        let mut known = self.known();
        known.report = report.clone();
        known.sent_at = Some(Instant::now());
    }

    pub fn report(&self) -> AssignReport {
        self.known().report.clone()
    }

    /// Returns the domains whose mailboxes may still appear, and the remaining settle time.
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

/// Compares only the outcomes: two swaps are equal no matter when their requests were sent.
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
