//! JSON Schema: every type derives `JsonSchema` if the feature `schemars` is enabled.

use syn::Item;

pub fn derive_with_feature(client: &mut syn::File) {
    for item in super::module(&mut client.items, "types") {
        if let Item::Struct(syn::ItemStruct { attrs, .. }) | Item::Enum(syn::ItemEnum { attrs, .. }) = item {
            attrs.push(syn::parse_quote!(#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]));
        }
    }
}
