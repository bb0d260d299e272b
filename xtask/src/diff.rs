//! `cargo xtask diff`: what changed in the document for people who use the crates.

mod base;
mod changes;
mod operations;
mod schemas;
#[cfg(test)]
mod tests;
mod version;
mod weight;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::document::Document;
use base::Base;
use version::Version;
use weight::{Change, Weight};

/// What `diff` is asked for.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 done, 1 with --check: the version has not taken the step, 2 something could not be read.

Examples:
  cargo xtask diff HEAD                          what is changed and not committed
  cargo xtask diff v0.1.0 --check                before a release
  cargo xtask diff old.json --since 0.1.0        a file; its version has to be told")]
pub struct Arguments {
    /// Git revision, or a file with the document of some time
    #[arg(value_name = "REV|FILE")]
    base: String,
    /// Fail when the workspace's version has not taken the step that the changes demand
    #[arg(long)]
    check: bool,
    /// Version of the workspace when the document was as in the file; a revision knows its own
    #[arg(long, value_name = "VERSION")]
    since: Option<Version>,
}

pub fn run(folder: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let now = Document::read(folder)?;
    let base = Base::read(folder, &arguments.base)?;
    let changes = changes::between(&base.document, &now);
    anstream::print!("{}", text(&changes));
    let heaviest = changes.iter().map(|change| change.weight).min();
    let Some(since) = arguments.since.or(base.version) else {
        if arguments.check {
            bail!("{} tells no version; give it with --since", arguments.base);
        }
        println!("least step: {}", step(heaviest));
        return Ok(ExitCode::SUCCESS);
    };
    let manifest = folder.join("../Cargo.toml");
    let manifest = fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let present = Version::of_workspace(&manifest)?;
    let least = since.step(heaviest);
    println!("least step: {}; {since} -> {least} (the workspace is at {present})", step(heaviest));
    if arguments.check && present < least {
        eprintln!("error: set `version` in [workspace.package] to {least} or more");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The changes for people, the heaviest first, with colours.
fn text(changes: &[Change]) -> String {
    let mut text = String::new();
    for Change { weight, place, change } in changes {
        let style = weight.style();
        let _ = writeln!(text, "{style}{:<8}{style:#}  {place}: {change}", weight.name());
    }
    let count = |weight| changes.iter().filter(|change| change.weight == weight).count();
    let counts = (count(Weight::Breaking), count(Weight::Addition), count(Weight::Neutral));
    let _ = match counts {
        (0, 0, 0) => writeln!(text, "no changes"),
        (breaking, additions, neutral) => {
            writeln!(text, "breaking {breaking}, addition {additions}, neutral {neutral}")
        }
    };
    text
}

fn step(heaviest: Option<Weight>) -> &'static str {
    heaviest.map_or("none", |weight| match weight {
        Weight::Breaking => "breaking",
        Weight::Addition => "addition",
        Weight::Neutral => "none",
    })
}
