//! The progress of an audit, shared by the accounts that are read at the same time.

use std::sync::{Mutex, PoisonError};

/// The progress of an [`Audit`](crate::Audit). Totals grow as workspaces and domains are found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditProgress {
    /// Number of accounts.
    pub accounts: usize,
    /// Number of accounts that have been read, or could not be read.
    pub accounts_done: usize,
    /// Number of workspaces found so far.
    pub workspaces: usize,
    /// Number of workspaces that have been read, or could not be read.
    pub workspaces_done: usize,
    /// Number of domains found so far.
    pub domains: usize,
    /// Number of domains whose health and DNS records have been read, or could not be read.
    pub domains_done: usize,
    /// Number of mailboxes found so far.
    pub mailboxes: usize,
    /// Number of subscriptions found so far.
    pub subscriptions: usize,
    /// Number of failures so far.
    pub failures: usize,
}

/// Called with the progress after each step.
pub(super) type ProgressCallback = Box<dyn FnMut(&AuditProgress) + Send>;

/// The current progress, and the callback that receives it.
pub(super) struct ProgressReporter(Mutex<(AuditProgress, Option<ProgressCallback>)>);

impl ProgressReporter {
    pub fn new(accounts: usize, callback: Option<ProgressCallback>) -> Self {
        Self(Mutex::new((AuditProgress { accounts, ..AuditProgress::default() }, callback)))
    }

    /// Changes the progress, then calls the callback.
    pub fn update(&self, change: impl FnOnce(&mut AuditProgress)) {
        // Only a callback can have panicked, and the progress is correct nevertheless.
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (progress, callback) = &mut *state;
        change(progress);
        if let Some(callback) = callback {
            callback(progress);
        }
    }
}
