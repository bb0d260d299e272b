//! Makes the mocks from the document: reads `zapmail-openapi`, writes one file into `OUT_DIR`.
//!
//! The document is simplified and its types are named by `zapmail_openapi::codegen`, as they are for `zapmail-sdk`: a
//! mock takes and gives that crate's very types. What progenitor's mocks lack is added in `build/polish/`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be generated ends the build, with a message that names it"
)]

#[path = "build/polish/mod.rs"]
mod polish;

use std::path::PathBuf;
use std::{env, fs};

use progenitor::Generator;
use zapmail_openapi::codegen::{self, Document};

/// The crate whose types the mocks speak of.
const SDK: &str = "zapmail_sdk";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let document = Document::parse(zapmail_openapi::DOCUMENT).unwrap_or_else(|error| panic!("{error}"));

    let mut mocks = generate(&document);
    polish::polish(&mut mocks, &document);
    fs::write(folder.join("mocks.rs"), prettyplease::unparse(&mocks)).expect("OUT_DIR can be written");
}

/// The mocks as progenitor writes them.
fn generate(document: &Document) -> syn::File {
    let spec = serde_json::from_value(codegen::simplify(document))
        .expect("zapmail.json is OpenAPI 3.0; run `cargo xtask check`");
    let tokens = Generator::new(&codegen::type_settings(document, SDK)).httpmock(&spec, SDK);
    let tokens = tokens.unwrap_or_else(|error| panic!("progenitor cannot read zapmail.json: {error}"));
    syn::parse2(tokens).expect("progenitor writes Rust")
}
