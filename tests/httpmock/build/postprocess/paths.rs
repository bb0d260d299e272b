//! Literal path parameters: escaped like the client does, and not interpreted as a regular expression.

use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Token, parse_quote};

pub fn match_literally(mocks: &mut syn::File) {
    Paths.visit_file_mut(mocks);
}

struct Paths;

impl VisitMut for Paths {
    /// Replaces the value in `format!("^/v2/zap-sites/{}$", value.to_string())`.
    fn visit_expr_macro_mut(&mut self, expression: &mut syn::ExprMacro) {
        if expression.mac.path.is_ident("format") {
            let arguments = expression.mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
            let arguments = arguments.expect("the arguments of format! are expressions");
            let (pattern, value) = (&arguments[0], &arguments[1]);
            expression.mac = parse_quote! {
                format!(#pattern, ::regex::escape(&::progenitor_client::encode_path(&#value)))
            };
        }
        visit_mut::visit_expr_macro_mut(self, expression);
    }
}
