//! The table of operations: what the document says of each beside its types.

use quote::{format_ident, quote};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zapmail_openapi::codegen::{Document, Operation, elements, text};

pub fn generate(document: &Document, source: &str) -> String {
    let mut operations: Vec<_> = document.operations().collect();
    operations.sort_by_key(|operation| operation.id);
    let rows = operations.iter().map(|operation| row(document, operation));
    let server = text(&document.value()["servers"][0]["url"]);
    let version = text(&document.value()["info"]["version"]);
    let digest: String = Sha256::digest(source).iter().map(|byte| format!("{byte:02x}")).collect();
    let tokens = quote! {
        /// Base URL of the live service.
        pub const BASE_URL: &str = #server;
        /// Version of the document that this client was made from.
        pub const SPEC_VERSION: &str = #version;
        /// SHA-256 of the document that this client was made from, in hexadecimal.
        pub const SPEC_SHA256: &str = #digest;
        /// All operations, by id.
        pub static OPERATIONS: &[Operation] = &[#(#rows),*];
    };
    tokens.to_string()
}

fn row(document: &Document, operation: &Operation<'_>) -> proc_macro2::TokenStream {
    let Operation { id, method, path, value } = operation;
    let method = method.to_uppercase();
    let group = text(&value["tags"][0]);
    let effect = variant(&value["x-zapmail-effect"]);
    let bucket = variant(&value["x-zapmail-bucket"]);
    let idempotent = value["x-zapmail-idempotent"] == true;
    let deprecated = value["deprecated"] == true;
    let data = optional(&value["x-zapmail-data"]);
    let verify_with = optional(&value["x-zapmail-verify-with"]);
    let verify_note = optional(&value["x-zapmail-verify-note"]);
    let paging = paging(&value["x-zapmail-page"]);
    let workspace_id_header = header(document, operation, "x-workspace-id");
    let sources = elements(&value["x-zapmail-sources"]).map(text);
    quote! {
        Operation {
            id: #id,
            method: #method,
            path: #path,
            group: #group,
            effect: Effect::#effect,
            idempotent: #idempotent,
            bucket: Bucket::#bucket,
            data: #data,
            paging: #paging,
            verify_with: #verify_with,
            verify_note: #verify_note,
            workspace_id_header: #workspace_id_header,
            deprecated: #deprecated,
            sources: &[#(#sources),*],
        }
    }
}

/// `domain-availability` as the variant `DomainAvailability`.
fn variant(value: &Value) -> proc_macro2::Ident {
    format_ident!("{}", heck::ToPascalCase::to_pascal_case(text(value)))
}

fn optional(value: &Value) -> proc_macro2::TokenStream {
    match value.as_str() {
        Some(text) => quote!(Some(#text)),
        None => quote!(None),
    }
}

fn paging(value: &Value) -> proc_macro2::TokenStream {
    if value.is_null() {
        return quote!(None);
    }
    let rows = text(&value["rows"]);
    let [current, total, more, cursor] = ["current", "total", "more", "cursor"].map(|key| optional(&value[key]));
    quote!(Some(Paging { rows: #rows, current: #current, total: #total, more: #more, cursor: #cursor }))
}

/// Whether the operation's page names this header.
fn header(document: &Document, operation: &Operation<'_>, name: &str) -> bool {
    document.parameters(operation).any(|parameter| parameter["in"] == "header" && parameter["name"] == name)
}
