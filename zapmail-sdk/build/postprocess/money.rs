//! Money: amounts are serialized and deserialized by [`money`](../../src/money.rs).

use quote::ToTokens;
use syn::visit_mut::VisitMut;

use super::argument_of;
use super::visitor::{Pass, Visitor};

pub fn exact(client: &mut syn::File) {
    Visitor(&mut Money).visit_file_mut(client);
}

struct Money;

impl Pass for Money {
    fn field(&mut self, field: &mut syn::Field) {
        let is_decimal = |ty: &syn::Type| ty.to_token_stream().to_string() == ":: rust_decimal :: Decimal";
        let is_property =
            field.attrs.iter().any(|attribute| attribute.path().is_ident("serde")) || field.ident.is_some();
        if is_decimal(&field.ty) && is_property {
            field.attrs.push(syn::parse_quote!(#[serde(
                serialize_with = "crate::money::required::serialize",
                deserialize_with = "crate::money::required::deserialize"
            )]));
            field.attrs.push(syn::parse_quote!(#[cfg_attr(feature = "schemars", schemars(with = "f64"))]));
        } else if argument_of(&field.ty, "Option").is_some_and(is_decimal) {
            field.attrs.push(syn::parse_quote!(#[serde(
                default,
                serialize_with = "crate::money::optional::serialize",
                deserialize_with = "crate::money::optional::deserialize"
            )]));
            field.attrs.push(syn::parse_quote!(#[cfg_attr(feature = "schemars", schemars(with = "Option<f64>"))]));
        }
    }
}
