//! The document as progenitor takes it: what the build scripts of `zapmail-sdk` and `zapmail-sdk-httpmock` share.
//!
//! Client and mocks have to agree on the name and the Rust type of everything, so both are generated from the same
//! simplified document with the same settings. They share them here, and not by a path into each other's folder,
//! because each has to build from its own package.
//!
//! This is for the crates of this workspace, and changes with them.
//!
//! ```
//! use zapmail_openapi::codegen::Document;
//!
//! let document = Document::parse(zapmail_openapi::DOCUMENT)?;
//! assert!(document.operations().any(|operation| operation.id == "get_user"));
//! # Ok::<(), zapmail_openapi::codegen::DocumentError>(())
//! ```

mod ids;
mod settings;
mod simplify;
#[cfg(test)]
mod tests;

pub use crate::document::{Document, DocumentError, Operation, elements, entries, text};
pub use ids::{IdForm, id_kinds, id_type};
pub use settings::type_settings;
pub use simplify::{numeric, open_enums, simplify};
