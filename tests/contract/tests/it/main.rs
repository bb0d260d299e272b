//! Every operation of the document, and whether the tests would notice if it were otherwise.

mod mutations;
mod tables;

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
