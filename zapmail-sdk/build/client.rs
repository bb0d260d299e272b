//! The client that progenitor generates, as a syntax tree.

use progenitor::{Generator, InterfaceStyle, TagStyle};
use zapmail_openapi::codegen::{self, Document};

pub fn generate(document: &Document) -> syn::File {
    let spec = serde_json::from_value(codegen::simplify(document))
        .expect("zapmail.json is OpenAPI 3.0; run `cargo xtask check`");
    let mut settings = codegen::type_settings(document, "crate");
    settings.with_interface(InterfaceStyle::Builder).with_tag(TagStyle::Merged);
    let tokens = Generator::new(&settings).generate_tokens(&spec);
    let tokens = tokens.unwrap_or_else(|error| panic!("progenitor cannot read zapmail.json: {error}"));
    syn::parse2(tokens).expect("progenitor generates valid Rust")
}
