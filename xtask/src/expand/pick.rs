//! One operation out of the generated client: its method, its builder, and the types it takes and gives.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{File, ImplItem, Item, ItemImpl, ItemMod};

use crate::suggest;

/// The formatted code of an operation.
///
/// # Errors
///
/// When there is no such operation, or the code is no Rust.
pub fn operation(client: &str, open_enums: &str, name: &str) -> Result<String> {
    let client = syn::parse_file(client).context("the generated client is no Rust")?;
    let open_enums = syn::parse_file(open_enums).context("the generated enums are no Rust")?;
    let (builder, method) = method(&client, name)?;
    let builder: Vec<_> = module(&client.items, "builder")
        .into_iter()
        .flatten()
        .filter(|item| is_about(item, &builder))
        .cloned()
        .collect();
    let mut types = types(&client, &open_enums);
    let mut wanted = BTreeSet::new();
    builder.iter().for_each(|item| collect(item.to_token_stream(), &types, &mut wanted));
    types.retain(|name, _| wanted.contains(name));
    let types = types.into_values();
    let file = syn::parse2(quote! {
        impl Client { #method }
        pub mod builder { #(#builder)* }
        pub mod types { #(#types)* }
    });
    Ok(prettyplease::unparse(&file.context("the picked code is no Rust")?))
}

/// The method of the client, and the name of the builder it gives.
fn method(client: &File, name: &str) -> Result<(String, ImplItem)> {
    let implementations = client.items.iter().filter_map(|item| match item {
        Item::Impl(ItemImpl { trait_: None, items, .. }) => Some(items),
        _ => None,
    });
    let methods: Vec<_> = implementations
        .flatten()
        .filter_map(|item| {
            let ImplItem::Fn(function) = item else { return None };
            Some((function.sig.ident.to_string(), builder(function)?, item))
        })
        .collect();
    let found = methods.iter().find(|(known, ..)| known == name).with_context(|| {
        let near = suggest::did_you_mean(name, methods.iter().map(|(known, ..)| known.as_str()));
        format!("no operation is called {name}{near}")
    })?;
    Ok((found.1.clone(), found.2.clone()))
}

/// `GetUser`, where a method returns `builder::GetUser<'_>`.
fn builder(method: &syn::ImplItemFn) -> Option<String> {
    let syn::ReturnType::Type(_, returned) = &method.sig.output else { return None };
    let syn::Type::Path(path) = returned.as_ref() else { return None };
    let segments = &path.path.segments;
    (segments.first()?.ident == "builder").then(|| Some(segments.last()?.ident.to_string()))?
}

fn module<'a>(items: &'a [Item], name: &str) -> Option<&'a Vec<Item>> {
    items.iter().find_map(|item| match item {
        Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) if ident == name => Some(items),
        _ => None,
    })
}

/// Whether an item is the struct of this name or implements something for it.
fn is_about(item: &Item, name: &str) -> bool {
    match item {
        Item::Struct(item) => item.ident == name,
        Item::Impl(item) => match item.self_ty.as_ref() {
            syn::Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == name),
            _ => false,
        },
        _ => false,
    }
}

/// All types by name, open enums as the enums that they become.
fn types(client: &File, open_enums: &File) -> BTreeMap<String, Item> {
    let own = module(&client.items, "types").into_iter().flatten().filter_map(|item| match item {
        Item::Struct(known) => Some((known.ident.to_string(), item.clone())),
        Item::Enum(known) => Some((known.ident.to_string(), item.clone())),
        Item::Type(known) => Some((known.ident.to_string(), item.clone())),
        _ => None,
    });
    let open = open_enums.items.iter().filter_map(|item| match item {
        Item::Macro(call) => open_enum(call.mac.tokens.clone()),
        _ => None,
    });
    own.chain(open).collect()
}

/// `#[doc = ".."] Name { Variant = "value", .. }` as the enum that it becomes.
fn open_enum(tokens: TokenStream) -> Option<(String, Item)> {
    let name = tokens.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(name) => Some(name),
        _ => None,
    })?;
    let before: TokenStream = tokens.clone().into_iter().take_while(|token| !is_ident(token)).collect();
    let after: TokenStream = tokens.into_iter().skip_while(|token| !is_ident(token)).skip(1).collect();
    let item = syn::parse2(quote!(#before #[non_exhaustive] pub enum #name #after)).ok()?;
    Some((name.to_string(), item))
}

fn is_ident(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(_))
}

/// The names of types that are used, directly or by others.
fn collect(tokens: TokenStream, types: &BTreeMap<String, Item>, wanted: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect(group.stream(), types, wanted),
            TokenTree::Ident(name) => {
                let name = name.to_string();
                if let Some(item) = types.get(&name)
                    && wanted.insert(name)
                {
                    collect(item.to_token_stream(), types, wanted);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::operation;

    const CLIENT: &str = r#"
        pub struct Client {}
        impl Client { pub fn baseurl(&self) -> &String { todo!() } }
        impl Client {
            #[doc = "One."]
            pub fn get_user(&self) -> builder::GetUser<'_> { builder::GetUser::new(self) }
            pub fn list_domains(&self) -> builder::ListDomains<'_> { builder::ListDomains::new(self) }
        }
        pub mod builder {
            pub struct GetUser<'a> { client: &'a super::Client }
            impl<'a> GetUser<'a> { pub async fn send(self) -> Result<types::User, ()> { todo!() } }
            pub struct ListDomains<'a> { client: &'a super::Client }
        }
        pub mod types {
            pub struct User { status: Option<crate::types::Status>, next: Box<Name> }
            pub struct Name(String);
            impl User {}
            pub struct Domain;
            pub mod builder { pub struct User; }
        }
    "#;
    const OPEN: &str = r#"crate::open_enum::open_enum! { #[doc = "How."] Status { #[doc = "`A`"] A = "A", } }"#;

    #[test]
    fn an_operation_comes_with_its_builder_and_the_types_it_uses() {
        let code = operation(CLIENT, OPEN, "get_user").unwrap();
        for there in
            ["///One.", "fn get_user", "struct GetUser", "fn send", "struct User", "enum Status", "struct Name"]
        {
            assert!(code.contains(there), "{there} in\n{code}");
        }
        for not_there in ["list_domains", "ListDomains", "struct Domain", "baseurl"] {
            assert!(!code.contains(not_there), "{not_there} in\n{code}");
        }
    }

    #[test]
    fn an_unknown_operation_names_the_nearest() {
        let error = operation(CLIENT, OPEN, "get_usr").unwrap_err().to_string();
        assert_eq!(error, "no operation is called get_usr; did you mean get_user?");
    }
}
