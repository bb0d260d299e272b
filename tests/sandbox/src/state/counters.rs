//! The counters of a workspace, computed on demand, so that no update can be missed.

use super::{Provider, State, WorkspaceKey};
use crate::clock::Timestamp;

/// The counters of a workspace, or of several.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counters {
    pub(crate) slots: u64,
    pub(crate) free_slots: u64,
    pub(crate) scheduled: u64,
    pub(crate) google: ProviderCounters,
    pub(crate) microsoft: ProviderCounters,
}

/// The counters per provider.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct ProviderCounters {
    pub(crate) domains: u64,
    pub(crate) assigned: u64,
    pub(crate) active: u64,
}

impl Counters {
    pub(crate) fn of(state: &State, workspace: WorkspaceKey, now: Timestamp) -> Self {
        let mut counters = Self::default();
        counters.add(state, workspace, now);
        counters
    }

    /// Returns the sum over all workspaces of the account.
    pub(crate) fn of_account(state: &State, now: Timestamp) -> Self {
        let mut sum = Self::default();
        state.workspace_keys().for_each(|key| sum.add(state, key, now));
        sum
    }

    fn add(&mut self, state: &State, workspace: WorkspaceKey, now: Timestamp) {
        let mut assigned = 0;
        for domain in state.domains_of(workspace) {
            let provider = match domain.provider {
                Some(Provider::Google) => &mut self.google,
                Some(Provider::Microsoft) => &mut self.microsoft,
                None => continue,
            };
            provider.domains += 1;
            provider.assigned += domain.mailboxes.len() as u64;
            provider.active += domain.mailboxes.iter().filter(|mailbox| mailbox.is_active(now)).count() as u64;
            assigned += domain.mailboxes.len() as u64;
        }
        let workspace = state.workspace(workspace);
        self.slots += workspace.slots;
        self.free_slots += workspace.slots.saturating_sub(assigned + workspace.blocked_slots);
        self.scheduled += workspace.scheduled_mailboxes;
    }

    pub(crate) fn assigned(&self) -> u64 {
        self.google.assigned + self.microsoft.assigned
    }

    pub(crate) fn active(&self) -> u64 {
        self.google.active + self.microsoft.active
    }

    /// Returns the slots that responses count as Google's. Since 13 October 2026, a slot is valid for either provider,
    /// but responses still count them separately: the slots in use at Microsoft count there, and all others at Google,
    /// where existing code looks for free ones.
    pub(crate) fn google_slots(&self) -> u64 {
        self.slots.saturating_sub(self.microsoft_slots())
    }

    pub(crate) fn microsoft_slots(&self) -> u64 {
        self.microsoft.assigned
    }
}
