//! The table of operations: what the document says of each beside its types.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zapmail_openapi::codegen::{Document, Operation, elements, entries, text};

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

fn row(document: &Document, operation: &Operation<'_>) -> TokenStream {
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
    let checks = checks(document, operation);
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
            checks: &[#(#checks),*],
            sources: &[#(#sources),*],
        }
    }
}

/// `domain-availability` as the variant `DomainAvailability`.
fn variant(value: &Value) -> proc_macro2::Ident {
    format_ident!("{}", heck::ToPascalCase::to_pascal_case(text(value)))
}

fn optional(value: &Value) -> TokenStream {
    match value.as_str() {
        Some(text) => quote!(Some(#text)),
        None => quote!(None),
    }
}

fn paging(value: &Value) -> TokenStream {
    if value.is_null() {
        return quote!(None);
    }
    let rows = text(&value["rows"]);
    let [current, total, more, cursor] = ["current", "total", "more", "cursor"].map(|key| optional(&value[key]));
    quote!(Some(Paging { rows: #rows, current: #current, total: #total, more: #more, cursor: #cursor }))
}

/// What is checked before a request is sent.
fn checks(document: &Document, operation: &Operation<'_>) -> Vec<TokenStream> {
    let is_uuid = |schema: &Value| {
        let schema = if schema["items"].is_object() { &schema["items"] } else { schema };
        schema["format"] == "uuid"
    };
    let query = document.parameters(operation).filter(|parameter| parameter["in"] == "query");
    let uuids = query.filter(|parameter| is_uuid(&parameter["schema"])).map(|parameter| text(&parameter["name"]));
    let mut checks: Vec<_> = uuids.map(|name| quote!(Check::QueryUuid(#name))).collect();

    let schema = document.resolve(&operation.value["requestBody"]["content"]["application/json"]["schema"]);
    let at_least_one =
        |schema: &Value| ["minItems", "minProperties"].iter().any(|key| schema[*key].as_u64() >= Some(1));
    if at_least_one(schema) {
        checks.push(quote!(Check::NonEmpty("")));
    }
    let mut selecting = Vec::new();
    for (name, property) in entries(&schema["properties"]) {
        if at_least_one(property) {
            checks.push(quote!(Check::NonEmpty(#name)));
        }
        if is_uuid(property) {
            checks.push(quote!(Check::BodyUuid(#name)));
        }
        if property["x-zapmail-selects"] == true || property["x-zapmail-widens"] == true {
            selecting.push(name);
        }
    }
    if entries(&schema["properties"]).any(|(_, property)| property["x-zapmail-selects"] == true) {
        checks.push(quote!(Check::Selects(&[#(#selecting),*])));
    }
    checks
}

/// Whether the operation's page names this header.
fn header(document: &Document, operation: &Operation<'_>, name: &str) -> bool {
    document.parameters(operation).any(|parameter| parameter["in"] == "header" && parameter["name"] == name)
}
