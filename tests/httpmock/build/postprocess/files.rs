//! File responses as bytes: progenitor's mocks support JSON only.

use quote::ToTokens;
use syn::parse_quote;
use syn::visit_mut::VisitMut;

pub fn respond_with_bytes(mocks: &mut syn::File) {
    Files.visit_file_mut(mocks);
}

struct Files;

impl VisitMut for Files {
    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        for argument in &mut function.sig.inputs {
            let syn::FnArg::Typed(argument) = argument else { continue };
            if argument.ty.to_token_stream().to_string() == ":: serde_json :: Value" {
                *argument.ty = parse_quote!(impl AsRef<[u8]>);
            }
        }
    }
}
