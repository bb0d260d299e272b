//! Nullable lists: lists and maps that may be missing also accept null, because the service sends both.

use syn::visit_mut::VisitMut;

use super::visitor::{Pass, Visitor};

pub fn accept_null(client: &mut syn::File) {
    Visitor(&mut AcceptNull).visit_file_mut(client);
}

struct AcceptNull;

impl Pass for AcceptNull {
    fn field(&mut self, field: &mut syn::Field) {
        let skips_empty = field.attrs.iter().any(|attribute| {
            let tokens = attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
            attribute.path().is_ident("serde") && tokens.contains("skip_serializing_if") && tokens.contains("is_empty")
        });
        if skips_empty {
            field.attrs.push(syn::parse_quote!(#[serde(deserialize_with = "crate::tolerance::null_as_default")]));
        }
    }
}
