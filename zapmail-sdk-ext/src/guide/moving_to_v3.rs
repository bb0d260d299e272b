//! This crate uses version 2 of the API. Version 3 exists; this page lists what is known about it, and what is not.
//!
//! # What is known
//!
//! As of November 2026, according to the service's page on versions:
//!
//! | version | state | end of life |
//! | --- | --- | --- |
//! | v1 | unknown | April 2027 |
//! | v2, this crate | in maintenance since November 2026 | January 2028 |
//! | v3 | active since November 2026 | none announced |
//!
//! All versions have the same base URL, and the version is the first segment of the path:
//! `https://api.zapmail.ai/api/v2/...`. The rate limits apply to a key across versions: a program that also uses v3
//! shares the same 5 requests per second.
//!
//! # What is not known
//!
//! The pages of v3 have not been surveyed for this project. It is open which operations of v2 exist in v3 and under
//! which names, whether responses keep their envelope, whether ids stay the same, and what errors look like. There is
//! no table of replacements: we do not guess. It is not known either what happens to requests to v2 after January 2028.
//!
//! # How the crates will support it
//!
//! - All of v2 comes from one OpenAPI document (`zapmail-openapi`), in which the version is part of each path. v3 will
//!   be added in the same way, from its documentation pages. The document contains no operation of v3 yet.
//! - The policies of a call (rate limits, retries, spending, pagination, errors) depend on the table of [`operations`],
//!   not on paths, so they apply to new operations too.
//! - A breaking change of the document needs a new major version of the crates (a minor one for 0.x), which
//!   `cargo xtask diff --check` enforces. The removal of v2 will be such a change.
//! - `cargo xtask drift` compares the document with the official pages, and counts the pages of other versions.
//!
//! # What a program can do now
//!
//! Nothing has to change yet. These habits keep the later change small:
//!
//! ```
//! use zapmail_sdk_ext::{Numeric, operations, types::MailboxStatus};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The version is part of each path: build no URLs by hand, and set `base_url` without it.
//! assert_eq!(operations::BASE_URL, "https://api.zapmail.ai/api");
//! assert!(operations::OPERATIONS.iter().all(|operation| operation.path.starts_with("/v2/")));
//!
//! // Operations that are deprecated in v2 already. Their methods are `#[deprecated]`, so the compiler warns.
//! let deprecated: Vec<_> = operations::OPERATIONS.iter().filter(|operation| operation.deprecated).collect();
//! let ids: Vec<_> = deprecated.iter().map(|operation| operation.id).collect();
//! assert_eq!(ids, ["check_dns_records", "get_name_servers", "schedule_mailbox_creation", "verify_name_servers"]);
//!
//! // Unknown values are kept, so a match needs an arm for them.
//! let status: MailboxStatus = serde_json::from_str("\"ARCHIVED\"")?;
//! assert_eq!(status.as_str(), "ARCHIVED");
//! assert!(!matches!(status, MailboxStatus::Active));
//!
//! // A number can be sent as text.
//! assert_eq!(serde_json::from_str::<Numeric>("\"16\"")?.as_i64(), Some(16));
//! # Ok(())
//! # }
//! ```
//!
//! A test against [the sandbox](super::testing_with_the_sandbox) shows which operations a program uses
//! (`Sandbox::request_counts`). Check these in the documentation of v3.
//!
//! [`operations`]: crate::operations
