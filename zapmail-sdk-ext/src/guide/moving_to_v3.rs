//! This crate speaks version 2 of the API; version 3 exists, and this page says what is known of it, and what is not.
//!
//! # What is known
//!
//! As of November 2026, from the service's own page on versions:
//!
//! | version | state | end of life |
//! | --- | --- | --- |
//! | v1 | not noted | April 2027 |
//! | v2, this crate | in maintenance since November 2026 | January 2028 |
//! | v3 | active since November 2026 | none announced |
//!
//! The base URL is the same for all, and the version is the first segment behind it:
//! `https://api.zapmail.ai/api/v2/...`. The quota is counted per key, across versions: a program that uses v3 beside
//! this crate takes from the same 5 requests a second.
//!
//! # What is not known
//!
//! The pages of v3 have not been surveyed for this project. So it is open here which operations of v2 go over to v3
//! under which names, whether answers keep their envelope, whether ids stay the same, and how errors look. There is no
//! table of replacements: one that was guessed would be worse than none. What happens to a request to v2 after January
//! 2028 is not known either.
//!
//! # How the crates are to carry it
//!
//! - All of v2 comes from one OpenAPI document (`zapmail-openapi`), in which the version is a part of each path. v3 is
//!   to come the same way, from what its pages say. No operation of it is in the document yet.
//! - What stands around a call (quotas, retries, spending, lists, errors) goes by the table of [`operations`], and not
//!   by paths, so it holds for other operations as well.
//! - A change of the document that breaks programs is a new major version of the crates (of 0.x: a minor one), which
//!   `cargo xtask diff --check` demands. When the calls of v2 go, this is how it is told.
//! - `cargo xtask drift` compares the document with the official pages, and counts the pages of other versions.
//!
//! # What a program can do now
//!
//! Nothing has to change yet. These keep the way short:
//!
//! ```
//! use zapmail_sdk_ext::{Numeric, operations, types::MailboxStatus};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The version is in the paths, so nobody writes it down: build no URL by hand, and give `base_url` without it.
//! assert_eq!(operations::BASE_URL, "https://api.zapmail.ai/api");
//! assert!(operations::OPERATIONS.iter().all(|operation| operation.path.starts_with("/v2/")));
//!
//! // What the service wants to be used no more, in v2 already. The compiler does not warn of it; the table tells.
//! let deprecated: Vec<_> = operations::OPERATIONS.iter().filter(|operation| operation.deprecated).collect();
//! let ids: Vec<_> = deprecated.iter().map(|operation| operation.id).collect();
//! assert_eq!(ids, ["check_dns_records", "get_name_servers", "schedule_mailbox_creation", "verify_name_servers"]);
//!
//! // Values that nobody knows yet are kept, so a match has an arm for them.
//! let status: MailboxStatus = serde_json::from_str("\"ARCHIVED\"")?;
//! assert_eq!(status.as_str(), "ARCHIVED");
//! assert!(!matches!(status, MailboxStatus::Active));
//!
//! // A number may come as text.
//! assert_eq!(serde_json::from_str::<Numeric>("\"16\"")?.as_i64(), Some(16));
//! # Ok(())
//! # }
//! ```
//!
//! A test against [the sandbox](super::testing_with_the_sandbox) shows which operations a program uses
//! (`Sandbox::request_counts`): that list is what has to be looked up in the documentation of v3.
//!
//! [`operations`]: crate::operations
