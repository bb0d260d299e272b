//! Documentation for everything public: progenitor writes none, and the document has a description of each.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};
use syn::{Attribute, ImplItem, Item, TraitItem, parse_quote};
use zapmail_openapi::codegen::{Document, Operation, text};

pub fn complete(mocks: &mut syn::File, document: &Document) {
    let operations: BTreeMap<_, _> =
        document.operations().map(|operation| (operation.id, Described::of(document, &operation))).collect();
    for item in &mut mocks.items {
        match item {
            Item::Mod(module) => {
                module.attrs = vec![
                    parse_quote!(#[doc = "What a request is matched by, and the response: two types for each operation."]),
                ];
                let (_, items) = module.content.get_or_insert_default();
                items.iter_mut().for_each(|item| types(item, &operations));
            }
            Item::Trait(extension) => {
                for item in &mut extension.items {
                    if let TraitItem::Fn(function) = item {
                        let described = find(&operations, &function.sig.ident.to_string());
                        document_item(&mut function.attrs, &described.mock());
                    }
                }
            }
            _ => {}
        }
    }
}

/// What the document says of an operation.
struct Described {
    id: String,
    /// What it does, in a short phrase.
    summary: String,
    /// `GET /v2/users`
    request: String,
    /// Descriptions of its parameters, by the names that progenitor gives them.
    parameters: BTreeMap<String, String>,
}

impl Described {
    fn of(document: &Document, operation: &Operation<'_>) -> Self {
        let mut parameters: BTreeMap<_, _> = document.parameters(operation).map(parameter_doc).collect();
        let body = text(&operation.value["requestBody"]["description"]);
        parameters.insert("body".to_owned(), format!("{body}\n\nThe request has to have exactly this body."));
        Self {
            id: operation.id.to_owned(),
            summary: operation.summary().to_owned(),
            request: operation.address(),
            parameters,
        }
    }

    fn mock(&self) -> String {
        format!(
            "Mocks [`{id}`](zapmail_sdk::Client::{id}), `{request}`: {summary}.",
            id = self.id,
            request = self.request,
            summary = self.summary
        )
    }

    fn when(&self) -> String {
        format!("Which requests of [`{id}`](zapmail_sdk::Client::{id}) are meant.", id = self.id)
    }

    fn then(&self) -> String {
        format!("The response to [`{id}`](zapmail_sdk::Client::{id}).", id = self.id)
    }
}

fn parameter_doc(parameter: &serde_json::Value) -> (String, String) {
    let name = text(&parameter["name"]).to_snake_case();
    let optional = if parameter["required"] == true { "" } else { "\n\n`None`: the request must not have it." };
    (name, format!("{}{optional}", text(&parameter["description"])))
}

/// An item of the module `operations`: a type, or its functions.
fn types(item: &mut Item, operations: &BTreeMap<&str, Described>) {
    match item {
        Item::Struct(item) => {
            let name = item.ident.to_string();
            let (described, end) = of_type(operations, &name);
            let text = if end == "When" { described.when() } else { described.then() };
            document_item(&mut item.attrs, &text);
        }
        Item::Impl(block) => {
            let syn::Type::Path(path) = &*block.self_ty else { return };
            let name = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            let (described, _) = of_type(operations, &name);
            for item in &mut block.items {
                let ImplItem::Fn(function) = item else { continue };
                let name = function.sig.ident.to_string();
                document_item(&mut function.attrs, &function_doc(described, &name));
            }
        }
        _ => {}
    }
}

fn function_doc(described: &Described, name: &str) -> String {
    match name {
        "new" => format!("Typed access to a mock of `{}`.", described.request),
        "into_inner" => "The untyped side, for what the document does not allow.".to_owned(),
        "data" => format!(
            "Responds with this status and this data, in the envelope in which the service sends it. The data is what \
             [`send`](zapmail_sdk::builder::{}::send) returns.\n\n{}",
            described.id.to_pascal_case(),
            panics(2, ", or the client would not accept the response as a success")
        ),
        "success" => format!(
            "Responds with this status and this body, which is the whole body of the service.\n\n{}",
            panics(2, ", or the client would not accept the response as a success")
        ),
        "client_error" => format!("Responds with this status and this error.\n\n{}", panics(4, "")),
        "server_error" => format!("Responds with this status and this error.\n\n{}", panics(5, "")),
        parameter => {
            let known = described.parameters.get(parameter.trim_end_matches('_'));
            known.cloned().unwrap_or_else(|| panic!("{}: `{parameter}` is no parameter of it", described.id))
        }
    }
}

fn panics(class: u16, or: &str) -> String {
    format!("# Panics\n\nIf the status is not from {class}00 to {class}99{or}.")
}

/// The operation behind a type such as `GetUserWhen`, and how the name ends.
fn of_type<'a>(operations: &'a BTreeMap<&str, Described>, name: &'a str) -> (&'a Described, &'a str) {
    let (of, end) = name.split_at(name.len() - "When".len());
    let described = operations.values().find(|described| described.id.to_pascal_case() == of);
    (described.unwrap_or_else(|| panic!("{name} belongs to no operation")), end)
}

fn find<'a>(operations: &'a BTreeMap<&str, Described>, id: &str) -> &'a Described {
    operations.get(id).unwrap_or_else(|| panic!("{id} is no operation"))
}

fn document_item(attributes: &mut Vec<Attribute>, text: &str) {
    attributes.insert(0, parse_quote!(#[doc = #text]));
}
