//! The index of the API: `openapi/operations.tsv`, with one line per known operation, and `openapi/stateful.txt`, which
//! lists the operations for which the sandbox keeps state.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

#[cfg(test)]
mod tests;

/// One operation of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: String,
    pub method: String,
    pub path: String,
    pub group: String,
    /// Whether the documentation's list of pages contains it.
    pub listed: bool,
    pub effect: String,
    pub idempotent: String,
    pub bucket: String,
    /// The property of the rows, or `cursor`, or `unknown`, or `-` if the operation does not page.
    pub paged_by: String,
    /// Title of the documentation page.
    pub title: String,
    /// Whether the sandbox keeps state for it. Otherwise, the sandbox returns the example.
    pub stateful: bool,
}

/// Reads the index of the folder `openapi`.
///
/// # Errors
///
/// If a file cannot be read, or a line does not have 10 columns.
pub fn read(folder: &Path) -> Result<Vec<Entry>> {
    let text = read_text(folder, "operations.tsv")?;
    // A test of the sandbox checks this list.
    let stateful = read_text(folder, "stateful.txt")?;
    let stateful: BTreeSet<_> = stateful.lines().collect();
    text.lines().skip(1).enumerate().map(|(row, line)| entry(line, row + 2, &stateful)).collect()
}

fn read_text(folder: &Path, name: &str) -> Result<String> {
    let file = folder.join(name);
    fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
}

fn entry(line: &str, number: usize, stateful: &BTreeSet<&str>) -> Result<Entry> {
    let columns: Vec<_> = line.split('\t').map(str::to_owned).collect();
    let [id, method, path, group, listed, effect, idempotent, bucket, paged_by, title]: [String; 10] =
        columns.try_into().map_err(|columns: Vec<_>| {
            anyhow::anyhow!("operations.tsv, line {number}: {} columns instead of 10", columns.len())
        })?;
    let listed = listed == "true";
    let stateful = stateful.contains(id.as_str());
    Ok(Entry { stateful, id, method, path, group, listed, effect, idempotent, bucket, paged_by, title })
}
