//! One difference between the document and a page.

use serde::Serialize;

use super::severity::{Severity, Side, What, severity};

/// One difference. `at` and `change` are what a deviation names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    pub severity: Severity,
    /// Where: `query limit`, `body.names[]`, `answer.data.status`.
    pub at: String,
    /// From what the document says to what the page says: `type: text -> integer`.
    pub change: String,
}

/// The differences that were found so far.
#[derive(Debug, Default)]
pub struct Differences(pub Vec<Difference>);

impl Differences {
    /// Notes a difference, if the table of severities says that it is one.
    pub fn note(&mut self, what: What, side: Side, at: &str, change: impl Into<String>) {
        if let Some(severity) = severity(what, side) {
            self.0.push(Difference { severity, at: at.to_owned(), change: change.into() });
        }
    }
}
