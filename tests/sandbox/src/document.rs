//! The document that describes the API.

use std::io;
use std::sync::OnceLock;

use serde_json::Value;
use zapmail_openapi::document::{Document, elements};

/// The prefix of the document's paths; the document's server is `https://api.zapmail.ai/api`.
pub(crate) const BASE_PATH: &str = "/api";

/// Returns the document, which is parsed only once per process.
pub(crate) fn parsed_document() -> io::Result<&'static Document> {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    if let Some(document) = DOCUMENT.get() {
        return Ok(document);
    }
    let document = Document::parse(zapmail_openapi::DOCUMENT).map_err(io::Error::other)?;
    Ok(DOCUMENT.get_or_init(|| document))
}

/// Returns the values of an enum schema of the document.
pub(crate) fn enum_values(schema: &str) -> Vec<&'static str> {
    let schemas = parsed_document().into_iter().map(|document| &document.value()["components"]["schemas"]);
    schemas.flat_map(|schemas| elements(&schemas[schema]["enum"])).filter_map(Value::as_str).collect()
}
