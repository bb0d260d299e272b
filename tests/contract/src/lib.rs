//! Contract tests: what the client sends and reads, against what the document says.
//!
//! The calls are generated from the document at build time (`build.rs`); what they should do is worked out from the
//! document at run time, so that a document that was changed on purpose must be noticed (`tests/it/mutations.rs`).

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "nothing but tests uses this crate, and a panic is how they fail"
)]

pub mod case;
pub mod checks;
pub mod compare;
pub mod expectation;
pub mod server;
pub mod values;

/// Key that the calls are made with.
pub const KEY: &str = "0d5f3c1e-not-a-real-key";

/// What an expectation found wrong.
pub type Verdict = Result<(), String>;

/// The README's programs are compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
