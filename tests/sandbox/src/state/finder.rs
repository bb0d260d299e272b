//! What the AI domain finder has been asked, and how far it is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;

/// How long it thinks.
const THINKING: Duration = Duration::from_secs(15);

/// When it says so; until then progress is 100 while the status is still `generating`, as was seen (domains.yaml).
const COMPLETED: Duration = Duration::from_secs(20);

/// How long the same keywords bring the same names.
const CACHED: Duration = Duration::from_secs(5 * 60);

/// A job of the finder.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FinderJob {
    /// In order and without case: what the results are kept under.
    pub(crate) keywords: Vec<String>,
    pub(crate) started_at: Moment,
    /// The names that it will have found, in full.
    pub(crate) names: Vec<String>,
}

impl FinderJob {
    pub(crate) fn is_cached(&self, now: Moment) -> bool {
        now.since(self.started_at) < CACHED
    }

    pub(crate) fn status(&self, now: Moment) -> &'static str {
        if now.since(self.started_at) >= COMPLETED { "completed" } else { "generating" }
    }

    /// Per cent.
    pub(crate) fn progress(&self, now: Moment) -> u64 {
        let done = now.since(self.started_at).as_secs() * 100 / THINKING.as_secs();
        done.min(100)
    }

    /// The names found so far.
    pub(crate) fn found(&self, now: Moment) -> &[String] {
        let progress = usize::try_from(self.progress(now)).unwrap_or(100);
        &self.names[..self.names.len() * progress / 100]
    }
}
