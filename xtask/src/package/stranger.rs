//! The program of somebody who has the packages and not the workspace: `tests/packed`, built and run below `target/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::{cargo, files};

/// The program in its place, with the packed crates at hand.
pub struct Program {
    folder: PathBuf,
    /// Where the packed crates are.
    crates: PathBuf,
    /// Its own, so that nothing that was built in the workspace is in it.
    target: PathBuf,
}

/// Copies the program into this folder, beside the unpacked crates of these names.
pub fn settle(workspace: &Path, folder: &Path, names: &[&str]) -> Result<Program> {
    let copy = |from: &Path, to: &str| {
        let text = fs::read_to_string(from).with_context(|| format!("cannot read {}", from.display()))?;
        files::replace(&folder.join("program").join(to), &text)
    };
    for file in ["Cargo.toml", "src/main.rs"] {
        copy(&workspace.join("tests/packed").join(file), file)?;
    }
    // The same versions as in the workspace; cargo takes out what the program does not need.
    copy(&workspace.join("Cargo.lock"), "Cargo.lock")?;
    let crates = folder.join("crates");
    files::replace(&folder.join("program/.cargo/config.toml"), &instead_of_crates_io(&crates, names))?;
    Ok(Program { folder: folder.join("program"), crates, target: folder.join("target") })
}

/// Cargo's settings that put these folders in the place of the crates on crates.io, for each other too.
fn instead_of_crates_io(crates: &Path, names: &[&str]) -> String {
    let patches = names.iter().map(|name| format!("{name} = {{ path = '{}' }}\n", crates.join(name).display()));
    format!("[patch.crates-io]\n{}", patches.collect::<String>())
}

impl Program {
    /// What is wrong with the packed crates, as cargo reads them for this program.
    pub fn findings(&self, names: &[&str]) -> Result<Vec<String>> {
        let packages = cargo::metadata(&self.folder, &[])?;
        let mut findings = Vec::new();
        for name in names {
            let Some(package) = packages.iter().find(|package| package["name"] == *name) else {
                findings.push(format!("{name}: the program in tests/packed does not use it"));
                continue;
            };
            let manifest = package["manifest_path"].as_str().unwrap_or_default();
            if !Path::new(manifest).starts_with(&self.crates) {
                findings.push(format!("{name}: comes from {manifest}, and not from the package"));
            }
        }
        Ok(findings)
    }

    /// Builds and runs it. Fails as it does.
    pub fn run(&self) -> Result<ExitCode> {
        println!("building a program with them, outside the workspace");
        let status = cargo::command(&self.folder)
            .args(["run", "--quiet", "--target-dir"])
            .arg(&self.target)
            .status()
            .context("cannot run cargo")?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::instead_of_crates_io;

    #[test]
    fn the_packed_crates_stand_in_for_those_of_crates_io() {
        let settings = instead_of_crates_io(Path::new("/x/crates"), &["zapmail-sdk", "zapmail-openapi"]);
        let lines: Vec<_> = settings.lines().collect();
        assert_eq!(
            lines,
            [
                "[patch.crates-io]",
                "zapmail-sdk = { path = '/x/crates/zapmail-sdk' }",
                "zapmail-openapi = { path = '/x/crates/zapmail-openapi' }",
            ]
        );
    }
}
