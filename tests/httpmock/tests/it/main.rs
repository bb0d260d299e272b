//! The mocks, driven by the clients that they are for.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

/// The example of the guide of zapmail-sdk-ext.
mod guide;
mod matching;
/// The example of README.md.
mod readme;
mod replies;

use std::path::Path;

use zapmail_sdk_ext::Zapmail;
use zapmail_sdk_httpmock::httpmock::MockServer;

/// A client of this server.
fn client(server: &MockServer) -> Zapmail {
    Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build().unwrap()
}

#[test]
fn the_readme_shows_an_example_that_is_run() {
    assert!(include_str!("../../README.md").contains(include_str!("readme.rs")));
}

/// The guide stands in a crate that this one depends on, so its example runs here.
#[test]
fn the_guide_shows_an_example_that_is_run() {
    let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    // The packed crate is without the guide.
    if !workspace.join("Cargo.toml").exists() {
        return;
    }
    let guide = std::fs::read_to_string(workspace.join("zapmail-sdk-ext/src/guide/mocking.rs")).unwrap();
    let shown: String =
        guide.lines().map(|line| format!("{}\n", line.trim_start_matches("//!").trim_start_matches(' '))).collect();
    let run: String = include_str!("guide.rs").lines().map(|line| format!("{}\n", line.trim_start())).collect();
    assert!(shown.contains(&run), "copy tests/it/guide.rs to the guide, or the other way round");
}
