//! `cargo xtask package`: packs the published crates, and uses them as an external consumer would.
//!
//! `contents` checks the files in the packages. Then `consumer` builds the program in `tests/packed` with the packed
//! files, outside the workspace, and runs it. This replaces cargo's own verification, which builds the crates one after
//! the other, each with different features of the shared dependencies, and runs nothing.

mod consumer;
mod contents;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::cargo::{self, Package};

pub fn run(workspace: &Path) -> Result<ExitCode> {
    let folder = workspace.join("target/packed");
    let mut crates = cargo::packages(workspace)?;
    crates.retain(|package| package.is_published);
    pack(workspace, &crates)?;
    let mut findings = Vec::new();
    for Package { name, version, metadata, .. } in &crates {
        let archive = workspace.join(format!("target/package/{name}-{version}.crate"));
        let unpacked = unpack(&archive, &folder, name)?;
        let (files, broken) = contents::check(&unpacked, workspace)?;
        let bytes = fs::metadata(&archive).with_context(|| format!("cannot read {}", archive.display()))?.len();
        println!("{name:<22} {version:<8} {files:>4} files {:>5} kB packed", bytes.div_ceil(1000));
        findings.extend(broken.into_iter().chain(contents::gaps(metadata)).map(|finding| format!("{name}: {finding}")));
    }
    let libraries = crates.iter().filter(|published| published.is_library);
    let names: Vec<&str> = libraries.map(|published| published.name.as_str()).collect();
    let program = consumer::set_up(workspace, &folder, &names)?;
    findings.extend(program.findings(&names)?);
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        eprintln!("{} findings in the packages", findings.len());
        return Ok(ExitCode::FAILURE);
    }
    program.run()
}

/// Packs all crates in one run, so that cargo resolves dependencies between them from the packages and not from
/// crates.io, which does not have these versions yet.
fn pack(workspace: &Path, crates: &[Package]) -> Result<()> {
    let status = cargo::command(workspace)
        // Uncommitted changes are packed, too; and `consumer` replaces the verification.
        .args(["package", "--quiet", "--allow-dirty", "--no-verify"])
        .args(crates.iter().flat_map(|published| ["--package", &published.name]))
        .arg("--target-dir")
        .arg(workspace.join("target"))
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("cargo package failed; see above");
    }
    Ok(())
}

/// Unpacks an archive, and replaces the files of an earlier run.
fn unpack(archive: &Path, folder: &Path, name: &str) -> Result<PathBuf> {
    let unpacked = folder.join("crates").join(name);
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).with_context(|| format!("cannot remove {}", unpacked.display()))?;
    }
    fs::create_dir_all(&unpacked).with_context(|| format!("cannot create {}", unpacked.display()))?;
    // All systems on which Rust runs have `tar`. `-m` sets the current time: the files in a package are all dated 2006,
    // so that cargo would not notice changes since the last run.
    let status = Command::new("tar")
        .args(["-xzmf"])
        .arg(archive)
        .arg("-C")
        .arg(&unpacked)
        .args(["--strip-components", "1"])
        .status()
        .context("cannot run tar")?;
    if !status.success() {
        bail!("tar cannot unpack {}", archive.display());
    }
    Ok(unpacked)
}
