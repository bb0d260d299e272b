//! `cargo xtask check`: checks the rules of the document, and that the generated files are up to date. Writes nothing.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::document::Document;
use crate::finding::Finding;
use crate::{generated, index, rules};

#[cfg(test)]
mod tests;

pub fn run(folder: &Path) -> Result<ExitCode> {
    let document = Document::read(folder)?;
    let findings = findings(&document, folder)?;
    for finding in &findings {
        eprintln!("{finding}");
    }
    if findings.is_empty() {
        println!(
            "{} operations, {} schemas: all rules hold",
            document.operations().count(),
            document.schemas().count()
        );
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{} rules broken", findings.len());
    Ok(ExitCode::FAILURE)
}

/// All findings about the document in this folder, sorted by file.
fn findings(document: &Document, folder: &Path) -> Result<Vec<Finding>> {
    let index = index::read(folder)?;
    let mut findings = rules::broken(document, &index);
    findings.extend(generated::all(document, folder)?.iter().filter_map(|file| file.stale(folder)));
    findings.sort();
    findings.dedup();
    Ok(findings)
}
