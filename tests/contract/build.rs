//! Writes a case and a test for every operation of the document.
//!
//! The calls are typed, so an operation whose builder is missing, named otherwise or typed otherwise ends the build.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be generated ends the build, with a message that names it"
)]

#[path = "src/values.rs"]
mod values;

use std::path::PathBuf;
use std::{env, fs};

use heck::ToSnakeCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/values.rs");
    let document: Value = serde_json::from_str(zapmail_openapi::DOCUMENT).expect("zapmail.json is JSON");
    let items = document["paths"].as_object().expect("the document has paths").values();
    let operations = items.flat_map(|item| item.as_object().expect("a path has methods").values());
    let (cases, tests): (Vec<_>, Vec<_>) =
        operations.map(|operation| (case(&document, operation), test(operation))).unzip();

    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let cases = quote!(pub static CASES: &[Case] = &[#(#cases),*];);
    fs::write(folder.join("cases.rs"), cases.to_string()).expect("OUT_DIR can be written");
    fs::write(folder.join("tests.rs"), quote!(#(#tests)*).to_string()).expect("OUT_DIR can be written");
}

fn id(operation: &Value) -> &str {
    operation["operationId"].as_str().expect("every operation has an id; run `cargo xtask check`")
}

fn test(operation: &Value) -> TokenStream {
    let id = id(operation);
    let name = format_ident!("{id}");
    quote! {
        #[tokio::test]
        async fn #name() {
            crate::holds(#id).await;
        }
    }
}

fn case(document: &Value, operation: &Value) -> TokenStream {
    let id = id(operation);
    let method = format_ident!("{id}");
    let parameters = values::parameters(document, operation);
    let required = parameters.iter().filter(|parameter| parameter["required"] == true);
    let required: Vec<_> = required.map(|parameter| setter(document, parameter)).collect();
    let everything: Vec<_> = parameters.iter().map(|parameter| setter(document, parameter)).collect();
    let body = operation.get("requestBody").map(|body| {
        let reference = body["content"]["application/json"]["schema"]["$ref"].as_str().expect("a body is a component");
        let schema = format_ident!("{}", reference.rsplit('/').next().unwrap_or_default());
        quote!(.body(typed::<types::#schema>(body)?))
    });
    // Without a body there is nothing to read from the example.
    let body_name = if body.is_some() { quote!(body) } else { quote!(_) };
    // A file has no JSON to write back.
    let is_file =
        operation["responses"].as_object().expect("answers").iter().any(|(status, answer)| {
            status.starts_with('2') && answer["content"].get("application/octet-stream").is_some()
        });
    let raw = if is_file {
        quote!(|zapmail, #body_name| Box::pin(async move {
            zapmail.#method() #(#everything)* #body .send().await.map(|_| Value::Null).map_err(|error| error.to_string())
        }))
    } else {
        quote!(|zapmail, #body_name| Box::pin(async move {
            let answer = zapmail.#method() #(#everything)* #body .send().await.map_err(|error| error.to_string())?;
            written(&answer.into_inner())
        }))
    };
    let data = if is_file { quote!(bytes_as_json) } else { quote!(data_as_json) };
    quote! {
        Case {
            id: #id,
            required: |zapmail, #body_name| Box::pin(async move {
                #data(zapmail.#method() #(#required)* #body .call().await)
            }),
            everything: |zapmail, #body_name| Box::pin(async move {
                #data(zapmail.#method() #(#everything)* #body .call().await)
            }),
            printed: |zapmail, #body_name| Box::pin(async move {
                let request = zapmail.#method() #(#everything)* #body;
                let builder = format!("{request:?}");
                Ok(Printed { builder, outcome: request.call().await.map(|data| format!("{data:?}")) })
            }),
            raw: #raw,
        }
    }
}

/// `.page(2u32)`
fn setter(document: &Value, parameter: &Value) -> TokenStream {
    let name = identifier(parameter["name"].as_str().expect("a parameter has a name"));
    let schema = values::resolve(document, &parameter["schema"]);
    let value = values::value(document, parameter);
    let literal = match &value {
        Value::String(text) => quote!(#text),
        Value::Bool(flag) => quote!(#flag),
        Value::Number(number) if schema["type"] == "number" => {
            let number = number.as_f64().expect("a number");
            quote!(#number)
        }
        Value::Number(number) if schema["minimum"].as_i64().is_some_and(|least| least >= 0) => {
            let number = u32::try_from(number.as_u64().expect("no negative example")).expect("a small example");
            quote!(#number)
        }
        Value::Number(number) => {
            let number = number.as_i64().expect("an integer");
            quote!(#number)
        }
        Value::Array(texts) => {
            let texts = texts.iter().map(|text| text.as_str().expect("a list of texts"));
            let of = if schema["items"]["format"] == "uuid" { quote!(uuid::Uuid) } else { quote!(String) };
            quote!(vec![#(#texts.parse::<#of>().map_err(|error| error.to_string())?),*])
        }
        other => panic!("no literal is known for {other}"),
    };
    quote!(.#name(#literal))
}

/// The name that progenitor gives a parameter.
fn identifier(name: &str) -> Ident {
    let name = name.to_snake_case();
    syn::parse_str(&name).unwrap_or_else(|_| format_ident!("{name}_"))
}
