//! Versions, and the least step that a change demands.

use std::fmt;

use anyhow::{Context, Result};

use super::weight::Weight;

/// A version without anything behind its three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
}

impl Version {
    /// The least version that may follow: as cargo reads versions, before 1.0 the minor number stands for what breaks.
    pub fn step(self, weight: Option<Weight>) -> Self {
        let Self { major, minor, patch } = self;
        match (weight, major) {
            (None | Some(Weight::Neutral), _) => self,
            (Some(Weight::Breaking), 0) => Self { major, minor: minor + 1, patch: 0 },
            (Some(Weight::Breaking), _) => Self { major: major + 1, minor: 0, patch: 0 },
            (Some(Weight::Addition), 0) => Self { major, minor, patch: patch + 1 },
            (Some(Weight::Addition), _) => Self { major, minor: minor + 1, patch: 0 },
        }
    }

    /// The version of the workspace whose `Cargo.toml` this is.
    ///
    /// # Errors
    ///
    /// When `[workspace.package]` has no version of three numbers.
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
            .with_context(|| format!("{text} is no version of three numbers"))?;
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
    use crate::diff::weight::Weight::{self, Addition, Breaking, Neutral};

    #[test]
    fn each_weight_has_its_step() {
        let table: [(&str, Option<Weight>, &str); 8] = [
            ("0.1.3", Some(Breaking), "0.2.0"),
            ("0.1.3", Some(Addition), "0.1.4"),
            ("0.1.3", Some(Neutral), "0.1.3"),
            ("0.1.3", None, "0.1.3"),
            ("1.2.3", Some(Breaking), "2.0.0"),
            ("1.2.3", Some(Addition), "1.3.0"),
            ("1.2.3", Some(Neutral), "1.2.3"),
            ("1.2.3", None, "1.2.3"),
        ];
        for (before, weight, least) in table {
            assert_eq!(before.parse::<Version>().unwrap().step(weight).to_string(), least, "{before} {weight:?}");
        }
    }

    #[test]
    fn the_version_of_the_workspace_is_found() {
        let manifest = "[package]\nversion = \"9.9.9\"\n[workspace.package]\nedition = \"2024\"\nversion = \"0.1.0\"\n";
        assert_eq!(Version::of_workspace(manifest).unwrap().to_string(), "0.1.0");
        for broken in
            ["", "[workspace.package]\n[other]\nversion = \"1.0.0\"", "[workspace.package]\nversion = \"1.0\""]
        {
            Version::of_workspace(broken).unwrap_err();
        }
    }
}
