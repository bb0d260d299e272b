//! The OpenAPI document of the Zapmail API, version 2.
//!
//! The document is data for generators and checks; to call the API, use `zapmail-sdk-ext`.
//!
//! ```
//! use serde_json::Value;
//!
//! # fn main() -> serde_json::Result<()> {
//! let document: Value = serde_json::from_str(zapmail_openapi::DOCUMENT)?;
//! let purchase = &document["paths"]["/v2/wallet/buy-addon-mailboxes"]["post"];
//! assert_eq!(purchase["operationId"], "purchase_addon_mailboxes");
//! // What OpenAPI has no word for is in extensions: this one can cost money.
//! assert_eq!(purchase["x-zapmail-effect"], "spend");
//! # Ok(())
//! # }
//! ```

#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "codegen")]
pub mod codegen;
#[cfg(feature = "model")]
pub mod document;
#[cfg(feature = "json-schema")]
pub mod json_schema;

/// The merged document, as JSON: written by `cargo xtask regen` from `api.yaml` and `groups/*.yaml`.
#[cfg(feature = "document")]
pub const DOCUMENT: &str = include_str!("../zapmail.json");
