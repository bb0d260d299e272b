//! `Client::new` makes its HTTP client as `http_client` does: reqwest's own would panic without a cryptographic library.

use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};

pub fn hand_over(client: &mut syn::File) {
    for item in &mut client.items {
        if let syn::Item::Impl(block) = item {
            HandOver.visit_item_impl_mut(block);
        }
    }
}

struct HandOver;

impl VisitMut for HandOver {
    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        if call.func.to_token_stream().to_string() == "reqwest :: ClientBuilder :: new" {
            *call.func = syn::parse_quote!((|| crate::http_client().unwrap()));
        } else {
            visit_mut::visit_expr_call_mut(self, call);
        }
    }
}
