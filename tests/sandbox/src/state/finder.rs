//! Jobs of the AI domain finder.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// The time in which a job finds all names.
const SEARCHING: Duration = Duration::from_secs(15);

/// The time after which the status is `completed`. Before that, the status is `generating` even at 100 percent, as
/// observed (domains.yaml).
const COMPLETED: Duration = Duration::from_secs(20);

/// The time for which the same keywords return the same names.
const CACHED: Duration = Duration::from_secs(5 * 60);

/// A job of the finder.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FinderJob {
    /// Sorted keywords in lower case, which are the cache key of the results.
    pub(crate) keywords: Vec<String>,
    pub(crate) started_at: Timestamp,
    /// All names that the job finds until it is completed.
    pub(crate) names: Vec<String>,
}

impl FinderJob {
    pub(crate) fn is_cached(&self, now: Timestamp) -> bool {
        now.since(self.started_at) < CACHED
    }

    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        if now.since(self.started_at) >= COMPLETED { "completed" } else { "generating" }
    }

    /// Returns the progress in percent.
    pub(crate) fn progress(&self, now: Timestamp) -> u64 {
        let done = now.since(self.started_at).as_secs() * 100 / SEARCHING.as_secs();
        done.min(100)
    }

    /// Returns the names found so far.
    pub(crate) fn found(&self, now: Timestamp) -> &[String] {
        let progress = usize::try_from(self.progress(now)).unwrap_or(100);
        &self.names[..self.names.len() * progress / 100]
    }
}
