//! Selection of one operation from the generated client: its method, its builder, and the types that they use.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{File, ImplItem, Item, ItemImpl, ItemMod};

use crate::suggest;

/// Returns the formatted code of an operation.
///
/// # Errors
///
/// If the operation does not exist, or the code is not valid Rust.
pub fn operation(client: &str, open_enums: &str, name: &str) -> Result<String> {
    let client = syn::parse_file(client).context("the generated client is not valid Rust")?;
    let open_enums = syn::parse_file(open_enums).context("the generated enums are not valid Rust")?;
    let (builder, method) = method(&client, name)?;
    let builder: Vec<_> = module(&client.items, "builder")
        .into_iter()
        .flatten()
        .filter(|item| is_about(item, &builder))
        .cloned()
        .collect();
    let mut types = types(&client, &open_enums);
    let mut wanted = BTreeSet::new();
    let named = builder.iter().flat_map(|item| named_types(item.to_token_stream()));
    named.for_each(|name| collect(name, &types, &mut wanted));
    types.retain(|name, _| wanted.contains(name));
    let types = types.into_values().flatten();
    let file = syn::parse2(quote! {
        impl Client { #method }
        pub mod builder { #(#builder)* }
        pub mod types { #(#types)* }
    });
    Ok(prettyplease::unparse(&file.context("the selected code is not valid Rust")?))
}

/// The method of the client, and the name of the builder that it returns.
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
        format!("the generated client has no operation {name}{near}")
    })?;
    Ok((found.1.clone(), found.2.clone()))
}

/// The name of the builder that a method returns: `GetUser` for `builder::GetUser`.
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

/// Whether an item is the struct of this name, or an `impl` for it.
fn is_about(item: &Item, name: &str) -> bool {
    match item {
        Item::Struct(item) => item.ident == name,
        Item::Impl(item) => last_segment(&item.self_ty).is_some_and(|last| last == name),
        _ => false,
    }
}

fn last_segment(of: &syn::Type) -> Option<String> {
    match of {
        syn::Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}

/// All types by name, with their constructors and setters. Open enums are shown as the enums that they expand to.
fn types(client: &File, open_enums: &File) -> BTreeMap<String, Vec<Item>> {
    let own = module(&client.items, "types").into_iter().flatten().filter_map(|item| match item {
        Item::Struct(known) => Some((known.ident.to_string(), item.clone())),
        Item::Enum(known) => Some((known.ident.to_string(), item.clone())),
        Item::Type(known) => Some((known.ident.to_string(), item.clone())),
        Item::Impl(ItemImpl { trait_: None, self_ty, .. }) => Some((last_segment(self_ty)?, item.clone())),
        _ => None,
    });
    let open = open_enums.items.iter().filter_map(|item| match item {
        Item::Macro(call) => open_enum(call.mac.tokens.clone()),
        _ => None,
    });
    let mut types: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (name, item) in own.chain(open) {
        types.entry(name).or_default().push(item);
    }
    types
}

/// Expands `#[doc = ".."] Name { Variant = "value", .. }` to an enum.
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

/// The names that follow `types::`.
fn named_types(tokens: TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    let mut before: [String; 3] = Default::default();
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            names.extend(named_types(group.stream()));
        }
        let text = token.to_string();
        if before == ["types", ":", ":"] {
            names.push(text.clone());
        }
        before.rotate_left(1);
        before[2] = text;
    }
    names
}

/// Adds a type and all types that it uses, directly or indirectly.
fn collect(name: String, types: &BTreeMap<String, Vec<Item>>, wanted: &mut BTreeSet<String>) {
    if let Some(items) = types.get(&name)
        && wanted.insert(name)
    {
        items.iter().for_each(|item| collect_all(item.to_token_stream(), types, wanted));
    }
}

fn collect_all(tokens: TokenStream, types: &BTreeMap<String, Vec<Item>>, wanted: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect_all(group.stream(), types, wanted),
            TokenTree::Ident(name) => collect(name.to_string(), types, wanted),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::operation;

    const CLIENT: &str = r#"
        use crate::client::Client;
        impl Client {
            #[doc = "One."]
            pub fn get_user(&self) -> builder::GetUser { builder::GetUser::new(self) }
            pub fn list_domains(&self) -> builder::ListDomains { builder::ListDomains::new(self) }
        }
        pub mod builder {
            use crate::call::BuildError as Error;
            pub struct GetUser { client: super::Client }
            impl GetUser {
                pub fn send(self) -> crate::Pending<types::User> { crate::call::Request::send(self) }
                fn build(self) -> Result<Request, Error> { todo!() }
            }
            impl crate::call::Request for GetUser { fn decode(body: &Bytes) -> User { data(|it: types::Envelope| it.data) } }
            pub struct ListDomains { client: super::Client }
        }
        pub mod types {
            pub struct Envelope { data: Option<User> }
            pub struct User { status: Option<crate::types::Status>, next: Box<Name> }
            pub struct Name(String);
            impl User { pub fn new_user() -> Self { todo!() } }
            impl Clone for User { fn clone(&self) -> Self { todo!() } }
            pub struct Domain;
            pub struct Error;
        }
    "#;
    const OPEN: &str = r#"crate::open_enum::open_enum! { #[doc = "How."] Status { #[doc = "`A`"] A = "A", } }"#;

    #[test]
    fn operation_includes_its_builder_and_the_types_it_uses() {
        let code = operation(CLIENT, OPEN, "get_user").unwrap();
        for included in [
            "///One.",
            "fn get_user",
            "struct GetUser",
            "fn send",
            "Request for GetUser",
            "struct Envelope",
            "struct User",
            "fn new_user",
            "enum Status",
            "struct Name",
        ] {
            assert!(code.contains(included), "{included} in\n{code}");
        }
        for excluded in ["list_domains", "ListDomains", "struct Domain", "struct Error", "fn clone"] {
            assert!(!code.contains(excluded), "{excluded} in\n{code}");
        }
    }

    #[test]
    fn unknown_operation_suggests_a_similar_name() {
        let error = operation(CLIENT, OPEN, "get_usr").unwrap_err().to_string();
        assert_eq!(error, "the generated client has no operation get_usr; did you mean get_user?");
    }
}
