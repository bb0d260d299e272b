//! The client that progenitor writes, as a syntax tree.

use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;
use schemars08::schema::{InstanceType, SchemaObject};

use crate::document::Document;
use crate::simplify;

pub fn generate(document: &Document) -> syn::File {
    let spec = serde_json::from_value(simplify::simplify(document))
        .expect("zapmail.json is OpenAPI 3.0; run `cargo xtask check`");
    let tokens = Generator::new(&settings(document)).generate_tokens(&spec);
    let tokens = tokens.unwrap_or_else(|error| panic!("progenitor cannot read zapmail.json: {error}"));
    syn::parse2(tokens).expect("progenitor writes Rust")
}

fn settings(document: &Document) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::SharedTransport))
        .with_derive("PartialEq")
        .with_map_type("::std::collections::BTreeMap")
        .with_conversion(credential(), "crate::Secret", [TypeImpl::FromStr].into_iter());
    for (name, _) in simplify::open_enums(document) {
        let path = format!("crate::open_enums::{name}");
        settings.with_replacement(name, path, [TypeImpl::FromStr, TypeImpl::Display].into_iter());
    }
    for name in simplify::numeric(document) {
        settings.with_replacement(name, "crate::Numeric", std::iter::empty());
    }
    settings
}

/// What a live credential looks like in the document.
fn credential() -> SchemaObject {
    SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some("password".to_owned()),
        ..SchemaObject::default()
    }
}
