//! Completes progenitor's code, one pass per file. A pass that does not find the code it changes fails the build.

mod builders;
mod constructors;
mod data;
mod docs;
mod id_keys;
mod inline;
mod json_schema;
mod methods;
mod money;
mod nullable_lists;
mod paging;
mod raw_json;
mod unions;
mod visitor;

use proc_macro2::TokenStream;
use zapmail_openapi::codegen::Document;

/// The code that is generated in addition to the client itself.
pub struct Additions {
    /// The macro that defines the methods for a wrapping client.
    pub methods: TokenStream,
    pub paging: TokenStream,
}

/// Completes the client.
pub fn postprocess(client: &mut syn::File, document: &Document) -> Additions {
    client.items.retain(|item| !is_replaced(item));
    let types = module(&mut client.items, "types");
    types.retain(|item| !matches!(item, syn::Item::Mod(module) if module.ident == "builder"));
    raw_json::hide(client);
    nullable_lists::accept_null(client);
    money::exact(client);
    id_keys::set_types(client, document);
    unions::by_first_byte(client, document);
    json_schema::derive_with_feature(client);
    constructors::complete(client, document);
    docs::complete(client, document);
    let data = data::of_operations(client, document);
    builders::complete(client, document, &data);
    methods::complete(client, document, &data);
    inline::mark(client);
    Additions {
        methods: methods::for_wrapping_client(document, &data),
        paging: paging::generate(client, document, &data),
    }
}

/// Whether an item belongs to progenitor's own client, which `src/client.rs` replaces.
fn is_replaced(item: &syn::Item) -> bool {
    match item {
        syn::Item::Mod(module) => module.ident == "prelude",
        syn::Item::Struct(item) => item.ident == "Client",
        syn::Item::Use(_) | syn::Item::Const(_) => true,
        syn::Item::Impl(block) => {
            let is_constructor =
                |item: &syn::ImplItem| matches!(item, syn::ImplItem::Fn(function) if function.sig.ident == "new");
            block.trait_.is_some() || block.items.iter().any(is_constructor)
        }
        _ => false,
    }
}

/// Returns the items of the inline module with this name.
fn module<'a>(items: &'a mut [syn::Item], name: &str) -> &'a mut Vec<syn::Item> {
    let found = items.iter_mut().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == name => module.content.as_mut().map(|(_, items)| items),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("progenitor no longer generates a module `{name}`; update build/postprocess"))
}

/// Returns the name of the type in an `impl` block.
fn self_name(block: &syn::ItemImpl) -> String {
    match &*block.self_ty {
        syn::Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default(),
        _ => String::new(),
    }
}

/// Returns the type argument `T` of `Option<T>`, `Vec<T>` or similar.
fn argument_of<'a>(ty: &'a syn::Type, outer: &str) -> Option<&'a syn::Type> {
    let syn::Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == outer)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        syn::GenericArgument::Type(argument) => Some(argument),
        _ => None,
    }
}
