//! `cargo xtask package`: packs the crates that are published, and uses them as a stranger would.
//!
//! What is in the packages is checked by `contents`. Then the program in `tests/packed` is built with the packed files,
//! outside the workspace, and run: see `stranger`. That takes the place of the verification by cargo itself, which builds
//! the crates one after the other, each with another choice of features of what they share, and runs nothing.

mod contents;
mod stranger;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::cargo;

/// A crate that is published.
struct Crate {
    name: String,
    version: String,
    /// Whether a program can use it; otherwise it is a program itself.
    is_library: bool,
    /// What crates.io would lack of it.
    gaps: Vec<String>,
}

pub fn run(workspace: &Path) -> Result<ExitCode> {
    let folder = workspace.join("target/packed");
    let crates = published(workspace)?;
    pack(workspace, &crates)?;
    let mut findings = Vec::new();
    for Crate { name, version, gaps, .. } in &crates {
        let archive = workspace.join(format!("target/package/{name}-{version}.crate"));
        let unpacked = unpack(&archive, &folder, name)?;
        let (files, broken) = contents::check(&unpacked, workspace)?;
        let bytes = fs::metadata(&archive).with_context(|| format!("cannot read {}", archive.display()))?.len();
        println!("{name:<22} {version:<8} {files:>4} files {:>5} kB packed", bytes.div_ceil(1000));
        findings.extend(broken.iter().chain(gaps).map(|finding| format!("{name}: {finding}")));
    }
    let libraries = crates.iter().filter(|published| published.is_library);
    let names: Vec<&str> = libraries.map(|published| published.name.as_str()).collect();
    let program = stranger::settle(workspace, &folder, &names)?;
    findings.extend(program.findings(&names)?);
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        eprintln!("{} faults of the packages", findings.len());
        return Ok(ExitCode::FAILURE);
    }
    program.run()
}

fn published(workspace: &Path) -> Result<Vec<Crate>> {
    let packages = cargo::metadata(workspace, &["--no-deps"])?;
    // `publish = false` is an empty list of registries there.
    let published = packages.iter().filter(|package| package["publish"].as_array().is_none_or(|list| !list.is_empty()));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let is_library =
        |target: &Value| target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "lib"));
    let described = |package: &Value| Crate {
        name: text(&package["name"]),
        version: text(&package["version"]),
        is_library: package["targets"].as_array().is_some_and(|targets| targets.iter().any(is_library)),
        gaps: contents::gaps(package),
    };
    Ok(published.map(described).collect())
}

/// All in one go: cargo then takes what they need of each other from what it packs, since crates.io has none of it yet.
fn pack(workspace: &Path, crates: &[Crate]) -> Result<()> {
    let status = cargo::command(workspace)
        // A change is tried before it is committed; and what `stranger` does is more than the verification.
        .args(["package", "--quiet", "--allow-dirty", "--no-verify"])
        .args(crates.iter().flat_map(|published| ["--package", &published.name]))
        .arg("--target-dir")
        .arg(workspace.join("target"))
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("cargo package failed");
    }
    Ok(())
}

/// Unpacks it in place of what an earlier run left there.
fn unpack(archive: &Path, folder: &Path, name: &str) -> Result<PathBuf> {
    let unpacked = folder.join("crates").join(name);
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).with_context(|| format!("cannot remove {}", unpacked.display()))?;
    }
    fs::create_dir_all(&unpacked).with_context(|| format!("cannot make {}", unpacked.display()))?;
    // Every system that Rust's tools run on has a tar. -m: the files in the package are all of the year 2006, and cargo
    // would not notice that they have changed since the last run.
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
