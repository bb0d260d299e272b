//! Pages as they were last fetched, with the ETag by which the site tells whether they changed.

use std::fs;
use std::path::PathBuf;

use url::Url;

use crate::files;

/// A folder of fetched pages: the first line of a file is the ETag, the rest is the page.
pub struct Cache {
    folder: PathBuf,
}

/// A page that was fetched before.
pub struct Cached {
    pub etag: String,
    pub text: String,
}

impl Cache {
    /// The part of the cache that belongs to a site.
    pub fn new(folder: PathBuf, site: &Url) -> Self {
        let port = site.port().map(|port| format!("-{port}")).unwrap_or_default();
        Self { folder: folder.join(format!("{}{port}", site.host_str().unwrap_or("unknown"))) }
    }

    pub fn get(&self, path: &str) -> Option<Cached> {
        let text = fs::read_to_string(self.file(path)).ok()?;
        let (etag, text) = text.split_once('\n')?;
        Some(Cached { etag: etag.to_owned(), text: text.to_owned() })
    }

    /// Keeps a page. A cache that cannot be written only makes the next run slower.
    pub fn put(&self, path: &str, etag: &str, text: &str) {
        let _ = files::replace(&self.file(path), &format!("{etag}\n{text}"));
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}
