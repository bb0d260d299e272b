//! The report: the state of each domain of a plan.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zapmail_sdk::ids::DomainId;

/// The state of a domain in an [`AssignReport`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AssignState {
    /// The service accepted the domain's mailboxes and is creating them; see
    /// [`wait_for_mailboxes`](crate::Zapmail::wait_for_mailboxes).
    Accepted,
    /// Not sent, or rejected by the service.
    NotSent,
    /// Sent, with an unknown outcome. The state stays unknown even if a later request is rejected, because the earlier
    /// request may be the reason for the rejection.
    Unknown,
}

/// The state of every domain of a plan, by domain id. Store the report, and pass it to
/// [`AssignRun::resume`](crate::AssignRun::resume) later.
///
/// ```
/// use zapmail_sdk_ext::{AssignReport, AssignState};
///
/// let stored = r#"{"7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e": "accepted", "8b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e": "unknown"}"#;
/// let report: AssignReport = serde_json::from_str(stored)?;
/// assert!(!report.is_complete());
/// assert_eq!(report.iter().filter(|(_, state)| **state == AssignState::Unknown).count(), 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssignReport {
    pub(super) domains: BTreeMap<DomainId, AssignState>,
}

impl AssignReport {
    /// Returns the state of a domain, or `None` if the report does not contain it.
    pub fn of(&self, domain_id: impl Into<DomainId>) -> Option<&AssignState> {
        self.domains.get(&domain_id.into())
    }

    /// Returns the ids and states of all domains.
    pub fn iter(&self) -> impl Iterator<Item = (&DomainId, &AssignState)> {
        self.domains.iter()
    }

    /// Marks a domain as unknown unless its mailboxes were accepted.
    pub(crate) fn doubt(&mut self, id: &DomainId) {
        let state = self.domains.entry(id.clone()).or_insert(AssignState::Unknown);
        if *state != AssignState::Accepted {
            *state = AssignState::Unknown;
        }
    }

    /// Returns whether the service accepted the mailboxes of all domains.
    pub fn is_complete(&self) -> bool {
        self.domains.values().all(|state| *state == AssignState::Accepted)
    }
}
