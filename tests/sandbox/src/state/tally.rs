//! The counters of a workspace, counted when they are asked for: nothing can be forgotten that way.

use std::ops::AddAssign;

use super::{Provider, State, WorkspaceKey};
use crate::clock::Moment;

/// The counters of a workspace, or of several.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) slots: u64,
    pub(crate) free_slots: u64,
    pub(crate) scheduled: u64,
    pub(crate) google: ProviderTally,
    pub(crate) microsoft: ProviderTally,
}

/// The counters of what one provider runs.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct ProviderTally {
    pub(crate) domains: u64,
    pub(crate) assigned: u64,
    pub(crate) active: u64,
}

impl Tally {
    pub(crate) fn of(state: &State, workspace: WorkspaceKey, now: Moment) -> Self {
        let mut tally = Self::default();
        for domain in state.domains_of(workspace) {
            let of_provider = match domain.provider {
                Some(Provider::Google) => &mut tally.google,
                Some(Provider::Microsoft) => &mut tally.microsoft,
                None => continue,
            };
            of_provider.domains += 1;
            of_provider.assigned += domain.mailboxes.len() as u64;
            of_provider.active += domain.mailboxes.iter().filter(|mailbox| mailbox.is_active(now)).count() as u64;
        }
        let workspace = state.workspace(workspace);
        tally.slots = workspace.slots;
        tally.free_slots = workspace.slots.saturating_sub(tally.assigned() + workspace.blocked_slots);
        tally.scheduled = workspace.scheduled_mailboxes;
        tally
    }

    /// The counters of the whole account.
    pub(crate) fn of_account(state: &State, now: Moment) -> Self {
        let mut sum = Self::default();
        for key in state.workspace_keys() {
            sum += Self::of(state, key, now);
        }
        sum
    }

    pub(crate) fn assigned(&self) -> u64 {
        self.google.assigned + self.microsoft.assigned
    }

    pub(crate) fn active(&self) -> u64 {
        self.google.active + self.microsoft.active
    }

    /// Slots are good for either provider since 13 October 2026, yet the answers still tell them apart: those in use at
    /// Microsoft count there, and all others at Google, where live code looks for free ones.
    pub(crate) fn google_slots(&self) -> u64 {
        self.slots.saturating_sub(self.microsoft_slots())
    }

    pub(crate) fn microsoft_slots(&self) -> u64 {
        self.microsoft.assigned
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.slots += other.slots;
        self.free_slots += other.free_slots;
        self.scheduled += other.scheduled;
        self.google += other.google;
        self.microsoft += other.microsoft;
    }
}

impl AddAssign for ProviderTally {
    fn add_assign(&mut self, other: Self) {
        self.domains += other.domains;
        self.assigned += other.assigned;
        self.active += other.active;
    }
}
