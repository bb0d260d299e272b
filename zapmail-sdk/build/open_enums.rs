//! Open enums: for each string enum that a response can contain, an enum that preserves unknown values.
//!
//! The generated code calls the macro `open_enum` (`src/open_enum.rs`) with a readable table of variants and values.

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
                "{name}: the value {value} conflicts with the variant for unknown values"
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
