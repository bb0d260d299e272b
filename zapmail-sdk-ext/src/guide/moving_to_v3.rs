//! Keep your program ready for version 3 of the API. This crate uses version 2; you need this page if your program will
//! run for a long time, or if it also calls version 3.
//!
//! # What to do now
//!
//! Your program does not need to change yet. These habits keep the later change small. This example makes no calls, so
//! it needs no key:
//!
//! ```
//! use zapmail_sdk_ext::{NumberOrText, operations, types::MailboxStatus};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // The version is part of each path. Do not build URLs yourself, and set `base_url` without the version.
//!     assert_eq!(operations::BASE_URL, "https://api.zapmail.ai/api");
//!     assert!(operations::OPERATIONS.iter().all(|operation| operation.path.starts_with("/v2/")));
//!
//!     // These operations are already deprecated in v2. Their methods are `#[deprecated]`, so the compiler warns.
//!     let deprecated: Vec<_> = operations::OPERATIONS.iter().filter(|operation| operation.deprecated).collect();
//!     let ids: Vec<_> = deprecated.iter().map(|operation| operation.id).collect();
//!     assert_eq!(ids, ["check_dns_records", "get_name_servers", "schedule_mailbox_creation", "verify_name_servers"]);
//!
//!     // Unknown values are kept, so a `match` needs an arm for them.
//!     let status: MailboxStatus = serde_json::from_str("\"ARCHIVED\"")?;
//!     assert_eq!(status.as_str(), "ARCHIVED");
//!     assert!(!matches!(status, MailboxStatus::Active));
//!
//!     // The service can send a number as text.
//!     assert_eq!(serde_json::from_str::<NumberOrText>("\"16\"")?.as_i64(), Some(16));
//!     Ok(())
//! }
//! ```
//!
//! To learn which operations your program uses, run a test against [the sandbox](super::testing_with_the_sandbox) and
//! read `Sandbox::request_counts`. Look up these operations in the documentation of v3.
//!
//! # What is known
//!
//! This is the state of November 2026, according to the service's page on versions:
//!
//! | version | state | end of life |
//! | --- | --- | --- |
//! | v1 | unknown | April 2027 |
//! | v2, used by this crate | in maintenance since November 2026 | January 2028 |
//! | v3 | active since November 2026 | none announced |
//!
//! All versions have the same base URL, and the version is the first segment of the path:
//! `https://api.zapmail.ai/api/v2/...`. The rate limits apply to a key across versions: calls to v2 and v3 share the 5
//! requests per second.
//!
//! # What is not known
//!
//! The documentation of v3 has not been surveyed for this project. It is not known which operations of v2 exist in v3
//! and under which names, whether responses keep their envelope, whether ids stay the same, and what errors look like.
//! No table maps the operations of v2 to those of v3, because we do not guess. It is also not known what happens to
//! requests to v2 after January 2028.
//!
//! # How the crates will support v3
//!
//! - All of v2 comes from one OpenAPI document (`zapmail-openapi`), in which the version is part of each path. v3 will
//!   be added in the same way, from its documentation pages. The document does not contain any operation of v3 yet.
//! - The policies of a call (rate limits, retries, spending, pagination, errors) depend on the table of [`operations`],
//!   not on paths, so they also apply to new operations.
//! - A breaking change of the document needs a new major version of the crates (a new minor version for 0.x);
//!   `cargo xtask diff` reports it. The removal of v2 will be such a change.
//! - `cargo xtask drift` compares the document with the official pages, and counts the pages of other versions.
//!
//! This is the last page of the path. Next: [the guide](super), to look up a task, or [`Zapmail`](crate::Zapmail),
//! which lists all operations.
//!
//! [`operations`]: crate::operations
