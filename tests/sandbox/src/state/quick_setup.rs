//! Quick setups: domains, mailboxes and an export in one go.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::WorkspaceKey;
use crate::clock::Moment;

/// When each step begins, counted from the purchase: domains are registered, then mailboxes created, then exported.
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
    /// Whether it exports, and whether that fails.
    pub(crate) export_fails: Option<bool>,
    pub(crate) started: Moment,
}

impl QuickSetup {
    /// The word for where it is (quick-setup.yaml).
    pub(crate) fn status(&self, now: Moment) -> &'static str {
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

    /// From when on its mailboxes are created.
    pub(crate) fn mailboxes_begin(started: Moment) -> Moment {
        started.after(DOMAINS_READY)
    }

    pub(crate) fn export_begins(started: Moment) -> Moment {
        started.after(EXPORT_BEGINS)
    }
}
