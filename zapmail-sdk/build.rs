//! Generates the raw client from the document in `zapmail-openapi`, as a few files in `OUT_DIR`.
//!
//! | step | file |
//! | --- | --- |
//! | remove the parts that progenitor cannot handle | `zapmail_openapi::codegen`, shared with the mocks |
//! | generate the client with progenitor | `build/client.rs` |
//! | complete the generated code: sending, constructors, documentation, tolerance | `build/postprocess/` |
//! | generate the id types | `build/ids.rs` |
//! | generate the open enums and the table of operations | `build/open_enums.rs`, `build/operations.rs` |
//! | with the feature `schemars`, generate the table of schemas that the tests compare | `build/schemas.rs` |

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a failure to generate code fails the build, with a message that names the cause"
)]

#[path = "build/client.rs"]
mod client;
#[path = "build/ids.rs"]
mod ids;
#[path = "build/open_enums.rs"]
mod open_enums;
#[path = "build/operations.rs"]
mod operations;
#[path = "build/postprocess/mod.rs"]
mod postprocess;
#[path = "build/schemas.rs"]
mod schemas;

use std::path::PathBuf;
use std::{env, fs};

use zapmail_openapi::codegen::Document;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let document = Document::parse(zapmail_openapi::DOCUMENT).unwrap_or_else(|error| panic!("{error}"));

    let mut client = client::generate(&document);
    let additions = postprocess::postprocess(&mut client, &document);

    let mut files = vec![
        ("client.rs", prettyplease::unparse(&client)),
        ("client_methods.rs", additions.methods.to_string()),
        ("paging.rs", formatted(additions.paging)),
        ("ids.rs", ids::generate(&document)),
        ("open_enums.rs", open_enums::generate(&document)),
        ("operations.rs", operations::generate(&document, zapmail_openapi::DOCUMENT)),
    ];
    if env::var_os("CARGO_FEATURE_SCHEMARS").is_some() {
        files.push(("schemas.rs", schemas::generate(&document)));
    }
    for (name, code) in files {
        fs::write(out_dir.join(name), code).unwrap_or_else(|error| panic!("cannot write {name}: {error}"));
    }
}

/// Formats generated code as rustfmt would, so that the file is readable.
fn formatted(tokens: proc_macro2::TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("the generated code is valid Rust"))
}
