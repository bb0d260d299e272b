//! The base of the comparison: an earlier document, from a file or from a revision of this repository.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use semver::Version;
use serde_json::Value;

use super::version;
use crate::document::Document;
use crate::git;

/// An earlier document, and the version of the workspace at that time, if known.
#[derive(Debug)]
pub struct Base {
    pub document: Document,
    pub version: Option<Version>,
}

impl Base {
    /// Reads the file of this name if it exists, and the revision otherwise.
    ///
    /// # Errors
    ///
    /// If neither exists, or if it is not an OpenAPI document.
    pub fn read(folder: &Path, name: &str) -> Result<Self> {
        if Path::new(name).is_file() {
            let text = fs::read_to_string(name).with_context(|| format!("cannot read {name}"))?;
            return Ok(Self { document: parse(&text, name)?, version: None });
        }
        let document = parse(&at_revision(folder, name, "./zapmail.json")?, name)?;
        let version = version::of_workspace(&at_revision(folder, name, "../Cargo.toml")?)?;
        Ok(Self { document, version: Some(version) })
    }
}

fn parse(text: &str, name: &str) -> Result<Document> {
    let value: Value = serde_saphyr::from_str(text).with_context(|| format!("{name} is neither JSON nor YAML"))?;
    if !value["paths"].is_object() {
        bail!(
            "{name} is not an OpenAPI document, because it has no `paths`; pass a revision, or a file like zapmail.json"
        );
    }
    Ok(Document::of(value))
}

/// Reads a file at a revision.
fn at_revision(folder: &Path, revision: &str, file: &str) -> Result<String> {
    git::output(folder, &["show", "--end-of-options", &format!("{revision}:{file}")])
        .with_context(|| format!("{revision} is not a file, and git cannot show {file} at this revision"))
}
