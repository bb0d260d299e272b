//! The methods of a client, one per operation: their documentation, and a macro that defines them for a wrapping
//! client.
//!
//! `zapmail-sdk-ext` has no build script. The macro defines the same methods for its client, documented for its users.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use serde_json::Value;
use syn::{Attribute, ImplItem, Item, parse_quote};
use zapmail_openapi::document::{Document, Operation, reference, text};

use super::data::Data;

/// The users for whom the documentation is written: those of this crate and its client.
struct Audience {
    krate: &'static str,
    client: &'static str,
    /// The name of the client variable in examples.
    variable: &'static str,
}

const RAW: Audience = Audience { krate: "zapmail_sdk", client: "Client", variable: "client" };
const EXT: Audience = Audience { krate: "zapmail_sdk_ext", client: "Zapmail", variable: "zapmail" };

/// Documents the methods of the raw client, and marks deprecated operations.
pub fn complete(client: &mut syn::File, document: &Document, data: &BTreeMap<String, Data>) {
    let operations: BTreeMap<_, _> = document.operations().map(|operation| (operation.id, operation)).collect();
    for item in &mut client.items {
        let Item::Impl(block) = item else { continue };
        for item in &mut block.items {
            let ImplItem::Fn(method) = item else { continue };
            let id = method.sig.ident.to_string();
            let Some(operation) = operations.get(id.as_str()) else { continue };
            method.attrs = attributes(document, operation, &data[&id], &RAW);
        }
    }
}

/// Generates the macro `client_methods!`, for a client with a field `raw`.
pub fn for_wrapping_client(document: &Document, data: &BTreeMap<String, Data>) -> TokenStream {
    let mut groups: BTreeMap<&str, Vec<TokenStream>> = BTreeMap::new();
    for operation in document.operations() {
        let (name, builder) = (format_ident!("{}", operation.id), format_ident!("{}", operation.id.to_pascal_case()));
        let attributes = attributes(document, &operation, &data[operation.id], &EXT);
        groups.entry(operation.group()).or_default().push(quote! {
            #(#attributes)*
            pub fn #name(&self) -> $crate::builder::#builder {
                $crate::builder::#builder::new(&self.raw)
            }
        });
    }
    let blocks = groups.iter().map(|(group, methods)| {
        let heading = format!(" # Operations: {}", group.replace('-', " "));
        quote! {
            #[doc = #heading]
            impl $client {
                #(#methods)*
            }
        }
    });
    quote! {
        /// Defines a method for each operation on a client that has a field `raw` of type [`Client`].
        #[doc(hidden)]
        #[macro_export]
        macro_rules! client_methods {
            ($client:ident) => { #(#blocks)* };
        }
    }
}

