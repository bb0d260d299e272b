//! Runs of provisioning plans: which are in progress, and until when a dropped run can block others.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use crate::lock::lock;

/// The time for which a dropped run blocks others, with a journal in Redis (`journal/run.rs`).
pub const LEASE: Duration = Duration::from_secs(15 * 60);

/// All runs, by account and plan.
#[derive(Debug, Default)]
pub struct Runs(Mutex<BTreeMap<(usize, usize), State>>);

/// The runs of a plan.
#[derive(Debug, Default, Clone, Copy)]
pub struct State {
    /// The number of runs in progress.
    pub in_progress: usize,
    /// The number of runs that were started.
    pub begun: usize,
    /// The time until which a dropped run can block others.
    pub blocked_until: Duration,
}

impl Runs {
    /// Locks the runs.
    pub fn lock(&self) -> MutexGuard<'_, BTreeMap<(usize, usize), State>> {
        lock(&self.0)
    }
}
