//! Cargo commands, with the same cargo that runs xtask, and the packages of the workspace.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::document::elements;

/// A cargo command in this folder.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    command
}

/// Runs a cargo command, and returns what it prints on standard output.
///
/// # Errors
///
/// If cargo cannot be run, or fails. Cargo has printed the reason.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("{command:?} failed; see above");
    }
    String::from_utf8(output.stdout).with_context(|| format!("{command:?} printed text that is not UTF-8"))
}

/// Returns cargo's metadata of the workspace in this folder and of its dependencies, unless the arguments exclude the
/// dependencies.
///
/// # Errors
///
/// If cargo fails.
pub fn metadata(folder: &Path, arguments: &[&str]) -> Result<Value> {
    let metadata = output(command(folder).args(["metadata", "--format-version", "1", "--quiet"]).args(arguments))?;
    serde_json::from_str(&metadata).context("cargo metadata printed invalid JSON")
}

/// A package of the workspace.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// Its folder, relative to the root of the workspace, with `/` as the separator.
    pub folder: String,
    /// Whether it is published on crates.io.
    pub is_published: bool,
    /// Whether it is a library. Otherwise, it is only a program.
    pub is_library: bool,
    /// Cargo's metadata.
    pub metadata: Value,
}

/// Returns the packages of the workspace.
///
/// # Errors
///
/// If cargo fails, or a package is outside the workspace.
pub fn packages(workspace: &Path) -> Result<Vec<Package>> {
    let metadata = metadata(workspace, &["--no-deps"])?;
    let packages = elements(&metadata["packages"]);
    packages.map(|metadata| package(workspace, metadata).context("cargo metadata is incomplete")).collect()
}

fn package(workspace: &Path, metadata: &Value) -> Option<Package> {
    let manifest = Path::new(metadata["manifest_path"].as_str()?);
    let folder = manifest.parent()?.strip_prefix(workspace).ok()?.to_str()?.replace('\\', "/");
    let is_library = |target: &Value| elements(&target["kind"]).any(|kind| kind == "lib");
    Some(Package {
        name: metadata["name"].as_str()?.to_owned(),
        version: metadata["version"].as_str()?.to_owned(),
        folder,
        // `publish = false` is an empty list of registries.
        is_published: metadata["publish"].as_array().is_none_or(|registries| !registries.is_empty()),
        is_library: elements(&metadata["targets"]).any(is_library),
        metadata: metadata.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::packages;

    #[test]
    fn packages_of_this_workspace_are_described() {
        let packages = packages(&crate::workspace_folder()).unwrap();
        let described = |name: &str| {
            let package = packages.iter().find(|package| package.name == name).unwrap();
            (package.folder.as_str(), package.is_published, package.is_library)
        };
        assert_eq!(described("xtask"), ("xtask", false, false));
        assert_eq!(described("zapmail-cli"), ("zapmail-cli", true, false));
        assert_eq!(described("zapmail-sandbox"), ("tests/sandbox", true, true));
    }
}