fn attributes(document: &Document, operation: &Operation<'_>, data: &Data, audience: &Audience) -> Vec<Attribute> {
    let documentation = documentation(document, operation, data, audience);
    let mut attributes = vec![parse_quote!(#[doc = #documentation])];
    if operation.deprecated() {
        let note = deprecation(operation);
        attributes.push(parse_quote!(#[deprecated(note = #note)]));
    }
    attributes
}

/// Returns the sentence in the description of a deprecated operation that names its replacement.
fn deprecation(operation: &Operation<'_>) -> String {
    let description = operation.description();
    let sentence =
        description.split_inclusive(". ").find(|sentence| sentence.contains('_') || sentence.contains("replace"));
    sentence.unwrap_or(description).trim().to_owned()
}

fn documentation(document: &Document, operation: &Operation<'_>, data: &Data, audience: &Audience) -> String {
    let mut parts = vec![with_full_stop(operation.summary()), operation.description().to_owned()];
    let builder = operation.id.to_pascal_case();
    let mut rows: Vec<_> = parameters(document, operation)
        .map(|parameter| {
            let name = text(&parameter["name"]).to_snake_case();
            let required = if parameter["required"] == true { " (required)" } else { "" };
            format!("- [`{name}`](crate::builder::{builder}::{name}){required}: {}", text(&parameter["description"]))
        })
        .collect();
    if let Some(schema) = body(operation) {
        let description = operation.body().map_or("", |body| text(&body["description"]));
        rows.push(format!(
            "- [`body`](crate::builder::{builder}::body): [`{schema}`](crate::types::{schema}). {description}"
        ));
    }
    if !rows.is_empty() {
        parts.push(format!("Parameters:\n{}", rows.join("\n")));
    }
    parts.push(format!("Returns {}.", return_value(data)));
    parts.push(effect(operation));
    let pages: Vec<_> = operation.sources().map(|page| format!("<{page}>")).collect();
    if !pages.is_empty() {
        parts.push(format!("Documentation: {}", pages.join(", ")));
    }
    parts.push(example(document, operation, audience));
    parts.join("\n\n")
}

fn with_full_stop(summary: &str) -> String {
    format!("{}.", summary.trim_end_matches('.'))
}

fn parameters<'a>(document: &'a Document, operation: &Operation<'a>) -> impl Iterator<Item = &'a Value> {
    document.parameters(operation).filter(|parameter| parameter["in"] != "header")
}

fn body<'a>(operation: &Operation<'a>) -> Option<&'a str> {
    reference::schema_name(text(&operation.body_schema()?["$ref"]))
}

/// Describes the data that an operation returns, with a link to its type.
fn return_value(data: &Data) -> String {
    let ty = data.ty.to_token_stream().to_string().replace(' ', "");
    let name = ty.trim_end_matches('>').rsplit("::").next().unwrap_or_default();
    let link = match ty.as_str() {
        "crate::FileContents" => return "the [contents](crate::FileContents) of a file".to_owned(),
        _ if ty.contains("types::") => format!("[`{name}`](crate::types::{name})"),
        _ if ty.contains("ids::") => format!("[`{name}`](crate::ids::{name})"),
        _ => format!("[`{name}`](crate::{name})"),
    };
    match ty {
        ty if ty.contains("Vec<") => format!("a list of {link}"),
        ty if ty.contains("Option<") => format!("{link}, or `None`"),
        _ => link,
    }
}

/// Describes the effect on the account, and whether retries are safe.
fn effect(operation: &Operation<'_>) -> String {
    let effect = match operation.effect() {
        "read" => return "Effect: none (read). Retries are safe.".to_owned(),
        "write" => "write",
        "authorize" => "changes a setting that allows the service to charge later; spending must be allowed",
        _ => "can cost money; spending must be allowed",
    };
    let retries = if operation.idempotent() { "Retries are safe." } else { "An ambiguous attempt is not retried." };
    let verify = match operation.verify_with() {
        Some(id) => format!(" [`{id}`](Self::{id}) verifies the outcome."),
        None => String::new(),
    };
    format!("Effect: {effect}. {retries}{verify}")
}

/// Returns an example call with the required parameters.
fn example(document: &Document, operation: &Operation<'_>, audience: &Audience) -> String {
    let Audience { krate, client, variable } = audience;
    let required = parameters(document, operation).filter(|parameter| parameter["required"] == true);
    let setters: String = required.map(setter).collect();
    let schema = body(operation);
    let argument = schema.map(|schema| format!(", body: {krate}::types::{schema}")).unwrap_or_default();
    let body = schema.map_or("", |_| ".body(body)");
    let id = operation.id;
    let allow = if operation.deprecated() { "# #[allow(deprecated)]\n" } else { "" };
    let spends = ["spend", "authorize"].contains(&operation.effect());
    let allowed = if spends && *krate == EXT.krate { ".allow_spending()" } else { "" };
    format!(
        "```no_run\n{allow}# async fn example({variable}: {krate}::{client}{argument}) -> {krate}::Result<()> {{\n\
         let data = {variable}{allowed}.{id}(){setters}{body}.send().await?;\n# Ok(())\n# }}\n```"
    )
}

/// Returns the setter call for a required parameter, with the document's example as its value: `.limit(10u32)`.
fn setter(parameter: &Value) -> String {
    let name = text(&parameter["name"]).to_snake_case();
    let value = match &parameter["example"] {
        Value::Number(number) if parameter["schema"]["minimum"].is_u64() => format!("{number}u32"),
        Value::Number(number) => format!("{number}i64"),
        other => other.to_string(),
    };
    format!(".{name}({value})")
}
