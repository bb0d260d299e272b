//! Quick setups: the purchase of domains, the creation of mailboxes and their export in one call.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::WorkspaceKey;
use crate::clock::Timestamp;

/// The times from the purchase until each step: domains are registered, mailboxes are created, mailboxes are exported.
const DOMAINS_READY: Duration = Duration::from_secs(120);
const MAILBOXES_BEGIN: Duration = Duration::from_secs(130);
const MAILBOXES_READY: Duration = Duration::from_secs(240);
const EXPORT_BEGINS: Duration = Duration::from_secs(250);
const EXPORT_ENDS: Duration = Duration::from_secs(280);

/// A quick setup.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct QuickSetup {
    pub(crate) workspace: WorkspaceKey,
    pub(crate) domains: Vec<String>,
    /// Whether the export will fail; `None` without an export.
    pub(crate) export_fails: Option<bool>,
    pub(crate) started: Timestamp,
}

impl QuickSetup {
    /// Returns the current status (quick-setup.yaml).
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        match (now.since(self.started), self.export_fails) {
            (age, _) if age < DOMAINS_READY => "PENDING",
            (age, _) if age < MAILBOXES_BEGIN => "DOMAIN_SUCCESS",
            (age, _) if age < MAILBOXES_READY => "MAILBOX_IN_PROGRESS",
            (age, _) if age < EXPORT_BEGINS => "MAILBOX_SUCCESS",
            (_, None) => "COMPLETED",
            (age, _) if age < EXPORT_ENDS => "EXPORT_IN_PROGRESS",
            (_, Some(true)) => "EXPORT_FAILED",
            (_, Some(false)) => "COMPLETED",
        }
    }

    /// Returns the time at which the creation of the mailboxes begins.
    pub(crate) fn mailboxes_begin(started: Timestamp) -> Timestamp {
        started.plus(DOMAINS_READY)
    }

    pub(crate) fn export_begins(started: Timestamp) -> Timestamp {
        started.plus(EXPORT_BEGINS)
    }
}
