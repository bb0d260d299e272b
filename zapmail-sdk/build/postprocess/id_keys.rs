//! Id keys: maps that are keyed by ids use the id type as their key type.

use heck::ToPascalCase;
use quote::{ToTokens, format_ident};
use syn::visit_mut::VisitMut;
use syn::{Fields, Item, Type, parse_quote};
use zapmail_openapi::codegen::{self, Document, text};

use super::module;
use super::visitor::{Pass, Visitor};

pub fn set_types(client: &mut syn::File, document: &Document) {
    let types = module(&mut client.items, "types");
    for (name, schema) in document.schemas() {
        let kind = text(&schema["x-zapmail-key-id"]);
        if kind.is_empty() {
            continue;
        }
        let (name, id) = (name.to_pascal_case(), format_ident!("{}", codegen::id_type(kind)));
        let map = map_of(types, &name).unwrap_or_else(|| {
            panic!("progenitor no longer generates `{name}` as a map; update build/postprocess/id_keys.rs")
        });
        let with_id = with_key(&map, &parse_quote!(crate::ids::#id));
        let mut replace = Replace { old: map.to_token_stream().to_string(), new: with_id };
        types
            .iter_mut()
            .filter(|item| mentions(item, &name))
            .for_each(|item| Visitor(&mut replace).visit_item_mut(item));
    }
}

/// Returns the map type inside a newtype.
fn map_of(types: &[Item], name: &str) -> Option<Type> {
    types.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => match &item.fields {
            Fields::Unnamed(fields) => fields.unnamed.first().map(|field| field.ty.clone()),
            _ => None,
        },
        _ => None,
    })
}

fn with_key(map: &Type, key: &Type) -> Type {
    let mut map = map.clone();
    if let Type::Path(path) = &mut map
        && let Some(last) = path.path.segments.last_mut()
        && let syn::PathArguments::AngleBracketed(arguments) = &mut last.arguments
        && let Some(first) = arguments.args.first_mut()
    {
        *first = parse_quote!(#key);
    }
    map
}

fn mentions(item: &Item, name: &str) -> bool {
    item.to_token_stream().into_iter().any(|token| contains(token, name))
}

fn contains(token: proc_macro2::TokenTree, name: &str) -> bool {
    match token {
        proc_macro2::TokenTree::Ident(ident) => ident == name,
        proc_macro2::TokenTree::Group(group) => group.stream().into_iter().any(|token| contains(token, name)),
        _ => false,
    }
}

struct Replace {
    old: String,
    new: Type,
}

impl Pass for Replace {
    fn ty(&mut self, ty: &mut Type) {
        if ty.to_token_stream().to_string() == self.old {
            *ty = self.new.clone();
        }
    }
}
