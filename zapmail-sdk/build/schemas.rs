//! The schema that each component's type derives, under the component's name: a table for the tests.

use heck::ToPascalCase;
use quote::{format_ident, quote};
use zapmail_openapi::codegen::{self, Document};

pub fn generate(document: &Document) -> String {
    let numeric: Vec<_> = codegen::numeric(document).collect();
    let rows = document.schemas().map(|(name, _)| {
        let of = if numeric.contains(&name) {
            quote!(zapmail_sdk::Numeric)
        } else {
            let of = format_ident!("{}", name.to_pascal_case());
            quote!(zapmail_sdk::types::#of)
        };
        quote!((#name, || schemars::schema_for!(#of)))
    });
    quote! {
        type Derive = fn() -> schemars::Schema;
        /// By component, the schema of its type.
        const DERIVED: &[(&str, Derive)] = &[#(#rows),*];
    }
    .to_string()
}
