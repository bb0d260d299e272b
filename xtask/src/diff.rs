//! `cargo xtask diff`: reports what changed in the document for users of the crates.

mod base;
mod changes;
mod operations;
mod schemas;
mod severity;
#[cfg(test)]
mod tests;
mod version;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use semver::Version;

use crate::difference::{Severity, counts};
use crate::document::Document;
use base::Base;

/// The arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 success, 1 with --check: the version is too low, 2 the document or the base could not be read.

Examples:
  cargo xtask diff HEAD                          uncommitted changes
  cargo xtask diff v0.1.0 --check                before a release
  cargo xtask diff old.json --since 0.1.0        compare with a file, which needs a version")]
pub struct Arguments {
    /// Git revision, or a file with an earlier document
    #[arg(value_name = "REV|FILE")]
    base: String,
    /// Fail if the version of the workspace is lower than the changes require
    #[arg(long)]
    check: bool,
    /// Version of the workspace to which the file belongs; a revision contains its own
    #[arg(long, value_name = "VERSION")]
    since: Option<Version>,
}

pub fn run(folder: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let now = Document::read(folder)?;
    let base = Base::read(folder, &arguments.base)?;
    let changes = changes::between(&base.document, &now);
    for change in &changes {
        anstream::println!("{}", change.line());
    }
    println!("{}", if changes.is_empty() { "no changes".to_owned() } else { counts(changes.iter()) });
    let greatest = changes.iter().map(|change| change.severity).min();
    let Some(since) = arguments.since.as_ref().or(base.version.as_ref()) else {
        if arguments.check {
            bail!("{} contains no version; pass it with --since", arguments.base);
        }
        println!("required version step: {}", step(greatest));
        return Ok(ExitCode::SUCCESS);
    };
    let manifest = folder.join("../Cargo.toml");
    let manifest = fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let present = version::of_workspace(&manifest)?;
    let least = version::next(since, greatest);
    println!("required version step: {}; {since} -> {least} (the workspace is at {present})", step(greatest));
    if arguments.check && present < least {
        eprintln!("error: set `version` in [workspace.package] to {least} or higher");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn step(greatest: Option<Severity>) -> &'static str {
    match greatest {
        Some(severity @ (Severity::Breaking | Severity::Addition)) => severity.name(),
        Some(Severity::Neutral) | None => "none",
    }
}
