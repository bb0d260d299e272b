//! Generates the mocks from the document in `zapmail-openapi`, and writes them to one file in `OUT_DIR`.
//!
//! `zapmail_openapi::codegen` simplifies the document and names its types in the same way as for `zapmail-sdk`, because
//! mocks use the types of that crate. `build/postprocess/` corrects and completes progenitor's mocks.

#![allow(clippy::expect_used, clippy::panic, reason = "a failure to generate code ends the build with a message")]

#[path = "build/postprocess/mod.rs"]
mod postprocess;

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
    postprocess::postprocess(&mut mocks, &document);
    fs::write(folder.join("mocks.rs"), prettyplease::unparse(&mocks)).expect("OUT_DIR is writable");
}

/// Generates the mocks with progenitor.
fn generate(document: &Document) -> syn::File {
    let mut simplified = codegen::simplify(document);
    add_headers(&mut simplified, document);
    let spec = serde_json::from_value(simplified).expect("zapmail.json is OpenAPI 3.0; run `cargo xtask check`");
    let tokens = Generator::new(&codegen::type_settings(document, SDK)).httpmock(&spec, SDK);
    let tokens = tokens.unwrap_or_else(|error| panic!("progenitor cannot read zapmail.json: {error}"));
    syn::parse2(tokens).expect("progenitor generates valid Rust")
}

/// Adds the header parameters, which the simplified document omits: request builders have no methods for them, but
/// mocks match them.
fn add_headers(simplified: &mut Value, document: &Document) {
    for operation in document.operations() {
        let headers = elements(&operation.value["parameters"])
            .filter(|parameter| document.resolve(parameter)["in"] == "header")
            .cloned();
        let parameters = simplified["paths"][operation.path][operation.method].get_mut("parameters");
        if let Some(parameters) = parameters.and_then(Value::as_array_mut) {
            parameters.extend(headers);
        }
    }
}
