//! The raw client as others see it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod requests;
mod schemas;
