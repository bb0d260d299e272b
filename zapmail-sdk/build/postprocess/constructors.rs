//! Constructors and setters.
//!
//! The service adds properties without notice, so every generated struct is `#[non_exhaustive]`. `new` takes what is
//! required; the types of requests have a setter for everything else, and the fields of all are public.

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
    // progenitor's `fn builder()` of each type, whose builders are gone.
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

/// The properties, by type and field, that select more than the ids beside them.
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
        let arguments = required.iter().map(|(name, of, _)| {
            let taken = taken(of);
            quote!(#name: #taken)
        });
        let values = fields.iter().map(|(name, of, required)| match required {
            true => {
                let value = value(name, of);
                quote!(#name: #value)
            }
            false => quote!(#name: ::std::default::Default::default()),
        });
        let text = if required.is_empty() {
            "Creates a value with nothing set."
        } else {
            "Creates a value with what is required."
        };
        items.push(parse_quote! {
            #[doc = #text]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#values),* }
            }
        });
    }
    if is_request {
        for (name, of, _) in fields.iter().filter(|(_, _, required)| !required) {
            let inner = argument_of(of, "Option");
            let taken = taken(inner.unwrap_or(of));
            let value = value(name, inner.unwrap_or(of));
            let value = if inner.is_some() { quote!(::std::option::Option::Some(#value)) } else { value };
            // Named for what it does: `or_contains` adds domains to those that are listed.
            let widens = widening.contains(&(item.ident.to_string(), name.to_string()));
            let setter = if widens { format_ident!("or_{name}") } else { (*name).clone() };
            items.push(parse_quote! {
                #[must_use]
                pub fn #setter(mut self, #name: #taken) -> Self {
                    self.#name = #value;
                    self
                }
            });
        }
    }
    (!items.is_empty()).then(|| parse_quote!(impl #name { #(#items)* }))
}

/// Whether a value has to be passed: neither optional nor a list that may be empty.
fn is_required(field: &syn::Field) -> bool {
    let has_default = field.attrs.iter().any(|attribute| {
        let tokens = attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
        attribute.path().is_ident("serde") && (tokens.contains("default") || tokens.contains("flatten"))
    });
    !has_default && argument_of(&field.ty, "Option").is_none()
}

/// The parameter for a value of this type: anything that becomes it, and for a list, anything that yields its elements.
fn taken(of: &Type) -> Type {
    if let Some(element) = argument_of(of, "Vec") {
        return parse_quote!(impl ::std::iter::IntoIterator<Item = impl ::std::convert::Into<#element>>);
    }
    match is_plain(of) {
        true => of.clone(),
        false => parse_quote!(impl ::std::convert::Into<#of>),
    }
}

fn value(name: &syn::Ident, of: &Type) -> proc_macro2::TokenStream {
    if argument_of(of, "Vec").is_some() {
        return quote!(#name.into_iter().map(::std::convert::Into::into).collect());
    }
    match is_plain(of) {
        true => quote!(#name),
        false => quote!(#name.into()),
    }
}

/// Numbers and flags, for which `Into` would only leave the type of a literal open.
fn is_plain(of: &Type) -> bool {
    let plain = ["bool", "u32", "u64", "i32", "i64", "f32", "f64"].map(|name| format_ident!("{name}"));
    matches!(of, Type::Path(path) if plain.iter().any(|name| path.path.is_ident(name)))
}
