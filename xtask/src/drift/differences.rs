//! The differences between the document and a page.

use super::severity::{DifferenceKind, Side, severity};
use crate::difference::Difference;

/// The differences found so far. Their changes lead from the document to the page.
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
