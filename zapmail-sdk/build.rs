//! Makes the raw client from the document: reads `zapmail-openapi`, writes a few files into `OUT_DIR`.
//!
//! | step | file |
//! | --- | --- |
//! | take away what progenitor cannot use | `zapmail_openapi::codegen`, which the mocks share |
//! | let progenitor write the client | `build/client.rs` |
//! | complete its code: sending, constructors, documentation, tolerance | `build/postprocess/` |
//! | write the open enums and the table of operations | `build/open_enums.rs`, `build/operations.rs` |
//! | with the feature `schemars`: write the table of schemas that the tests compare | `build/schemas.rs` |

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be generated ends the build, with a message that names it"
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
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let document = Document::parse(zapmail_openapi::DOCUMENT).unwrap_or_else(|broken| panic!("{broken}"));

    let mut client = client::generate(&document);
    let additions = postprocess::postprocess(&mut client, &document);

    let mut files = vec![
        ("client.rs", prettyplease::unparse(&client)),
        ("client_methods.rs", additions.methods.to_string()),
        ("paging.rs", readable(additions.paging)),
        ("ids.rs", ids::generate(&document)),
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

/// Formatted as rustfmt would, for those who open the file.
fn readable(tokens: proc_macro2::TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("what is generated is Rust"))
}
