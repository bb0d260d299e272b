//! Documentation of public items, generated from the document, because progenitor generates none.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};
use syn::{Attribute, ImplItem, Item, TraitItem, parse_quote};
use zapmail_openapi::codegen::{Document, Operation, text};

pub fn add(mocks: &mut syn::File, document: &Document) {
    let operations: BTreeMap<_, _> =
        document.operations().map(|operation| (operation.id, Described::of(document, &operation))).collect();
    for item in &mut mocks.items {
        match item {
            Item::Mod(module) => {
                module.attrs =
                    vec![parse_quote!(#[doc = "The matcher and the response of mocks: two types for each operation."])];
                let (_, items) = module.content.get_or_insert_default();
                items.iter_mut().for_each(|item| document_type(item, &operations));
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

/// The documentation of an operation.
struct Described {
    id: String,
    /// The effect of the operation, in a short phrase.
    summary: String,
    /// The method and the path, for example `GET /v2/users`.
    request: String,
    /// Descriptions of the parameters, by progenitor's names.
    parameters: BTreeMap<String, String>,
}

impl Described {
    fn of(document: &Document, operation: &Operation<'_>) -> Self {
        let mut parameters: BTreeMap<_, _> = document.parameters(operation).map(parameter_doc).collect();
        let body = text(&operation.value["requestBody"]["description"]);
        parameters.insert("body".to_owned(), format!("{body}\n\nMatches requests with exactly this body."));
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
        format!("The matcher of a mock of [`{id}`](zapmail_sdk::Client::{id}).", id = self.id)
    }

    fn then(&self) -> String {
        format!("The response of a mock of [`{id}`](zapmail_sdk::Client::{id}).", id = self.id)
    }
}

fn parameter_doc(parameter: &serde_json::Value) -> (String, String) {
    let name = text(&parameter["name"]).to_snake_case();
    let suffix =
        if parameter["required"] == true { "" } else { "\n\n`None` matches only requests without this parameter." };
    (name, format!("{}{suffix}", text(&parameter["description"])))
}

/// Documents an item of the module `operations`: a type, or its methods.
fn document_type(item: &mut Item, operations: &BTreeMap<&str, Described>) {
    match item {
        Item::Struct(item) => {
            let name = item.ident.to_string();
            let (described, suffix) = operation_of_type(operations, &name);
            let text = if suffix == "When" { described.when() } else { described.then() };
            document_item(&mut item.attrs, &text);
        }
        Item::Impl(block) => {
            let syn::Type::Path(path) = &*block.self_ty else { return };
            let name = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            let (described, _) = operation_of_type(operations, &name);
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
        "new" => format!("Wraps httpmock's type for a mock of `{}`.", described.request),
        "into_inner" => "Returns httpmock's own type, for mocks that the document does not allow.".to_owned(),
        "data" => format!(
            "Responds with this status and this data, in the service's envelope. \
             [`send`](zapmail_sdk::builder::{}::send) returns the data.\n\n{}",
            described.id.to_pascal_case(),
            panics(2, ", or the client would not accept the response as a success")
        ),
        "success" => format!(
            "Responds with this status and this body, which is the service's whole body.\n\n{}",
            panics(2, ", or the client would not accept the response as a success")
        ),
        "client_error" => format!("Responds with this status and this error.\n\n{}", panics(4, "")),
        "server_error" => format!("Responds with this status and this error.\n\n{}", panics(5, "")),
        parameter => {
            let description = described.parameters.get(parameter.trim_end_matches('_'));
            description.cloned().unwrap_or_else(|| panic!("{} has no parameter `{parameter}`", described.id))
        }
    }
}

fn panics(class: u16, alternative: &str) -> String {
    format!("# Panics\n\nIf the status is not from {class}00 to {class}99{alternative}.")
}

/// Returns the operation of a type such as `GetUserWhen`, and the suffix of the type's name.
fn operation_of_type<'a>(operations: &'a BTreeMap<&str, Described>, name: &'a str) -> (&'a Described, &'a str) {
    let (operation, suffix) = name.split_at(name.len() - "When".len());
    let described = operations.values().find(|described| described.id.to_pascal_case() == operation);
    (described.unwrap_or_else(|| panic!("{name} belongs to no operation")), suffix)
}

fn find<'a>(operations: &'a BTreeMap<&str, Described>, id: &str) -> &'a Described {
    operations.get(id).unwrap_or_else(|| panic!("the document has no operation {id}"))
}

fn document_item(attributes: &mut Vec<Attribute>, text: &str) {
    attributes.insert(0, parse_quote!(#[doc = #text]));
}
