//! The runs of plans: which are in progress, and until when one that was dropped may keep others out.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::plan::{Event, JournalPlace};
use crate::world::World;

/// How long a run that was dropped keeps others out, with a journal in Redis (`journal/run.rs`).
pub const LEASE: Duration = Duration::from_secs(15 * 60);

/// What a command to Redis may take that was sent before.
const DELAY: Duration = Duration::from_secs(60);

const MOMENT: Duration = Duration::from_millis(10);

/// All runs, by account and plan.
#[derive(Debug, Default)]
pub struct Runs(Mutex<BTreeMap<(usize, usize), State>>);

#[derive(Debug, Default, Clone, Copy)]
struct State {
    in_progress: usize,
    begun: usize,
    kept_until: Duration,
}

/// A run in progress.
pub struct Running<'a> {
    world: &'a World,
    key: (usize, usize),
    /// How many were begun before it.
    nth: usize,
    was_free: bool,
    has_returned: bool,
}

impl Runs {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(usize, usize), State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Running<'a> {
    /// Begins a run of a plan of an account.
    pub fn begin(world: &'a World, account: usize, plan: usize) -> Self {
        let (key, now) = ((account, plan), world.now());
        let mut runs = world.runs.lock();
        let state = runs.entry(key).or_default();
        let was_free = state.in_progress == 0 && state.kept_until <= now;
        let nth = state.begun;
        (state.in_progress, state.begun) = (state.in_progress + 1, nth + 1);
        Self { world, key, nth, was_free, has_returned: false }
    }

    /// Whether another run may have kept it out.
    pub fn may_be_kept_out(&self) -> bool {
        let begun = self.world.runs.lock().get(&self.key).map_or(0, |state| state.begun);
        !self.was_free || begun > self.nth + 1
    }

    /// Ends it. `is_free` says whether it does not keep others out.
    pub fn returned(mut self, is_free: bool) {
        self.has_returned = is_free;
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let (plan, now) = (&self.world.plan, self.world.now());
        let mut runs = self.world.runs.lock();
        let state = runs.entry(self.key).or_default();
        state.in_progress -= 1;
        if self.has_returned {
            return;
        }
        if plan.journal == JournalPlace::File {
            // The tasks of a process that was killed end a moment later.
            state.kept_until = now + MOMENT;
            return;
        }
        let set_back = plan.turns.iter().map(|turn| match turn.event {
            Event::RedisClock(time) => time,
            _ => Duration::ZERO,
        });
        state.kept_until = state.kept_until.max(now + LEASE + DELAY + set_back.sum::<Duration>());
    }
}
