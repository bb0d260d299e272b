//! Makes the raw client from the document: reads `zapmail-openapi`, writes a few files into `OUT_DIR`.
//!
//! | step | file |
//! | --- | --- |
//! | take away what progenitor cannot use | `zapmail_openapi::codegen`, which the mocks share |
//! | let progenitor write the client | `build/client.rs` |
//! | finish its code: documentation, tolerance, requests apart from sending, size | `build/polish/` |
//! | write the open enums and the table of operations | `build/open_enums.rs`, `build/operations.rs` |
//! | with the feature `schemars`: write the table of schemas that the tests compare | `build/schemas.rs` |

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be generated ends the build, with a message that names it"
)]

#[path = "build/client.rs"]
mod client;
#[path = "build/open_enums.rs"]
mod open_enums;
#[path = "build/operations.rs"]
mod operations;
#[path = "build/polish/mod.rs"]
mod polish;
#[path = "build/schemas.rs"]
mod schemas;

use std::path::PathBuf;
use std::{env, fs};

use zapmail_openapi::codegen::Document;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let document = Document::parse(zapmail_openapi::DOCUMENT).unwrap_or_else(|broken| panic!("{broken}"));

    let mut client = client::generate(&document);
    polish::polish(&mut client, &document);

    let mut files = vec![
        ("client.rs", prettyplease::unparse(&client)),
        ("open_enums.rs", open_enums::generate(&document)),
        ("operations.rs", operations::generate(&document, zapmail_openapi::DOCUMENT)),
    ];
    if env::var_os("CARGO_FEATURE_SCHEMARS").is_some() {
        files.push(("schemas.rs", schemas::generate(&document)));
    }
    for (name, code) in files {
        fs::write(folder.join(name), code).unwrap_or_else(|error| panic!("cannot write {name}: {error}"));
    }
}
