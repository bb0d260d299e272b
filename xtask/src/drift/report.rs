//! The report of `drift`, for people and for programs.

use std::fmt::Write;

use anstyle::Style;
use serde::Serialize;

use crate::difference::{Difference, Severity, counts};

/// The report of `drift`.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// The number of compared pages.
    pub compared: usize,
    /// The number of pages about other versions of the API, which are skipped.
    pub other_versions: usize,
    /// The number of known deviations.
    pub deviations: usize,
    /// Operations with differences, in the order of the documentation's list.
    pub operations: Vec<Drifted>,
    /// Pages that could not be compared.
    pub unread: Vec<Unread>,
}

/// An operation with differences.
#[derive(Debug, Serialize)]
pub struct Drifted {
    /// Operation id, or method and path of a new operation.
    pub operation: String,
    /// Where to read more: the page, or the file of the document for an operation without a page.
    pub source: String,
    pub differences: Vec<Difference>,
}

/// A page that could not be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    pub page: String,
    pub fault: String,
}

impl Report {
    /// 0: no drift; 1: drift; 2: some pages could not be read, so the report is incomplete.
    pub fn exit_code(&self) -> u8 {
        match (self.unread.is_empty(), self.operations.is_empty()) {
            (false, _) => 2,
            (true, false) => 1,
            (true, true) => 0,
        }
    }

    /// Keeps only the named operations. Without names, all are kept.
    pub fn keep_only(&mut self, names: &[String]) {
        self.operations.retain(|drifted| names.is_empty() || names.contains(&drifted.operation));
    }

    /// The report for people, with colors.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for drifted in &self.operations {
            let bold = Style::new().bold();
            let _ = writeln!(text, "{bold}{}{bold:#}  {}", drifted.operation, drifted.source);
            for difference in &drifted.differences {
                let _ = writeln!(text, "  {}", difference.line());
            }
        }
        for Unread { page, fault } in &self.unread {
            let style = Severity::Breaking.style();
            let _ = writeln!(text, "{style}unread{style:#}  {page} {fault}");
        }
        text + &self.summary()
    }

    /// The summary line.
    fn summary(&self) -> String {
        let mut summary = format!("pages compared: {}; ", self.compared);
        if self.operations.is_empty() {
            summary += "no drift";
        } else {
            let counts = counts(self.operations.iter().flat_map(|drifted| &drifted.differences));
            let _ = write!(summary, "operations with drift: {} ({counts})", self.operations.len());
        }
        for (count, what) in [
            (self.deviations, "known deviations"),
            (self.other_versions, "pages of other versions"),
            (self.unread.len(), "pages unread"),
        ] {
            if count > 0 {
                let _ = write!(summary, "; {what}: {count}");
            }
        }
        summary + "\n"
    }
}
