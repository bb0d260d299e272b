//! A run of a provisioning plan, from its start to its end.

use std::time::Duration;

use crate::plan::{Event, JournalStore};
use crate::runs::LEASE;
use crate::world::World;

/// The maximum delay of a command to Redis that was sent before the run was dropped.
const DELAY: Duration = Duration::from_secs(60);

/// The time that the tasks of a killed process take to end.
const TASK_SHUTDOWN: Duration = Duration::from_millis(10);

/// A run in progress.
pub struct Running<'a> {
    world: &'a World,
    key: (usize, usize),
    /// The number of runs that were started before this one.
    nth: usize,
    was_free: bool,
    has_returned: bool,
}

impl<'a> Running<'a> {
    /// Records the start of a run of an account's plan.
    pub fn begin(world: &'a World, account: usize, plan: usize) -> Self {
        let (key, now) = ((account, plan), world.now());
        let mut runs = world.runs.lock();
        let state = runs.entry(key).or_default();
        let was_free = state.in_progress == 0 && state.blocked_until <= now;
        let nth = state.begun;
        (state.in_progress, state.begun) = (state.in_progress + 1, nth + 1);
        Self { world, key, nth, was_free, has_returned: false }
    }

    /// Whether another run might have blocked this one.
    pub fn can_be_blocked(&self) -> bool {
        let begun = self.world.runs.lock().get(&self.key).map_or(0, |state| state.begun);
        !self.was_free || begun > self.nth + 1
    }

    /// Records the end of the run. `is_free` is whether the run no longer blocks other runs.
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
        if plan.journal == JournalStore::File {
            // The tasks of a killed process end slightly later.
            state.blocked_until = now + TASK_SHUTDOWN;
            return;
        }
        let set_back = plan.turns.iter().map(|turn| match turn.event {
            Event::RedisClock(time) => time,
            _ => Duration::ZERO,
        });
        state.blocked_until = state.blocked_until.max(now + LEASE + DELAY + set_back.sum::<Duration>());
    }
}
