//! Code generation: the simplified document and the settings for progenitor, shared by the build scripts of
//! `zapmail-sdk` and `zapmail-sdk-httpmock`.
//!
//! The client and the mocks must agree on every name and every Rust type, so both are generated from the same
//! simplified document with the same settings. Both are defined here instead of being included from a sibling folder,
//! because each crate must build from its own package.
//!
//! This module is intended only for the crates of this workspace, and changes together with them.
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
pub use simplify::{number_or_text, open_enums, simplify};
