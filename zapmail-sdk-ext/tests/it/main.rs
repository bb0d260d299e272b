//! The policies, against a server that misbehaves on cue.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod clients;
mod collector;
mod errors;
mod limits;
mod lists;
mod own_transport;
mod pauses;
mod retries;
mod server;
mod settings;
mod traces;
