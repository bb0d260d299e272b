//! Git commands.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Runs git in this folder, and returns what it prints on standard output.
///
/// # Errors
///
/// If git cannot be run, fails, or prints anything other than UTF-8.
pub fn output(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output();
    let output = output.context("cannot run git; install it")?;
    let command = format!("git {} in {}", arguments.join(" "), folder.display());
    if !output.status.success() {
        bail!("{command} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{command} printed text that is not UTF-8"))
}
