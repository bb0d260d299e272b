//! The version of the workspace, and the version step that a change requires.

use anyhow::{Context, Result};
use semver::Version;
use toml::Table;

use crate::difference::Severity::{self, Addition, Breaking, Neutral};

/// The lowest allowed version after `version`. As in Cargo, breaking changes before 1.0 increment the minor number.
pub fn next(version: &Version, greatest: Option<Severity>) -> Version {
    let Version { major, minor, patch, .. } = *version;
    match (greatest, major) {
        (None | Some(Neutral), _) => version.clone(),
        (Some(Breaking), 0) | (Some(Addition), 1..) => Version::new(major, minor + 1, 0),
        (Some(Breaking), 1..) => Version::new(major + 1, 0, 0),
        (Some(Addition), 0) => Version::new(major, minor, patch + 1),
    }
}

/// Reads the version of a workspace from its `Cargo.toml`.
///
/// # Errors
///
/// If `[workspace.package]` has no valid version.
pub fn of_workspace(manifest: &str) -> Result<Version> {
    let manifest: Table = manifest.parse().context("Cargo.toml is not valid TOML")?;
    let version = manifest.get("workspace").and_then(|workspace| workspace.get("package")?.get("version")?.as_str());
    let version = version.context("Cargo.toml has no version in [workspace.package]")?;
    version.parse().with_context(|| format!("{version} in Cargo.toml is not a valid version"))
}

#[cfg(test)]
mod tests {
    use super::{next, of_workspace};
    use crate::difference::Severity::{self, Addition, Breaking, Neutral};

    #[test]
    fn each_severity_has_its_step() {
        let table: [(&str, Option<Severity>, &str); 8] = [
            ("0.1.3", Some(Breaking), "0.2.0"),
            ("0.1.3", Some(Addition), "0.1.4"),
            ("0.1.3", Some(Neutral), "0.1.3"),
            ("0.1.3", None, "0.1.3"),
            ("1.2.3", Some(Breaking), "2.0.0"),
            ("1.2.3", Some(Addition), "1.3.0"),
            ("1.2.3", Some(Neutral), "1.2.3"),
            ("1.2.3", None, "1.2.3"),
        ];
        for (before, greatest, least) in table {
            assert_eq!(next(&before.parse().unwrap(), greatest).to_string(), least, "{before} {greatest:?}");
        }
    }

    #[test]
    fn version_of_the_workspace_is_found() {
        let manifest = "[package]\nversion = \"9.9.9\"\n[workspace.package]\nedition = \"2024\"\nversion = \"0.1.0\"\n";
        assert_eq!(of_workspace(manifest).unwrap().to_string(), "0.1.0");
        for broken in
            ["", "[workspace.package]\n[other]\nversion = \"1.0.0\"", "[workspace.package]\nversion = \"1.0\""]
        {
            of_workspace(broken).unwrap_err();
        }
    }
}
