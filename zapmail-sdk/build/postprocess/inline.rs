//! Marks the generated functions as `#[inline]`, so that a program compiles only the functions that it calls. Otherwise,
//! the crate would contain the compiled decoders of all operations, which takes a third of its build.

use syn::visit_mut::VisitMut;
use syn::{ImplItemFn, parse_quote};

use super::visitor::{Pass, Visitor};

pub fn mark(client: &mut syn::File) {
    Visitor(&mut Inline).visit_file_mut(client);
}

struct Inline;

impl Pass for Inline {
    fn function(&mut self, function: &mut ImplItemFn) {
        function.attrs.push(parse_quote!(#[inline]));
    }
}
