//! The cargo that runs xtask, for the verbs that need it again.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Cargo in this folder.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    command
}

/// What cargo knows of the packages in this folder, and with these arguments of what they depend on.
///
/// # Errors
///
/// When cargo cannot be run or fails; it has told why.
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
    let mut metadata: Value = serde_json::from_slice(&stdout).context("cargo metadata printed no JSON")?;
    match metadata["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => bail!("cargo metadata printed no packages"),
    }
}
