//! Lists in queries: a list is sent as one parameter per value. progenitor's mocks convert the list to one string,
//! which does not compile for a list.

use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};

pub fn match_each_value(mocks: &mut syn::File) {
    Lists.visit_file_mut(mocks);
}

struct Lists;

impl VisitMut for Lists {
    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        if function.sig.to_token_stream().to_string().contains(":: std :: vec :: Vec <") {
            EachValue.visit_block_mut(&mut function.block);
        }
    }
}

/// Repeats `self.0.query_param("ids", value.to_string())` for each value.
struct EachValue;

impl VisitMut for EachValue {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        match expression {
            syn::Expr::MethodCall(call) if call.method == "query_param" => {
                let (when, name) = (&call.receiver, &call.args[0]);
                *expression = syn::parse_quote! {
                    value.iter().fold(#when, |when, value| when.query_param(#name, value.to_string()))
                };
            }
            _ => visit_mut::visit_expr_mut(self, expression),
        }
    }
}
