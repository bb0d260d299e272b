//! A path parameter is what it is: escaped as the client escapes it, and no piece of a regular expression.

use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Token, parse_quote};

pub fn match_literally(mocks: &mut syn::File) {
    Paths.visit_file_mut(mocks);
}

struct Paths;

impl VisitMut for Paths {
    /// `format!("^/v2/zap-sites/{}$", value.to_string())`
    fn visit_expr_macro_mut(&mut self, of: &mut syn::ExprMacro) {
        if of.mac.path.is_ident("format") {
            let arguments = of.mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
            let arguments = arguments.expect("the arguments of format! are expressions");
            let (pattern, value) = (&arguments[0], &arguments[1]);
            of.mac = parse_quote! {
                format!(#pattern, ::regex::escape(&::progenitor_client::encode_path(&#value)))
            };
        }
        visit_mut::visit_expr_macro_mut(self, of);
    }
}
