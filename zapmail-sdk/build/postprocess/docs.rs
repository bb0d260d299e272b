//! Documentation: adds the document's descriptions to public items that progenitor leaves undocumented.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;
use syn::{Attribute, Field, ImplItem, Item, LitStr, Type, Variant, Visibility};
use zapmail_openapi::codegen::{Document, entries, text};

use super::{argument_of, self_name};

pub fn complete(client: &mut syn::File, document: &Document) {
    let descriptions = Descriptions::of(document);
    for item in &mut client.items {
        match item {
            Item::Mod(module) if module.ident == "types" => descriptions.types(content(module)),
            Item::Mod(module) if module.ident == "builder" => descriptions.operations(content(module)),
            _ => {}
        }
    }
}

/// The description of the map that contains undocumented properties.
const UNDOCUMENTED: &str = "Undocumented properties.";

/// The descriptions in the document, keyed by the names that progenitor generates.
struct Descriptions {
    /// Descriptions of fields, by type and field.
    fields: BTreeMap<(String, String), String>,
    /// Descriptions of types, by name.
    types: BTreeMap<String, String>,
    /// Descriptions of parameters, by builder and parameter.
    parameters: BTreeMap<(String, String), String>,
    /// Types that directly contain a credential.
    with_credentials: BTreeSet<String>,
}

impl Descriptions {
    fn of(document: &Document) -> Self {
        let (mut fields, mut types) = (BTreeMap::new(), BTreeMap::new());
        for (name, schema) in document.schemas() {
            types.insert(name.to_pascal_case(), text(&schema["description"]).to_owned());
            for (property, value) in entries(&schema["properties"]) {
                let described = document.resolve(value);
                let description = match text(&described["format"]) {
                    // All such properties share one component; its description is less specific than their names.
                    "numeric" | "decimal" if described.get("oneOf").is_some() => {
                        format!("{}, as a number or a string.", sentence_case(property))
                    }
                    _ => text(&described["description"]).to_owned(),
                };
                fields.insert((name.to_pascal_case(), property.to_snake_case()), description);
            }
        }
        let mut parameters = BTreeMap::new();
        for operation in document.operations() {
            for parameter in document.parameters(&operation) {
                let key = (operation.id.to_pascal_case(), text(&parameter["name"]).to_snake_case());
                parameters.insert(key, text(&parameter["description"]).to_owned());
            }
            let body = text(&operation.value["requestBody"]["description"]);
            parameters.insert((operation.id.to_pascal_case(), "body".to_owned()), body.to_owned());
        }
        let has_credential = |schema: &Value| {
            entries(&schema["properties"]).any(|(_, property)| document.resolve(property)["format"] == "password")
        };
        let with_credentials = document
            .schemas()
            .filter(|(_, schema)| has_credential(schema))
            .map(|(name, _)| name.to_pascal_case())
            .collect();
        Self { fields, types, parameters, with_credentials }
    }

    /// Documents the modules `types` and `types::error`.
    fn types(&self, items: &mut [Item]) {
        for item in items {
            match item {
                Item::Struct(item) => {
                    if self.with_credentials.contains(&item.ident.to_string()) {
                        let warning = "Serializing this type writes its live credentials; wrap it in \
                                       [`Redacted`](crate::Redacted) to omit them.";
                        item.attrs.push(syn::parse_quote!(#[doc = ""]));
                        item.attrs.push(syn::parse_quote!(#[doc = #warning]));
                    }
                    for field in &mut item.fields {
                        let text = self.describe_field(&item.ident.to_string(), field);
                        document_item(&mut field.attrs, &text);
                    }
                }
                Item::Enum(item) => {
                    for variant in &mut item.variants {
                        let text = self.describe_variant(variant);
                        document_item(&mut variant.attrs, &text);
                    }
                }
                Item::Impl(block) if block.trait_.is_none() => {
                    let name = self_name(block);
                    functions(block, |setter| self.field(&name, setter.trim_start_matches("or_")));
                }
                _ => {}
            }
        }
    }

    fn describe_field(&self, ty: &str, field: &Field) -> String {
        let Some(name) = &field.ident else {
            return if argument_of(&field.ty, "Vec").is_some() {
                "The elements.".to_owned()
            } else if argument_of(&field.ty, "BTreeMap").is_some() {
                "The values, by key.".to_owned()
            } else {
                "The value.".to_owned()
            };
        };
        let known = self.field(ty, &name.to_string());
        if known.is_empty() { UNDOCUMENTED.to_owned() } else { known }
    }

    /// Describes a variant of an enum by its value, or a variant of a union by the description of its type.
    fn describe_variant(&self, variant: &Variant) -> String {
        match variant.fields.iter().next().map(|field| &field.ty) {
            Some(Type::Path(path)) => {
                let name = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
                self.types.get(&name).cloned().unwrap_or_else(|| panic!("`{name}` has no description"))
            }
            Some(_) => panic!("the type of the variant `{}` is not a named type", variant.ident),
            None => format!("`{}`", renamed(&variant.attrs).unwrap_or_else(|| variant.ident.to_string())),
        }
    }

    fn field(&self, ty: &str, field: &str) -> String {
        let field = field.trim_start_matches("r#").trim_end_matches('_');
        self.fields.get(&(ty.to_owned(), field.to_owned())).cloned().unwrap_or_default()
    }

    /// Documents the module `builder`, with one builder per operation.
    fn operations(&self, items: &mut [Item]) {
        for item in items {
            let Item::Impl(block) = item else { continue };
            let name = self_name(block);
            functions(block, |function| match function {
                "new" => "Creates a call with no parameters set.".to_owned(),
                parameter => {
                    let key = (name.clone(), parameter.trim_end_matches('_').to_owned());
                    self.parameters.get(&key).cloned().unwrap_or_default()
                }
            });
        }
    }
}

/// Documents every undocumented public function of an `impl` block.
fn functions(block: &mut syn::ItemImpl, text: impl Fn(&str) -> String) {
    for item in &mut block.items {
        if let ImplItem::Fn(function) = item
            && matches!(function.vis, Visibility::Public(_))
        {
            document_item(&mut function.attrs, &text(&function.sig.ident.to_string()));
        }
    }
}

fn document_item(attributes: &mut Vec<Attribute>, text: &str) {
    if !text.is_empty() && !attributes.iter().any(|attribute| attribute.path().is_ident("doc")) {
        attributes.insert(0, syn::parse_quote!(#[doc = #text]));
    }
}

/// Returns the name that serde reads and writes.
fn renamed(attributes: &[Attribute]) -> Option<String> {
    let mut name = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let read = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = Some(meta.value()?.parse::<LitStr>()?.value());
            }
            Ok(())
        });
        read.unwrap_or_else(|error| panic!("progenitor generates an unexpected serde attribute: {error}"));
    }
    name
}

fn content(module: &mut syn::ItemMod) -> &mut Vec<Item> {
    &mut module.content.get_or_insert_default().1
}

/// Converts `totalSearchedCount` to `Total searched count`.
fn sentence_case(name: &str) -> String {
    let words = name.to_snake_case().replace('_', " ");
    words[..1].to_uppercase() + &words[1..]
}
