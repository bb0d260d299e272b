//! `cargo xtask regen`: merges the document and writes the files that are generated from it.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::document::Document;
use crate::generated;

#[cfg(test)]
mod tests;

pub fn run(folder: &Path) -> Result<ExitCode> {
    let document = Document::read(folder)?;
    for file in generated::all(&document)? {
        let result = if file.write(folder)? { "wrote" } else { "unchanged" };
        println!("{result} openapi/{}", file.name);
    }
    Ok(ExitCode::SUCCESS)
}
