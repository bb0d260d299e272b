//! An example that compiles for every operation. progenitor writes one that nothing checks, since it does not know the
//! name of the crate.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use serde_json::Value;
use syn::{Expr, ExprLit, ImplItem, Item, Lit, LitStr, Meta};
use zapmail_openapi::codegen::{Document, Operation, text};

/// Where progenitor's example begins; nothing comes after it.
const THEIRS: &str = "```ignore";

pub fn compile(client: &mut syn::File, document: &Document) {
    let examples: BTreeMap<_, _> =
        document.operations().map(|operation| (operation.id.to_owned(), example(document, &operation))).collect();
    for item in &mut client.items {
        let Item::Impl(block) = item else { continue };
        for item in &mut block.items {
            let ImplItem::Fn(function) = item else { continue };
            let Some(example) = examples.get(&function.sig.ident.to_string()) else { continue };
            function.attrs.iter_mut().for_each(|attribute| replace(attribute, example));
        }
    }
}

fn replace(attribute: &mut syn::Attribute, example: &str) {
    let Meta::NameValue(meta) = &mut attribute.meta else { return };
    let Expr::Lit(ExprLit { lit: Lit::Str(documentation), .. }) = &mut meta.value else { return };
    if let Some((before, _)) = documentation.value().split_once(THEIRS) {
        *documentation = LitStr::new(&format!("{before}{example}"), documentation.span());
    }
}

/// The call with what it cannot do without.
fn example(document: &Document, operation: &Operation<'_>) -> String {
    let required = document.parameters(operation).filter(|parameter| parameter["required"] == true);
    let setters: String = required.map(setter).collect();
    let reference = text(&operation.value["requestBody"]["content"]["application/json"]["schema"]["$ref"]);
    let body = reference.rsplit('/').next().filter(|schema| !schema.is_empty());
    let argument = body.map(|schema| format!(", body: zapmail_sdk::types::{schema}")).unwrap_or_default();
    let body = body.map_or("", |_| ".body(body)");
    let id = operation.id;
    format!(
        "```no_run\n# async fn example(client: zapmail_sdk::Client{argument}) -> Result<(), Box<dyn std::error::Error>> {{\n\
         let answer = client.{id}(){setters}{body}.send().await?;\nprintln!(\"{{}}\", answer.status());\n# Ok(())\n# }}\n```"
    )
}

/// `.limit(10u32)`, from the document's example of a required parameter.
fn setter(parameter: &Value) -> String {
    let name = text(&parameter["name"]).to_snake_case();
    let value = match &parameter["example"] {
        Value::Number(number) if parameter["schema"]["minimum"].is_u64() => format!("{number}u32"),
        Value::Number(number) => format!("{number}i64"),
        other => other.to_string(),
    };
    format!(".{name}({value})")
}
