//! The stored progress: what a look at the account cannot show.
//!
//! Everything else (which domains and mailboxes there are, which settings are in effect) is read anew in every run.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zapmail_sdk::ids::ExportId;

/// What was sent so far. Contains no credential.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// Mailboxes whose creation was requested, by their addresses.
    pub requested: BTreeMap<String, Requested>,
    /// An export that was started and is not known to have ended.
    pub export: Option<StartedExport>,
    /// The addresses of the mailboxes that were exported.
    pub exported: BTreeSet<String>,
}

/// A request to create a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Requested {
    pub at: DateTime<Utc>,
    /// Whether the service accepted it. If not, its outcome is unknown.
    pub is_accepted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StartedExport {
    pub id: ExportId,
    pub addresses: Vec<String>,
}
