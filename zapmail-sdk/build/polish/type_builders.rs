//! Builders only for what people build: the types of requests.
//!
//! progenitor writes a builder for every type. Those of answers are more than half of all generated code, and nobody
//! calls them.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use syn::{Item, ItemImpl, Type};
use zapmail_openapi::codegen::Document;

pub fn only_for_requests(client: &mut syn::File, document: &Document) {
    let requests: BTreeSet<_> = document.request_schemas().iter().map(|name| name.to_pascal_case()).collect();
    let types = super::module(&mut client.items, "types");

    let builders = super::module(types, "builder");
    let built: BTreeSet<_> = builders.iter().filter_map(struct_name).collect();
    let dropped: BTreeSet<_> = built.difference(&requests).cloned().collect();
    builders.retain(|item| !mentions(item, &dropped));

    types.retain(|item| match item {
        Item::Impl(block) => {
            !(makes_builder(block) && type_name(&block.self_ty).is_some_and(|name| dropped.contains(&name)))
        }
        _ => true,
    });
}

fn struct_name(item: &Item) -> Option<String> {
    match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

/// Whether an item of `types::builder` belongs to one of these types.
fn mentions(item: &Item, names: &BTreeSet<String>) -> bool {
    let name = match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Impl(block) => type_name(&block.self_ty),
        _ => None,
    };
    name.is_some_and(|name| names.contains(&name))
}

/// `impl Mailbox { pub fn builder() -> builder::Mailbox }`
fn makes_builder(block: &ItemImpl) -> bool {
    let only = block.items.len() == 1;
    only && block
        .items
        .iter()
        .any(|item| matches!(item, syn::ImplItem::Fn(function) if function.sig.ident == "builder"))
}

/// The last part of a type's path: `Mailbox` of `super::Mailbox`.
fn type_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}
