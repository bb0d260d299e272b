//! The base of the comparison: an earlier document, from a file or from a revision of this repository.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::version::Version;
use crate::document::Document;

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
        let document = parse(&git_show(folder, name, "./zapmail.json")?, name)?;
        let version = Version::of_workspace(&git_show(folder, name, "../Cargo.toml")?)?;
        Ok(Self { document, version: Some(version) })
    }
}

fn parse(text: &str, name: &str) -> Result<Document> {
    let value: Value = serde_saphyr::from_str(text).with_context(|| format!("{name} is neither JSON nor YAML"))?;
    if !value["paths"].is_object() {
        bail!("{name} is not an OpenAPI document: it has no `paths`");
    }
    Ok(Document::of(value))
}

/// Reads a file at a revision.
fn git_show(folder: &Path, revision: &str, file: &str) -> Result<String> {
    let object = format!("{revision}:{file}");
    let shown = Command::new("git").arg("-C").arg(folder).args(["show", "--end-of-options", &object]).output();
    let shown = shown.context("cannot run git; pass a file instead of a revision")?;
    if !shown.status.success() {
        let message = String::from_utf8_lossy(&shown.stderr);
        bail!("{revision} is not a file, and git cannot show {file} at this revision: {}", message.trim());
    }
    String::from_utf8(shown.stdout).with_context(|| format!("{file} at {revision} is not valid UTF-8"))
}
