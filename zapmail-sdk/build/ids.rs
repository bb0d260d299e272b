//! The types of ids, one for each kind that the document names.

use quote::{format_ident, quote};
use zapmail_openapi::codegen::{self, Document, IdForm};

pub fn generate(document: &Document) -> String {
    let types = codegen::id_kinds(document).into_iter().map(|(kind, form)| {
        let name = format_ident!("{}", codegen::id_type(&kind));
        let doc = format!(" An id of the kind \"{}\".", kind.replace('-', " "));
        match form {
            IdForm::Uuid => quote!(uuid_id! { #[doc = #doc] #name }),
            IdForm::Integer => quote!(integer_id! { #[doc = #doc] #name }),
            IdForm::Text => quote!(text_id! { #[doc = #doc] #name }),
        }
    });
    quote!(#(#types)*).to_string()
}
