//! What tests start from: the true document, and copies of its folder that they may break.

mod folder;

use std::sync::LazyLock;

pub use self::folder::Folder;
use crate::document::Document;

/// The true document; a test changes its own copy.
pub fn document() -> Document {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::read(&crate::openapi_folder()).unwrap());
    DOCUMENT.clone()
}
