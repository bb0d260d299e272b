//! Cargo commands, with the same cargo that runs xtask.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A cargo command in this folder.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    command
}

/// Returns cargo's metadata of the packages in this folder and of their dependencies, unless the arguments exclude the
/// dependencies.
///
/// # Errors
///
/// If cargo cannot be run, or fails. Cargo has printed the reason.
pub fn metadata(folder: &Path, arguments: &[&str]) -> Result<Vec<Value>> {
    let output = command(folder)
        .args(["metadata", "--format-version", "1", "--quiet"])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    let Output { status, stdout, .. } = output;
    if !status.success() {
        bail!("cargo metadata failed in {}", folder.display());
    }
    let mut metadata: Value = serde_json::from_slice(&stdout).context("cargo metadata printed invalid JSON")?;
    match metadata["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => bail!("cargo metadata printed no packages"),
    }
}
