//! The derived schemas: a table, used by the tests, of the schema that the type of each component derives.

use heck::ToPascalCase;
use quote::{format_ident, quote};
use zapmail_openapi::codegen::{self, Document};

pub fn generate(document: &Document) -> String {
    let numeric: Vec<_> = codegen::numeric(document).collect();
    let rows = document.schemas().map(|(name, _)| {
        let ty = if numeric.contains(&name) {
            quote!(zapmail_sdk::Numeric)
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
