//! The document that is embedded in the program.

use std::sync::LazyLock;

use zapmail_openapi::document::{Document, DocumentError};

static DOCUMENT: LazyLock<Result<Document, DocumentError>> =
    LazyLock::new(|| Document::parse(zapmail_openapi::DOCUMENT));

/// Returns the document that is embedded in the program; `None` if it is invalid, which a test rules out. Without it,
/// the groups have no commands.
pub fn document() -> Option<&'static Document> {
    DOCUMENT.as_ref().ok()
}
