//! One difference between the document and a page.

use serde::Serialize;

use super::severity::{DifferenceKind, Severity, Side, severity};

/// One difference. A deviation refers to it by `at` and `change`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    pub severity: Severity,
    /// The location: `query limit`, `body.names[]`, `response.data.status`.
    pub at: String,
    /// The change from the document to the page: `type: text -> integer`.
    pub change: String,
}

/// The differences found so far.
#[derive(Debug, Default)]
pub struct Differences(pub Vec<Difference>);

impl Differences {
    /// Adds a difference if it counts as drift according to [`severity`].
    pub fn note(&mut self, what: DifferenceKind, side: Side, at: &str, change: impl Into<String>) {
        if let Some(severity) = severity(what, side) {
            self.0.push(Difference { severity, at: at.to_owned(), change: change.into() });
        }
    }
}
