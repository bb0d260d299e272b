//! The origin of rows, findings and failures: their account and workspace.

use zapmail_sdk::Error;
use zapmail_sdk::ids::WorkspaceId;

use super::findings::Found;
use super::report::{AuditFailure, Finding};

/// The account and workspace of a row, which all rows contain.
pub(super) struct Origin<'a> {
    pub account: &'a str,
    pub workspace: WorkspaceId,
    pub workspace_name: Option<String>,
}

impl Origin<'_> {
    pub fn finding(&self, subject: &str, found: Found) -> Finding {
        let Found { kind, dns_problem, message } = found;
        Finding {
            account: self.account.to_owned(),
            workspace: self.workspace.clone(),
            workspace_name: self.workspace_name.clone(),
            kind,
            dns_problem,
            subject: subject.to_owned(),
            message,
        }
    }

    pub fn failure(&self, domain: Option<String>, error: &Error) -> AuditFailure {
        AuditFailure {
            workspace: Some(self.workspace.clone()),
            workspace_name: self.workspace_name.clone(),
            domain,
            ..AuditFailure::of_account(self.account, error)
        }
    }
}

impl AuditFailure {
    pub(super) fn of_account(account: &str, error: &Error) -> Self {
        Self {
            account: account.to_owned(),
            workspace: None,
            workspace_name: None,
            domain: None,
            operation: error.operation().map(str::to_owned),
            kind: error.kind(),
            error: error.to_string(),
        }
    }

    /// Adds a description of what was not read because of the error.
    pub(super) fn with_unread(self, unread: &str) -> Self {
        Self { error: format!("{}; not read after this: {unread}", self.error), ..self }
    }
}
