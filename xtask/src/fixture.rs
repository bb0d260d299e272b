//! Test fixtures: the real document, and copies of its folder for tests to modify.

mod folder;

use std::sync::LazyLock;

pub use self::folder::Folder;
use crate::document::Document;

/// Returns a copy of the real document.
pub fn document() -> Document {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::read(&crate::openapi_folder()).unwrap());
    DOCUMENT.clone()
}
