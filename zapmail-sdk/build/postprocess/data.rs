//! The data of each operation: its type, and the code that extracts it from the envelope declared in the document.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::visit_mut::VisitMut;
use syn::{Fields, Item, Type, parse_quote};
use zapmail_openapi::document::{Document, Operation, content, reference, text};

use super::visitor::{Pass, Visitor};
use super::{argument_of, module};

/// The data of one operation.
pub struct Data {
    pub ty: Type,
    /// The expression that decodes `body`.
    pub decode: TokenStream,
}

/// Returns the data of each operation, keyed by operation id.
pub fn of_operations(client: &mut syn::File, document: &Document) -> BTreeMap<String, Data> {
    let types = module(&mut client.items, "types");
    let names: BTreeSet<_> = types
        .iter()
        .filter_map(|item| match item {
            Item::Struct(item) => Some(item.ident.to_string()),
            Item::Enum(item) => Some(item.ident.to_string()),
            _ => None,
        })
        .collect();
    document
        .operations()
        .map(|operation| {
            let mut data = data_of(types, document, &operation);
            Visitor(&mut Qualified { names: &names }).visit_type_mut(&mut data.ty);
            (operation.id.to_owned(), data)
        })
        .collect()
}

fn data_of(types: &[Item], document: &Document, operation: &Operation<'_>) -> Data {
    let success = operation.successes().next().map_or(&Value::Null, |(_, response)| response);
    if content::is_file(success) {
        return Data { ty: parse_quote!(crate::FileContents), decode: quote!(Ok(body.clone().into())) };
    }
    let schema = content::only_schema(success, &[content::JSON]).unwrap_or(&Value::Null);
    let name = reference::schema_name(text(&schema["$ref"])).unwrap_or_default().to_pascal_case();
    assert!(
        !name.is_empty(),
        "the schema of the success response of {} is not a component; run `cargo xtask check`",
        operation.id
    );
    let envelope = format_ident!("{name}");
    let schema = document.resolve(schema);
    let Some(pointer) = operation.data() else {
        if is_untyped(schema) {
            return Data { ty: parse_quote!(crate::RawJson), decode: quote!(crate::decode::json(body)) };
        }
        return Data { ty: parse_quote!(#envelope), decode: quote!(crate::decode::json(body)) };
    };

    let property_name = pointer.trim_start_matches('/');
    let field = format_ident!("{}", property_name.to_snake_case());
    let property = document.resolve(&schema["properties"][property_name]);
    let declared = field_type(types, &name, &field.to_string())
        .unwrap_or_else(|| panic!("{name} has no field `{field}`; update build/postprocess/data.rs"));
    let (ty, unwrap): (Type, TokenStream) = match argument_of(declared, "Option") {
        None => (declared.clone(), quote!(Some(envelope.#field))),
        Some(inner) if argument_of(inner, "Vec").is_some() || is_untyped(property) => {
            (inner.clone(), quote!(Some(envelope.#field.unwrap_or_default())))
        }
        Some(_) if property["nullable"] == true => (declared.clone(), quote!(Some(envelope.#field))),
        Some(inner) => (inner.clone(), quote!(envelope.#field)),
    };
    Data { ty, decode: quote!(crate::decode::unwrapped(body, |envelope: types::#envelope| #unwrap, #property_name)) }
}

/// Whether a schema has only a description.
fn is_untyped(schema: &Value) -> bool {
    ["type", "$ref", "oneOf", "allOf", "anyOf", "properties", "enum"].iter().all(|key| schema.get(key).is_none())
}

fn field_type<'a>(types: &'a [Item], name: &str, field: &str) -> Option<&'a Type> {
    let found = types.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => Some(item),
        _ => None,
    })?;
    let Fields::Named(fields) = &found.fields else { return None };
    fields
        .named
        .iter()
        .find(|candidate| candidate.ident.as_ref().is_some_and(|ident| ident == field))
        .map(|field| &field.ty)
}

/// Qualifies the names of generated types, for use in the module `builder`.
struct Qualified<'a> {
    names: &'a BTreeSet<String>,
}

impl Pass for Qualified<'_> {
    fn path(&mut self, path: &mut syn::Path) {
        if let Some(name) = path.get_ident().filter(|name| self.names.contains(&name.to_string())).cloned() {
            *path = parse_quote!(types::#name);
        }
    }
}
