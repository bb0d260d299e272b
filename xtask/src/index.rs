//! The index of the API: `openapi/operations.tsv`, one line for every operation that is known to exist.

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
    /// Whether the documentation's own list of pages has it.
    pub listed: bool,
    pub effect: String,
    pub repeatable: String,
    pub bucket: String,
    /// Key of the rows, `-` where it does not page, `unknown`, or `cursor`.
    pub paged_by: String,
    /// Title of the documentation page.
    pub title: String,
}

/// Reads the index of the folder `openapi`.
///
/// # Errors
///
/// When the file cannot be read, or a line has another number of columns than the first.
pub fn read(folder: &Path) -> Result<Vec<Entry>> {
    let file = folder.join("operations.tsv");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    text.lines().skip(1).enumerate().map(|(row, line)| entry(line, row + 2)).collect()
}

fn entry(line: &str, number: usize) -> Result<Entry> {
    let columns: Vec<_> = line.split('\t').map(str::to_owned).collect();
    let [id, method, path, group, listed, effect, repeatable, bucket, paged_by, title]: [String; 10] =
        columns.try_into().map_err(|columns: Vec<_>| {
            anyhow::anyhow!("operations.tsv, line {number}: {} columns instead of 10", columns.len())
        })?;
    let listed = listed == "true";
    Ok(Entry { id, method, path, group, listed, effect, repeatable, bucket, paged_by, title })
}
