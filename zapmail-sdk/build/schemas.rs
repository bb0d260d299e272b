//! The derived schemas: a table for the tests, with the schema that each component's type derives.

use heck::ToPascalCase;
use quote::{format_ident, quote};
use zapmail_openapi::codegen::{self, Document};

pub fn generate(document: &Document) -> String {
    let number_or_text: Vec<_> = codegen::number_or_text(document).collect();
    let rows = document.schemas().map(|(name, _)| {
        let ty = if number_or_text.contains(&name) {
            quote!(zapmail_sdk::NumberOrText)
        } else {
            let ty = format_ident!("{}", name.to_pascal_case());
            quote!(zapmail_sdk::types::#ty)
        };
        quote!((#name, || schemars::schema_for!(#ty)))
    });
    quote! {
        type Derive = fn() -> schemars::Schema;
        /// The name of each component, and the schema that its type derives.
        const DERIVED: &[(&str, Derive)] = &[#(#rows),*];
    }
    .to_string()
}
