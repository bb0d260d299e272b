//! Unions: response types that are either a list or an object. serde's `untagged` reads the whole value before it tries
//! the variants, so errors inside it have no position. The first byte distinguishes the two.

use syn::{Fields, Item, parse_quote};
use zapmail_openapi::document::{Document, elements};

use super::module;

pub fn by_first_byte(client: &mut syn::File, document: &Document) {
    let types = module(&mut client.items, "types");
    let mut readers = Vec::new();
    for item in types.iter_mut() {
        let Item::Enum(union) = item else { continue };
        let Some((list, object)) = list_and_object(union, document) else { continue };
        let derive = union.attrs.iter_mut().find(|attribute| attribute.path().is_ident("derive"));
        let derive = derive
            .unwrap_or_else(|| panic!("{} has no derive attribute; update build/postprocess/unions.rs", union.ident));
        *derive = parse_quote!(#[derive(::serde::Serialize, Clone, Debug, PartialEq)]);
        let name = &union.ident;
        readers.push(parse_quote! {
            impl<'de> ::serde::Deserialize<'de> for #name {
                fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                    deserializer.deserialize_any(crate::tolerance::ListOrObject::new(Self::#list, Self::#object))
                }
            }
        });
    }
    assert_eq!(readers.len(), 2, "the unions in responses have changed; update build/postprocess/unions.rs");
    types.extend(readers);
}

/// Returns the list variant and the object variant of a union.
fn list_and_object(union: &syn::ItemEnum, document: &Document) -> Option<(syn::Ident, syn::Ident)> {
    let schema = &document.value()["components"]["schemas"][union.ident.to_string()];
    let kinds: Vec<_> = elements(&schema["oneOf"]).map(|schema| document.resolve(schema)["type"].as_str()).collect();
    let variants: Vec<_> =
        union.variants.iter().filter(|variant| matches!(variant.fields, Fields::Unnamed(_))).collect();
    let variant = |kind: &str| {
        let index = kinds.iter().position(|candidate| *candidate == Some(kind))?;
        variants.get(index).map(|variant| variant.ident.clone())
    };
    // The variants are in the same order as in the document.
    (kinds.len() == 2 && variants.len() == 2).then_some(())?;
    Some((variant("array")?, variant("object")?))
}
