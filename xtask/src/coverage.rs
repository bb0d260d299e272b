//! `cargo xtask coverage`: the coverage of the API, by group.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::document::Document;
use crate::index::{self, Entry};

#[cfg(test)]
mod tests;

/// The coverage of one group.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Coverage {
    index: usize,
    document: usize,
    known_responses: usize,
    paged: usize,
    stateful: usize,
}

pub fn run(folder: &Path) -> Result<ExitCode> {
    let document = Document::read(folder)?;
    print!("{}", table(&document, &index::read(folder)?));
    Ok(ExitCode::SUCCESS)
}

/// The section of OPERATIONS.md.
pub fn markdown(document: &Document, index: &[Entry]) -> String {
    format!("\n## Coverage\n\nThis is the output of `cargo xtask coverage`.\n\n{}", table(document, index))
}

/// A Markdown table, aligned for terminals.
fn table(document: &Document, index: &[Entry]) -> String {
    let groups = by_group(document, index);
    let total = groups.values().copied().fold(Coverage::default(), Coverage::plus);
    let mut lines = vec![
        row("group", ["index", "document", "known responses", "paged", "sandbox state"].map(str::to_owned)),
        row("---", ["---", "---", "---", "---", "---"].map(str::to_owned)),
    ];
    lines.extend(groups.iter().map(|(group, coverage)| row(group, coverage.columns())));
    lines.push(row("**all**", total.columns()));
    lines.join("\n") + "\n"
}

fn row(group: &str, [index, document, known, paged, stateful]: [String; 5]) -> String {
    format!("| {group:<24} | {index:>5} | {document:>8} | {known:>15} | {paged:>5} | {stateful:>13} |")
}

fn by_group(document: &Document, index: &[Entry]) -> BTreeMap<String, Coverage> {
    let mut groups = BTreeMap::<String, Coverage>::new();
    for entry in index {
        let coverage = groups.entry(entry.group.clone()).or_default();
        coverage.index += 1;
        coverage.stateful += usize::from(entry.stateful);
    }
    for operation in document.operations() {
        let coverage = groups.entry(operation.group().to_owned()).or_default();
        coverage.document += 1;
        coverage.known_responses += usize::from(operation.evidence("response") != "unknown");
        coverage.paged += usize::from(operation.paging().is_some());
    }
    groups
}

impl Coverage {
    fn plus(self, other: Self) -> Self {
        Self {
            index: self.index + other.index,
            document: self.document + other.document,
            known_responses: self.known_responses + other.known_responses,
            paged: self.paged + other.paged,
            stateful: self.stateful + other.stateful,
        }
    }

    fn columns(self) -> [String; 5] {
        [self.index, self.document, self.known_responses, self.paged, self.stateful].map(|count| count.to_string())
    }
}
