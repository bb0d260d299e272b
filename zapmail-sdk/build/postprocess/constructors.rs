//! Constructors and setters.
//!
//! The service adds properties without notice, so every generated struct is `#[non_exhaustive]`. `new` takes the
//! required fields. Request types have a setter for each optional field. All fields are public.

use std::collections::BTreeSet;

use heck::{ToPascalCase, ToSnakeCase};
use quote::{format_ident, quote};
use syn::{Fields, Item, ItemImpl, Type, parse_quote};
use zapmail_openapi::codegen::{Document, entries};

use super::{argument_of, module};

pub fn complete(client: &mut syn::File, document: &Document) {
    let requests: Vec<_> = document.request_schemas().iter().map(|name| name.to_pascal_case()).collect();
    let widening = widening(document);
    let types = module(&mut client.items, "types");
    // Remove progenitor's `fn builder()` of each type, whose builders were removed.
    types.retain(|item| !matches!(item, Item::Impl(block) if block.trait_.is_none() && has_only(block, "builder")));
    let mut constructors = Vec::new();
    for item in types.iter_mut() {
        match item {
            Item::Struct(item) => {
                if matches!(item.fields, Fields::Named(_)) {
                    item.attrs.push(parse_quote!(#[non_exhaustive]));
                    let is_request = requests.contains(&item.ident.to_string());
                    constructors.extend(constructor(item, is_request, &widening));
                }
            }
            Item::Enum(item) => item.attrs.push(parse_quote!(#[non_exhaustive])),
            _ => {}
        }
    }
    types.extend(constructors.into_iter().map(Item::Impl));
}

fn has_only(block: &ItemImpl, name: &str) -> bool {
    matches!(block.items.as_slice(), [syn::ImplItem::Fn(function)] if function.sig.ident == name)
}

/// Returns the properties, as type and field, that can select more than the ids in the same schema.
fn widening(document: &Document) -> BTreeSet<(String, String)> {
    let properties = document.schemas().flat_map(|(name, schema)| {
        entries(&schema["properties"]).map(move |(property, value)| (name, property, value))
    });
    properties
        .filter(|(_, _, value)| value["x-zapmail-widens"] == true)
        .map(|(name, property, _)| (name.to_pascal_case(), property.to_snake_case()))
        .collect()
}

fn constructor(item: &syn::ItemStruct, is_request: bool, widening: &BTreeSet<(String, String)>) -> Option<ItemImpl> {
    let name = &item.ident;
    let fields: Vec<_> =
        item.fields.iter().filter_map(|field| Some((field.ident.as_ref()?, &field.ty, is_required(field)))).collect();
    let required: Vec<_> = fields.iter().filter(|(_, _, required)| *required).collect();
    let mut items: Vec<syn::ImplItem> = Vec::new();
    if !required.is_empty() || is_request {
        let arguments = required.iter().map(|(name, ty, _)| {
            let parameter = parameter_type(ty);
            quote!(#name: #parameter)
        });
        let values = fields.iter().map(|(name, ty, required)| match required {
            true => {
                let value = field_value(name, ty);
                quote!(#name: #value)
            }
            false => quote!(#name: ::std::default::Default::default()),
        });
        let text = if required.is_empty() {
            "Creates a value with no fields set."
        } else {
            "Creates a value with the required fields."
        };
        items.push(parse_quote! {
            #[doc = #text]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#values),* }
            }
        });
    }
    if is_request {
        for (name, ty, _) in fields.iter().filter(|(_, _, required)| !required) {
            let inner = argument_of(ty, "Option");
            let parameter = parameter_type(inner.unwrap_or(ty));
            let value = field_value(name, inner.unwrap_or(ty));
            let value = if inner.is_some() { quote!(::std::option::Option::Some(#value)) } else { value };
            // The name reflects the effect: `or_contains` adds domains to those selected by id.
            let widens = widening.contains(&(item.ident.to_string(), name.to_string()));
            let setter = if widens { format_ident!("or_{name}") } else { (*name).clone() };
            items.push(parse_quote! {
                #[must_use]
                pub fn #setter(mut self, #name: #parameter) -> Self {
                    self.#name = #value;
                    self
                }
            });
        }
    }
    (!items.is_empty()).then(|| parse_quote!(impl #name { #(#items)* }))
}

/// Whether a field is required: it is neither optional nor a list that may be empty.
fn is_required(field: &syn::Field) -> bool {
    let has_default = field.attrs.iter().any(|attribute| {
        let tokens = attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
        attribute.path().is_ident("serde") && (tokens.contains("default") || tokens.contains("flatten"))
    });
    !has_default && argument_of(&field.ty, "Option").is_none()
}

/// Returns the parameter type for a field: any type that converts into the field's type or, for a list, any iterator
/// over types that convert into its elements.
fn parameter_type(ty: &Type) -> Type {
    if let Some(element) = argument_of(ty, "Vec") {
        return parse_quote!(impl ::std::iter::IntoIterator<Item = impl ::std::convert::Into<#element>>);
    }
    match is_plain(ty) {
        true => ty.clone(),
        false => parse_quote!(impl ::std::convert::Into<#ty>),
    }
}

fn field_value(name: &syn::Ident, ty: &Type) -> proc_macro2::TokenStream {
    if argument_of(ty, "Vec").is_some() {
        return quote!(#name.into_iter().map(::std::convert::Into::into).collect());
    }
    match is_plain(ty) {
        true => quote!(#name),
        false => quote!(#name.into()),
    }
}

/// Whether a type is a number or a boolean, for which `Into` would only make the type of a literal ambiguous.
fn is_plain(ty: &Type) -> bool {
    let plain = ["bool", "u32", "u64", "i32", "i64", "f32", "f64"].map(|name| format_ident!("{name}"));
    matches!(ty, Type::Path(path) if plain.iter().any(|name| path.path.is_ident(name)))
}
