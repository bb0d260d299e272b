//! Versions, and the version step that a change requires.

use std::fmt;

use anyhow::{Context, Result};

use super::semver::Impact;

/// A version of three numbers, without a suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
}

impl Version {
    /// The lowest allowed next version. As in Cargo, breaking changes before 1.0 increment the minor number.
    pub fn step(self, impact: Option<Impact>) -> Self {
        let Self { major, minor, patch } = self;
        match (impact, major) {
            (None | Some(Impact::Neutral), _) => self,
            (Some(Impact::Breaking), 0) => Self { major, minor: minor + 1, patch: 0 },
            (Some(Impact::Breaking), _) => Self { major: major + 1, minor: 0, patch: 0 },
            (Some(Impact::Addition), 0) => Self { major, minor, patch: patch + 1 },
            (Some(Impact::Addition), _) => Self { major, minor: minor + 1, patch: 0 },
        }
    }

    /// Reads the version of a workspace from its `Cargo.toml`.
    ///
    /// # Errors
    ///
    /// If `[workspace.package]` has no version of three numbers.
    pub fn of_workspace(manifest: &str) -> Result<Self> {
        let section = manifest.lines().skip_while(|line| line.trim() != "[workspace.package]").skip(1);
        let mut section = section.take_while(|line| !line.trim_start().starts_with('['));
        let version = section.find_map(|line| {
            let (key, value) = line.split_once('=')?;
            (key.trim() == "version").then(|| value.trim().trim_matches('"'))
        });
        version.context("Cargo.toml has no version in [workspace.package]")?.parse()
    }
}

impl std::str::FromStr for Version {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers: Option<Vec<u64>> = text.split('.').map(|number| number.parse().ok()).collect();
        let [major, minor, patch] = numbers
            .and_then(|numbers| numbers.try_into().ok())
            .with_context(|| format!("{text} is not a version of three numbers"))?;
        Ok(Self { major, minor, patch })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;
    use crate::diff::semver::Impact::{self, Addition, Breaking, Neutral};

    #[test]
    fn each_impact_has_its_step() {
        let table: [(&str, Option<Impact>, &str); 8] = [
            ("0.1.3", Some(Breaking), "0.2.0"),
            ("0.1.3", Some(Addition), "0.1.4"),
            ("0.1.3", Some(Neutral), "0.1.3"),
            ("0.1.3", None, "0.1.3"),
            ("1.2.3", Some(Breaking), "2.0.0"),
            ("1.2.3", Some(Addition), "1.3.0"),
            ("1.2.3", Some(Neutral), "1.2.3"),
            ("1.2.3", None, "1.2.3"),
        ];
        for (before, impact, least) in table {
            assert_eq!(before.parse::<Version>().unwrap().step(impact).to_string(), least, "{before} {impact:?}");
        }
    }

    #[test]
    fn version_of_the_workspace_is_found() {
        let manifest = "[package]\nversion = \"9.9.9\"\n[workspace.package]\nedition = \"2024\"\nversion = \"0.1.0\"\n";
        assert_eq!(Version::of_workspace(manifest).unwrap().to_string(), "0.1.0");
        for broken in
            ["", "[workspace.package]\n[other]\nversion = \"1.0.0\"", "[workspace.package]\nversion = \"1.0\""]
        {
            Version::of_workspace(broken).unwrap_err();
        }
    }
}
