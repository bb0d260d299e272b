//! Contract tests: the requests and the decoded data of the clients are checked against the document.
//!
//! The calls are generated from the document at build time (`build.rs`). The expectations are derived from the document
//! at run time, so that a test can modify the document and expect a difference (`tests/it/mutations.rs`).

#![allow(clippy::expect_used, clippy::panic, reason = "only tests use this crate, and tests fail by panicking")]

pub mod case;
pub mod checks;
pub mod compare;
pub mod expectation;
pub mod server;
pub mod values;

/// The API key of the calls.
pub const KEY: &str = "0d5f3c1e-not-a-real-key";

/// The result of a check: `Err` describes the difference.
pub type Verdict = Result<(), String>;

/// Compiles the programs of the README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
