//! The OpenAPI document of the Zapmail API, version 2.
//!
//! The document is data for generators and checks; to call the API, use `zapmail-sdk-ext`.
//!
//! ```
//! assert!(zapmail_openapi::DOCUMENT.contains("\"openapi\": \"3.0.3\""));
//! ```

#![deny(missing_docs)]

#[cfg(feature = "codegen")]
pub mod codegen;
#[cfg(feature = "json-schema")]
pub mod json_schema;

/// The merged document, as JSON: written by `cargo xtask regen` from `api.yaml` and `groups/*.yaml`.
#[cfg(feature = "document")]
pub const DOCUMENT: &str = include_str!("../zapmail.json");
