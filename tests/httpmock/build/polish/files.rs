//! An answer that is a file is bytes. progenitor's mocks know JSON only.

use quote::ToTokens;
use syn::parse_quote;
use syn::visit_mut::{self, VisitMut};

pub fn answer_with_bytes(mocks: &mut syn::File) {
    Files.visit_file_mut(mocks);
}

struct Files;

impl VisitMut for Files {
    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        for argument in &mut function.sig.inputs {
            let syn::FnArg::Typed(argument) = argument else { continue };
            if argument.ty.to_token_stream().to_string() == ":: serde_json :: Value" {
                *argument.ty = parse_quote!(impl AsRef<[u8]>);
                Bytes.visit_block_mut(&mut function.block);
            }
        }
    }
}

/// `.header("content-type", "application/json").json_body(value)` as what is sent of a file.
struct Bytes;

impl VisitMut for Bytes {
    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        if call.method == "json_body" {
            call.method = parse_quote!(body);
        }
        visit_mut::visit_expr_method_call_mut(self, call);
    }

    fn visit_lit_str_mut(&mut self, text: &mut syn::LitStr) {
        if text.value() == "application/json" {
            *text = syn::LitStr::new("application/octet-stream", text.span());
        }
    }
}
