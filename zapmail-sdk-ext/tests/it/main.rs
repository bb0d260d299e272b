//! Integration tests: the policies of the client, against a server that injects faults.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod base_urls;
mod cancellation;
mod cases;
mod chunked;
mod clients;
mod collector;
mod connections;
mod delays;
mod derived_clients;
mod errors;
#[cfg(feature = "journal")]
mod examples;
mod ids;
#[cfg(feature = "journal")]
mod journal;
mod key_providers;
mod limits;
mod lists;
mod observers;
mod open_telemetry;
mod own_requests;
mod own_transport;
#[cfg(feature = "journal")]
mod provision;
mod proxies;
mod quoted_credentials;
mod redirects;
mod responses;
mod retries;
mod server;
mod settings;
mod threads;
mod traces;
