//! `cargo xtask quick`: the checks and tests of the packages that a change touches, for the inner loop of a developer.
//!
//! It does not check the packages that depend on these packages; `.ci/run` checks them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::cargo::{self, Package};
use crate::git;

#[derive(clap::Args)]
pub struct Arguments {
    /// Revision that the change begins at
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    since: String,
}

pub fn run(workspace: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let files = changed(workspace, &arguments.since)?;
    let packages = cargo::packages(workspace)?;
    let touched = touched(&packages, &files);
    if touched.is_empty() {
        println!("no package has changed since {}", arguments.since);
        return Ok(ExitCode::SUCCESS);
    }
    println!("changed: {}", touched.iter().copied().collect::<Vec<_>>().join(", "));
    let selected: Vec<_> = touched.iter().flat_map(|name| ["--package", name]).collect();
    let steps: [(&str, Vec<&str>); 3] = [
        ("fmt", vec!["--all", "--check"]),
        ("clippy", [&selected[..], &["--all-targets", "--", "--deny", "warnings"]].concat()),
        ("test", selected),
    ];
    for (name, arguments) in steps {
        let started_at = Instant::now();
        let status = cargo::command(workspace).arg(name).args(arguments).status().context("cannot run cargo")?;
        println!("cargo {name}: {} s", started_at.elapsed().as_secs());
        if !status.success() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The files that differ from a revision, and those that git does not track yet.
fn changed(workspace: &Path, since: &str) -> Result<Vec<String>> {
    let known = git::output(workspace, &["diff", "--name-only", "--end-of-options", since])?;
    let new = git::output(workspace, &["ls-files", "--others", "--exclude-standard"])?;
    Ok(known.lines().chain(new.lines()).map(str::to_owned).collect())
}

/// The names of the packages that contain one of these files.
fn touched<'a>(packages: &'a [Package], files: &[String]) -> BTreeSet<&'a str> {
    let owner = |file: &String| {
        let owners = packages.iter().filter(|package| Path::new(file).starts_with(&package.folder));
        owners.max_by_key(|package| package.folder.len()).map(|package| package.name.as_str())
    };
    files.iter().filter_map(owner).collect()
}

#[cfg(test)]
mod tests {
    use super::{Package, touched};

    fn package(name: &str, folder: &str) -> Package {
        Package { name: name.to_owned(), folder: folder.to_owned(), ..Package::default() }
    }

    #[test]
    fn file_belongs_to_the_innermost_package() {
        let packages = [
            package("sdk", "zapmail-sdk"),
            package("sandbox", "tests/sandbox"),
            package("inner", "tests/sandbox/inner"),
        ];
        let files = ["README.md", "zapmail-sdk-ext/src/lib.rs", "tests/sandbox/src/lib.rs", "tests/sandbox/inner/a.rs"];
        let files = files.map(str::to_owned);
        assert_eq!(touched(&packages, &files).into_iter().collect::<Vec<_>>(), ["inner", "sandbox"]);
        assert!(touched(&packages, &files[..1]).is_empty());
    }
}
