//! Items of Rust code that are compiled for tests only.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::Item;

/// Returns whether an item has an attribute such as `#[cfg(test)]`.
pub fn is_test(item: &Item) -> bool {
    let mut tokens = item.to_token_stream().into_iter();
    // The attributes come first.
    while let (Some(TokenTree::Punct(_)), Some(TokenTree::Group(attribute))) = (tokens.next(), tokens.next()) {
        let attribute = attribute.stream().to_string().replace(' ', "");
        if attribute.starts_with("cfg(test)") || attribute.starts_with("cfg(all(test") {
            return true;
        }
    }
    false
}
