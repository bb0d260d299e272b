//! Open enums: for each string enum that an answer can contain, one that keeps the values it does not know.
//!
//! What is written is a call of the macro `open_enum` (`src/open_enum.rs`), a readable table.

use heck::ToPascalCase;
use quote::{format_ident, quote};
use zapmail_openapi::codegen::{self, Document, elements, text};

pub fn generate(document: &Document) -> String {
    let enums = codegen::open_enums(document);
    let enums = enums.iter().map(|(name, schema)| {
        let description = text(&schema["description"]);
        let name = format_ident!("{name}");
        let values: Vec<_> = elements(&schema["enum"]).filter_map(|value| value.as_str()).collect();
        let variants = values.iter().map(|value| {
            assert!(
                !value.eq_ignore_ascii_case("unknown"),
                "{name}: the value {value} takes the name of the variant for all others"
            );
            format_ident!("{}", value.to_pascal_case())
        });
        let docs = values.iter().map(|value| format!("`{value}`"));
        quote! {
            crate::open_enum::open_enum! {
                #[doc = #description]
                #name { #(#[doc = #docs] #variants = #values,)* }
            }
        }
    });
    quote!(#(#enums)*).to_string()
}
