//! A source of pages: a site or a folder.

use std::fs;
use std::path::{Path, PathBuf};

use url::Url;

use super::page::{LARGEST, decoded, too_large};
use super::site::Site;

/// A source of pages.
pub enum Source {
    Folder(PathBuf),
    Site(Site),
}

impl Source {
    /// Reads the text of a page or of the list.
    ///
    /// # Errors
    ///
    /// If it cannot be read. The message is a predicate that follows the page's name, such as `is larger than 5 MiB`.
    pub async fn read(&self, path: &str) -> Result<String, String> {
        match self {
            Self::Folder(folder) => from_folder(folder, path),
            Self::Site(site) => site.read(path).await,
        }
    }

    /// The URL of a site; `None` for a folder.
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
    decoded(fs::read(&file).map_err(|error| format!("cannot be read: {error}"))?)
}
