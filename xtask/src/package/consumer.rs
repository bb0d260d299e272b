//! An external consumer of the packages: the program in `tests/packed`, built and run outside the workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::document::elements;
use crate::{cargo, files};

/// The copied program, with the packed crates as its dependencies.
pub struct Program {
    folder: PathBuf,
    /// The folder of the packed crates.
    crates: PathBuf,
    /// The program's own target folder, so that nothing built in the workspace is reused.
    target: PathBuf,
}

/// Copies the program into this folder, next to the unpacked crates with these names.
pub fn set_up(workspace: &Path, folder: &Path, names: &[&str]) -> Result<Program> {
    let copy = |from: &Path, to: &str| {
        let text = fs::read_to_string(from).with_context(|| format!("cannot read {}", from.display()))?;
        files::replace(&folder.join("program").join(to), &text)
    };
    for file in ["Cargo.toml", "src/main.rs"] {
        copy(&workspace.join("tests/packed").join(file), file)?;
    }
    // The same versions as in the workspace; cargo removes unneeded dependencies.
    copy(&workspace.join("Cargo.lock"), "Cargo.lock")?;
    let crates = folder.join("crates");
    files::replace(&folder.join("program/.cargo/config.toml"), &patch_settings(&crates, names))?;
    Ok(Program { folder: folder.join("program"), crates, target: folder.join("target") })
}

/// Cargo settings that replace the crates on crates.io with these folders, also in dependencies between them.
fn patch_settings(crates: &Path, names: &[&str]) -> String {
    let patches = names.iter().map(|name| format!("{name} = {{ path = '{}' }}\n", crates.join(name).display()));
    format!("[patch.crates-io]\n{}", patches.collect::<String>())
}

impl Program {
    /// Findings about the packed crates, according to cargo's resolution for this program.
    pub fn findings(&self, names: &[&str]) -> Result<Vec<String>> {
        let metadata = cargo::metadata(&self.folder, &[])?;
        let mut findings = Vec::new();
        for name in names {
            let Some(package) = elements(&metadata["packages"]).find(|package| package["name"] == *name) else {
                findings.push(format!("{name}: is not used by the program in tests/packed; add it"));
                continue;
            };
            let manifest = package["manifest_path"].as_str().unwrap_or_default();
            if !Path::new(manifest).starts_with(&self.crates) {
                let remedy = "correct its version in tests/packed/Cargo.toml";
                findings.push(format!("{name}: comes from {manifest} instead of the package; {remedy}"));
            }
        }
        Ok(findings)
    }

    /// Builds and runs the program, and fails if it fails.
    pub fn run(&self) -> Result<ExitCode> {
        println!("building a program with the packages, outside the workspace");
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

    use super::patch_settings;

    #[test]
    fn packed_crates_replace_the_crates_on_crates_io() {
        let settings = patch_settings(Path::new("/x/crates"), &["zapmail-sdk", "zapmail-openapi"]);
        let settings = settings.replace('\\', "/");
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
