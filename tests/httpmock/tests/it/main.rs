//! The mocks, driven by the clients that they are for.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod matching;
/// The example of README.md.
mod readme;
mod replies;

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
