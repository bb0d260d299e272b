//! What tests start from: the true document, and copies of its folder that they may break.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::document::Document;

/// The true document; a test changes its own copy.
pub fn document() -> Document {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::read(&crate::openapi_folder()).unwrap());
    DOCUMENT.clone()
}

/// A copy of the folder `openapi`, gone when it is dropped.
pub struct Folder(TempDir);

impl Folder {
    pub fn copied() -> Self {
        let copy = Self(TempDir::new().unwrap());
        fs::create_dir(copy.path().join("groups")).unwrap();
        for folder in ["", "groups"] {
            for entry in fs::read_dir(crate::openapi_folder().join(folder)).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_file() {
                    fs::copy(entry.path(), copy.path().join(folder).join(entry.file_name())).unwrap();
                }
            }
        }
        copy
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    pub fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).unwrap();
    }

    /// Changes a piece of a file, which has to be in it exactly once.
    pub fn replace(&self, file: &str, piece: &str, by: &str) {
        let text = self.read(file);
        assert_eq!(text.matches(piece).count(), 1, "{file}: {piece}");
        self.write(file, &text.replace(piece, by));
    }
}
