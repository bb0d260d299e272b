//! Profiles: named API keys and workspaces, in a file that only its owner can read.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use zapmail_sdk_ext::Secret;

use crate::failure::Failure;
use crate::keyring;

/// The environment variable that overrides the folder of the profiles and the journal.
const HOME: &str = "ZAPMAIL_HOME";

/// All profiles.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    /// The name of the default profile.
    pub default: Option<String>,
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// A profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The API key, unless it is in the system keyring.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<Secret>,
    /// Whether the API key is in the system keyring.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keyring: bool,
    /// The workspace that commands run in, by name or id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The base URL, for a service other than the live one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
}

impl Profile {
    /// Returns the API key of this profile, whose name is `name`.
    pub fn key(&self, name: &str) -> Result<Secret, Failure> {
        match &self.api_key {
            Some(key) => Ok(key.clone()),
            None if self.keyring => keyring::read(name),
            None => Err(Failure::refused(format!("the profile {name} has no API key"))
                .hint(format!("store one with `zapmail login --profile {name}`"))),
        }
    }
}

impl Profiles {
    /// Reads the profiles. Returns none if the file does not exist.
    pub fn read() -> Result<Self, Failure> {
        let path = path()?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::io(format!("{} cannot be read", path.display()), error)),
        };
        check_access(&path)?;
        // The error of the parser is left out, because it quotes the line, which can contain the key.
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            Failure::refused(format!("{} is not valid: error in line {line}", path.display()))
                .hint("correct the line, or delete the file and run `zapmail login`")
        })
    }

    /// Writes the profiles to a file that only its owner can read. Returns its path.
    pub fn write(&self) -> Result<PathBuf, Failure> {
        let path = path()?;
        let failure = |error| Failure::io(format!("{} cannot be written", path.display()), error);
        let text = toml::to_string(self).map_err(|error| Failure::io("the profiles cannot be written", error))?;
        // A symbolic link is kept, and the file that it leads to is replaced.
        let target = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let folder = target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failure)?;
        // Rename atomically, so that a crash or a second process cannot damage the existing file. On Unix, only the
        // owner can read a temporary file.
        let mut file = NamedTempFile::new_in(folder).map_err(failure)?;
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failure)?;
        file.persist(target).map_err(|error| failure(error.error))?;
        Ok(path)
    }

    /// Returns the profile with this name.
    pub fn find(&self, name: &str) -> Result<&Profile, Failure> {
        self.profiles.get(name).ok_or_else(|| {
            let known = if self.profiles.is_empty() {
                "no profiles are stored".to_owned()
            } else {
                format!("the profiles are {}", self.names())
            };
            Failure::not_found(format!("the profile {name} does not exist; {known}"))
                .hint("create it with `zapmail login --profile NAME`")
        })
    }

    /// Returns the names of all profiles, separated by commas.
    pub fn names(&self) -> String {
        self.profiles.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// Returns the default profile, with its name. If only one profile exists, it is the default.
    pub fn default_profile(&self) -> Result<Option<(&str, &Profile)>, Failure> {
        match (&self.default, self.profiles.len()) {
            (Some(name), _) => self.find(name).map(|profile| Some((name.as_str(), profile))),
            (None, 1) => Ok(self.profiles.first_key_value().map(|(name, profile)| (name.as_str(), profile))),
            (None, _) => Ok(None),
        }
    }
}

/// Returns the path of the file with the profiles.
pub fn path() -> Result<PathBuf, Failure> {
    folder(dirs::config_dir()).map(|folder| folder.join("profiles.toml"))
}

/// Returns the folder of this program: the value of [`HOME`], or a subfolder of `parent`.
pub fn folder(parent: Option<PathBuf>) -> Result<PathBuf, Failure> {
    match std::env::var_os(HOME) {
        Some(home) if !home.is_empty() => Ok(home.into()),
        _ => parent
            .map(|folder| folder.join("zapmail"))
            .ok_or_else(|| Failure::refused(format!("the home folder of the user is unknown; set {HOME} to a folder"))),
    }
}

/// Returns an error if other users can read the file.
#[cfg(unix)]
fn check_access(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;

    let failure = |error| Failure::io(format!("{} cannot be read", path.display()), error);
    let mode = fs::metadata(path).map_err(failure)?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(Failure::refused(format!("other users can read {path}, which contains API keys"))
        .hint(format!("run `chmod 600 {path}`")))
}

/// Accepts any file: without Unix permissions, the folder of a user is private.
#[cfg(not(unix))]
fn check_access(_: &Path) -> Result<(), Failure> {
    Ok(())
}
