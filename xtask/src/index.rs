//! The index of the API: `openapi/operations.tsv`, with one line per known operation.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

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
}

/// Reads the index of the folder `openapi`.
///
/// # Errors
///
/// If the file cannot be read, or a line is invalid.
pub fn read(folder: &Path) -> Result<Vec<Entry>> {
    let file = folder.join("operations.tsv");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let lines = text.lines().enumerate().skip(1);
    lines.map(|(row, line)| entry(line).with_context(|| format!("operations.tsv, line {}", row + 1))).collect()
}

fn entry(line: &str) -> Result<Entry> {
    let columns: Vec<_> = line.split('\t').map(str::to_owned).collect();
    let count = columns.len();
    let Ok([id, method, path, group, listed, effect, idempotent, bucket, paged_by, title]) =
        <[String; 10]>::try_from(columns)
    else {
        bail!("{count} columns instead of 10; separate them by tabs, as in the first line");
    };
    let listed = listed.parse().with_context(|| format!("in_index is `{listed}`; write true or false"))?;
    Ok(Entry { id, method, path, group, listed, effect, idempotent, bucket, paged_by, title })
}
