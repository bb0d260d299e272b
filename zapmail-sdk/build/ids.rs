//! The id types, one per kind of id in the document.

use quote::{format_ident, quote};
use zapmail_openapi::codegen::{self, Document, IdForm};

pub fn generate(document: &Document) -> String {
    let types = codegen::id_kinds(document).into_iter().map(|(kind, form)| {
        let name = format_ident!("{}", codegen::id_type(&kind));
        let doc = format!(" An id of kind `{kind}`.");
        match form {
            IdForm::Uuid => quote!(uuid_id! { #[doc = #doc] #name }),
            IdForm::Integer => quote!(integer_id! { #[doc = #doc] #name }),
            IdForm::Text => quote!(text_id! { #[doc = #doc] #name }),
        }
    });
    quote!(#(#types)*).to_string()
}
