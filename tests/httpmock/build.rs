//! Generates the mocks from the document: reads `zapmail-openapi`, writes one file into `OUT_DIR`.
//!
//! `zapmail_openapi::codegen` simplifies the document and names its types, as it does for `zapmail-sdk`: mocks use the
//! types of that crate. `build/polish/` adds what progenitor's mocks lack.

#![allow(clippy::expect_used, clippy::panic, reason = "a failure to generate code ends the build with a message")]

#[path = "build/polish/mod.rs"]
mod polish;

use std::path::PathBuf;
use std::{env, fs};

use progenitor::Generator;
use serde_json::Value;
use zapmail_openapi::codegen::{self, Document, elements};

/// The crate whose types the mocks use.
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
    let mut simple = codegen::simplify(document);
    add_headers(&mut simple, document);
    let spec = serde_json::from_value(simple).expect("zapmail.json is OpenAPI 3.0; run `cargo xtask check`");
    let tokens = Generator::new(&codegen::type_settings(document, SDK)).httpmock(&spec, SDK);
    let tokens = tokens.unwrap_or_else(|error| panic!("progenitor cannot read zapmail.json: {error}"));
    syn::parse2(tokens).expect("progenitor writes Rust")
}

/// Adds the header parameters, which the simplified document lacks: no builder sets one, but a mock matches them.
fn add_headers(simple: &mut Value, document: &Document) {
    for operation in document.operations() {
        let headers = elements(&operation.value["parameters"])
            .filter(|parameter| document.resolve(parameter)["in"] == "header")
            .cloned();
        let parameters = simple["paths"][operation.path][operation.method].get_mut("parameters");
        if let Some(parameters) = parameters.and_then(Value::as_array_mut) {
            parameters.extend(headers);
        }
    }
}
