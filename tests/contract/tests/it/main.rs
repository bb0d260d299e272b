//! Every operation of the document, and whether the tests would notice if it were otherwise.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod fuzz;
mod mutations;
mod secrets;
mod spending;
mod tables;

// Of the tests of other crates, which use them as well.
#[path = "../../../../zapmail-sdk-ext/tests/it/collector.rs"]
mod collector;
#[path = "../../../sandbox/tests/it/fuzz/parts.rs"]
mod parts;
#[path = "../../../../zapmail-sdk-ext/tests/it/server.rs"]
mod server;

use zapmail_contract::{case, checks};

/// The document that the client was made from.
fn document() -> serde_json::Value {
    serde_json::from_str(zapmail_openapi::DOCUMENT).expect("zapmail.json is JSON")
}

/// Fails unless the client does what the document says of this operation.
async fn holds(id: &str) {
    let case = case::find(id).expect("the build script writes a case for each operation");
    if let Err(difference) = checks::all(&document(), case).await {
        panic!("{id}: {difference}");
    }
}

/// One test an operation, written by the build script.
mod operations {
    include!(concat!(env!("OUT_DIR"), "/tests.rs"));
}
