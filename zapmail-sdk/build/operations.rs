//! The table of operations: everything that the document specifies for an operation, except its types.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use zapmail_openapi::document::{Document, Operation, Paging, content, elements, entries, text};

pub fn generate(document: &Document, source: &str) -> String {
    let mut operations: Vec<_> = document.operations().collect();
    operations.sort_by_key(|operation| operation.id);
    let rows = operations.iter().map(|operation| row(document, operation));
    let server = text(&document.value()["servers"][0]["url"]);
    let version = text(&document.value()["info"]["version"]);
    let digest: String = hmac_sha256::Hash::hash(source.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let schemas = entries(&document.value()["components"]["schemas"]).map(|(_, schema)| schema);
    let mut properties = BTreeSet::new();
    schemas.for_each(|schema| collect_properties(schema, &mut properties));
    let groups: BTreeSet<_> = operations.iter().map(|operation| operation.group()).collect();
    let groups = groups.into_iter().map(|name| {
        let description = document.description_of_group(name);
        quote!(Group { name: #name, description: #description })
    });
    let tokens = quote! {
        /// The base URL of the live service.
        pub const BASE_URL: &str = #server;
        /// The version of the document from which this client was generated.
        pub const SPEC_VERSION: &str = #version;
        /// The SHA-256 digest of the document from which this client was generated, in hexadecimal.
        pub const SPEC_SHA256: &str = #digest;
        /// The names of all properties that the document describes, sorted.
        pub(crate) static PROPERTIES: &[&str] = &[#(#properties),*];
        /// All operations, sorted by id.
        pub static OPERATIONS: &[Operation] = &[#(#rows),*];
        /// All groups of operations, sorted by name.
        pub static GROUPS: &[Group] = &[#(#groups),*];
    };
    tokens.to_string()
}

/// Collects the names of the properties of a schema and of the schemas inside it.
fn collect_properties<'d>(schema: &'d Value, names: &mut BTreeSet<&'d str>) {
    for (name, property) in entries(&schema["properties"]) {
        names.insert(name);
        collect_properties(property, names);
    }
    for part in ["items", "additionalProperties"] {
        if let Some(part) = schema.get(part) {
            collect_properties(part, names);
        }
    }
    for part in ["oneOf", "anyOf", "allOf"] {
        elements(&schema[part]).for_each(|schema| collect_properties(schema, names));
    }
}

fn row(document: &Document, operation: &Operation<'_>) -> TokenStream {
    let Operation { id, path, .. } = operation;
    let (method, group) = (operation.method.to_uppercase(), operation.group());
    let (effect, bucket) = (variant(operation.effect()), variant(operation.bucket()));
    let (idempotent, deprecated) = (operation.idempotent(), operation.deprecated());
    let data = optional(operation.data());
    let (verify_with, verify_note) = (optional(operation.verify_with()), optional(operation.verify_note()));
    let proof = operation.proof();
    let returns_file = operation.successes().any(|(_, response)| content::is_file(response));
    let paging = operation.paging().map_or(quote!(None), paging);
    let workspace_id_header = header(document, operation, "x-workspace-id");
    let checks = checks(document, operation);
    let sources = operation.sources();
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
            proof: &[#(#proof),*],
            paging: #paging,
            verify_with: #verify_with,
            verify_note: #verify_note,
            workspace_id_header: #workspace_id_header,
            deprecated: #deprecated,
            returns_file: #returns_file,
            checks: &[#(#checks),*],
            sources: &[#(#sources),*],
        }
    }
}

/// Returns the variant for a value: `DomainAvailability` for `domain-availability`.
fn variant(value: &str) -> proc_macro2::Ident {
    format_ident!("{}", heck::ToPascalCase::to_pascal_case(value))
}

fn optional(text: Option<&str>) -> TokenStream {
    text.map_or(quote!(None), |text| quote!(Some(#text)))
}

fn paging(paging: Paging<'_>) -> TokenStream {
    let rows = paging.rows;
    let [current, total, more, cursor] = [paging.current, paging.total, paging.more, paging.cursor].map(optional);
    quote!(Some(Paging { rows: #rows, current: #current, total: #total, more: #more, cursor: #cursor }))
}

/// Returns the checks that a request must pass before it is sent.
fn checks(document: &Document, operation: &Operation<'_>) -> Vec<TokenStream> {
    let is_uuid = |schema: &Value| {
        let schema = if schema["items"].is_object() { &schema["items"] } else { schema };
        schema["format"] == "uuid"
    };
    let is_id = |schema: &Value| document.resolve(schema).get("x-zapmail-id").is_some();
    let query = document.parameters(operation).filter(|parameter| parameter["in"] == "query");
    let mut checks: Vec<_> = query
        .filter_map(|parameter| match (text(&parameter["name"]), &parameter["schema"]) {
            (name, schema) if is_uuid(schema) => Some(quote!(Check::QueryUuid(#name))),
            (name, schema) if is_id(schema) => Some(quote!(Check::QueryId(#name))),
            (name, schema) => schema["minimum"].as_i64().map(|minimum| quote!(Check::AtLeast(#name, #minimum))),
        })
        .collect();

    let schema = operation.body_schema().map_or(&Value::Null, |schema| document.resolve(schema));
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
        } else if is_id(property) || document.resolve(&property["items"])["type"] == "string" {
            checks.push(quote!(Check::BodyTexts(#name)));
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

/// Whether the operation's documentation page names this header.
fn header(document: &Document, operation: &Operation<'_>, name: &str) -> bool {
    document.parameters(operation).any(|parameter| parameter["in"] == "header" && parameter["name"] == name)
}
