//! Tests of the mocks with the client of `zapmail-sdk-ext`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

/// The example in the guide of zapmail-sdk-ext.
mod guide;
mod matching;
/// The example in README.md.
mod readme;
mod replies;

use std::path::Path;

use zapmail_sdk_ext::Zapmail;
use zapmail_sdk_httpmock::httpmock::MockServer;

/// Returns a client for the server.
fn client(server: &MockServer) -> Zapmail {
    Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build().unwrap()
}

#[test]
fn readme_contains_tested_example() {
    assert!(include_str!("../../README.md").contains(include_str!("readme.rs")));
}

/// The guide is in a crate that this crate depends on, so its example is tested here.
#[test]
fn guide_contains_tested_example() {
    let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    // A packaged crate does not contain the guide.
    if !workspace.join("Cargo.toml").exists() {
        return;
    }
    let guide = std::fs::read_to_string(workspace.join("zapmail-sdk-ext/src/guide/mocking.rs")).unwrap();
    let shown: String =
        guide.lines().map(|line| format!("{}\n", line.trim_start_matches("//!").trim_start_matches(' '))).collect();
    let run: String = include_str!("guide.rs").lines().map(|line| format!("{}\n", line.trim_start())).collect();
    assert!(shown.contains(&run), "the examples differ; copy tests/it/guide.rs to the guide, or vice versa");
}
