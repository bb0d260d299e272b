//! Marks the generated functions as `#[inline]`, so that a program compiles only the functions that it calls. Otherwise,
//! the crate would contain the compiled decoders of all operations, which takes a third of its build.

use syn::visit_mut::{self, VisitMut};
use syn::{ImplItemFn, parse_quote};

pub fn mark(client: &mut syn::File) {
    Inline.visit_file_mut(client);
}

struct Inline;

impl VisitMut for Inline {
    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        function.attrs.push(parse_quote!(#[inline]));
        visit_mut::visit_impl_item_fn_mut(self, function);
    }
}
