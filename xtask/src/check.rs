//! `cargo xtask check`: checks the document and, if it is that of the workspace, also the texts and modules of all
//! crates. Writes nothing.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::document::Document;
use crate::finding::Finding;
use crate::{cycles, generated, index, language, messages, rules};

#[cfg(test)]
mod tests;

/// Checks the document in `folder`, and the sources of `workspace`.
pub fn run(folder: &Path, workspace: Option<&Path>) -> Result<ExitCode> {
    let document = Document::read(folder)?;
    let mut findings: Vec<_> = findings(&document, folder)?.iter().map(ToString::to_string).collect();
    if let Some(workspace) = workspace {
        findings.extend(language::findings(workspace)?);
        findings.extend(messages::finding(workspace)?);
        findings.extend(cycles::findings(workspace)?);
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    if findings.is_empty() {
        let (operations, schemas) = (document.operations().count(), document.schemas().count());
        println!("{operations} operations, {schemas} schemas: all rules hold");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{} rules broken", findings.len());
    Ok(ExitCode::FAILURE)
}

/// All findings about the document in this folder, sorted by file.
fn findings(document: &Document, folder: &Path) -> Result<Vec<Finding>> {
    let index = index::read(folder)?;
    let mut findings = rules::broken(document, &index);
    findings.extend(generated::all(document)?.iter().filter_map(|file| file.stale(folder)));
    findings.sort();
    findings.dedup();
    Ok(findings)
}
