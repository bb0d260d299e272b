//! Integration tests of the raw client's public API.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod requests;
mod schemas;
