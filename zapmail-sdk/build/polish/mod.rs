//! What progenitor's code lacks, one pass a file.

mod docs;
mod examples;
mod json_schema;
mod null_lists;
mod requests;
mod tls;
mod type_builders;
mod untyped;

use zapmail_openapi::codegen::Document;

pub fn polish(client: &mut syn::File, document: &Document) {
    client.items.retain(|item| !matches!(item, syn::Item::Mod(module) if module.ident == "prelude"));
    type_builders::only_for_requests(client, document);
    untyped::hide(client);
    null_lists::accept_null(client);
    tls::hand_over(client);
    json_schema::derive_with_feature(client);
    docs::complete(client, document);
    examples::compile(client, document);
    requests::separate(client, document);
}

/// The inline module of this name, somewhere in these items.
fn module<'a>(items: &'a mut [syn::Item], name: &str) -> &'a mut Vec<syn::Item> {
    let found = items.iter_mut().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == name => module.content.as_mut().map(|(_, items)| items),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("progenitor writes a module `{name}`"))
}
