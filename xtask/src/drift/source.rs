//! Where pages come from: a site or a folder.

use std::fs;
use std::path::{Path, PathBuf};

use url::Url;

use super::site::Site;

/// Largest page that is read, in bytes.
pub const LARGEST: usize = 5 << 20;

/// Where pages come from.
pub enum Source {
    Folder(PathBuf),
    Site(Site),
}

impl Source {
    /// The text of a page, or of the list.
    ///
    /// # Errors
    ///
    /// When it cannot be read, in words that follow its name: `is larger than 5 MiB`.
    pub async fn read(&self, path: &str) -> Result<String, String> {
        match self {
            Self::Folder(folder) => from_folder(folder, path),
            Self::Site(site) => site.read(path).await,
        }
    }

    /// The site's address, if it is one.
    pub fn address(&self) -> Option<&Url> {
        match self {
            Self::Folder(_) => None,
            Self::Site(site) => Some(site.address()),
        }
    }
}

fn from_folder(folder: &Path, path: &str) -> Result<String, String> {
    let file = folder.join(path);
    let size = fs::metadata(&file).map_err(|error| format!("cannot be read: {error}"))?.len();
    if size > LARGEST as u64 {
        return Err(too_large());
    }
    text(fs::read(&file).map_err(|error| format!("cannot be read: {error}"))?)
}

/// The bytes as text.
pub fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| "is no text in UTF-8".to_owned())
}

pub fn too_large() -> String {
    format!("is larger than {} MiB", LARGEST >> 20)
}
