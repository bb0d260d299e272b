//! Generates a case and a test for each operation of the document.
//!
//! The calls are typed, so the build fails if a builder is missing or has a different name or type.

#![allow(clippy::expect_used, clippy::panic, reason = "a failure to generate code ends the build with a message")]

#[path = "src/values.rs"]
mod values;

use std::path::PathBuf;
use std::{env, fs};

use heck::ToSnakeCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;
use zapmail_openapi::document::{Document, Operation, content, reference};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/values.rs");
    let document = Document::parse(zapmail_openapi::DOCUMENT).unwrap_or_else(|error| panic!("{error}"));
    let (cases, tests): (Vec<_>, Vec<_>) =
        document.operations().map(|operation| (case(&document, &operation), test(operation.id))).unzip();

    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let cases = quote! {
        #[allow(deprecated, reason = "the contract includes deprecated operations")]
        pub static CASES: &[Case] = &[#(#cases),*];
    };
    fs::write(folder.join("cases.rs"), cases.to_string()).expect("OUT_DIR can be written");
    fs::write(folder.join("tests.rs"), quote!(#(#tests)*).to_string()).expect("OUT_DIR can be written");
}

fn test(id: &str) -> TokenStream {
    let name = format_ident!("{id}");
    quote! {
        #[tokio::test]
        async fn #name() {
            crate::check(#id).await;
        }
    }
}

fn case(document: &Document, operation: &Operation<'_>) -> TokenStream {
    let id = operation.id;
    let method = format_ident!("{id}");
    // The client sets the headers itself.
    let parameters: Vec<_> = document.parameters(operation).filter(|parameter| parameter["in"] != "header").collect();
    let required = parameters.iter().filter(|parameter| parameter["required"] == true);
    let required: Vec<_> = required.map(|parameter| setter(document.value(), parameter)).collect();
    let everything: Vec<_> = parameters.iter().map(|parameter| setter(document.value(), parameter)).collect();
    let body = operation.body_schema().map(|schema| {
        let schema = component(schema).expect("the schema of a body is a component");
        quote!(.body(typed::<types::#schema>(body)?))
    });
    // Without a body, the example is not used.
    let body_name = if body.is_some() { quote!(body) } else { quote!(_) };
    let (data, envelope) = match envelope(operation) {
        Some(schema) => (quote!(data_as_json), quote!(Some(|body| written(&typed::<types::#schema>(body)?)))),
        None => (quote!(file_as_json), quote!(None)),
    };
    quote! {
        Case {
            id: #id,
            required: |zapmail, #body_name| Box::pin(async move {
                #data(zapmail.#method() #(#required)* #body .send().await)
            }),
            everything: |zapmail, #body_name| Box::pin(async move {
                #data(zapmail.#method() #(#everything)* #body .send().await)
            }),
            raw: |client, #body_name| Box::pin(async move {
                #data(client.#method() #(#everything)* #body .send().await)
            }),
            whole: |client, #body_name| Box::pin(async move {
                whole_body(client.#method() #(#everything)* #body .send_with_response().await)
            }),
            envelope: #envelope,
            printed: |client, #body_name| Box::pin(async move {
                Ok(printed(client.#method() #(#everything)* #body).await)
            }),
        }
    }
}

/// The type of the first success response; `None` for a file.
fn envelope(operation: &Operation<'_>) -> Option<Ident> {
    let (_, success) = operation.successes().next().expect("an operation can succeed");
    component(content::only_schema(success, &[content::JSON])?)
}

/// The component that a schema refers to.
fn component(schema: &Value) -> Option<Ident> {
    reference::schema_name(schema["$ref"].as_str()?).map(|name| format_ident!("{name}"))
}

/// The call of a parameter's setter, for example `.page(2u32)`.
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
            let number =
                u32::try_from(number.as_u64().expect("an example that is not negative")).expect("a small example");
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
        other => panic!("no literal for {other}"),
    };
    quote!(.#name(#literal))
}

/// The name of a parameter in progenitor's code.
fn identifier(name: &str) -> Ident {
    let name = name.to_snake_case();
    syn::parse_str(&name).unwrap_or_else(|_| format_ident!("{name}_"))
}
