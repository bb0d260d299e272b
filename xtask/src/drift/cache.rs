//! A cache of fetched pages with their ETags, to fetch a page again only if it changed.

use std::fs;
use std::path::PathBuf;

use url::Url;

use crate::files;

/// A folder of fetched pages: the first line of a file is the ETag, the rest is the page.
pub struct Cache {
    folder: PathBuf,
}

/// A cached page.
pub struct Cached {
    pub etag: String,
    pub text: String,
}

impl Cache {
    /// The cache of one site.
    pub fn new(folder: PathBuf, site: &Url) -> Self {
        let port = site.port().map(|port| format!("-{port}")).unwrap_or_default();
        Self { folder: folder.join(format!("{}{port}", site.host_str().unwrap_or("unknown"))) }
    }

    pub fn get(&self, path: &str) -> Option<Cached> {
        let text = fs::read_to_string(self.file(path)).ok()?;
        let (etag, text) = text.split_once('\n')?;
        Some(Cached { etag: etag.to_owned(), text: text.to_owned() })
    }

    /// Stores a page. Write errors are ignored: they only make the next run slower.
    pub fn put(&self, path: &str, etag: &str, text: &str) {
        let _ = files::replace(&self.file(path), &format!("{etag}\n{text}"));
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}
