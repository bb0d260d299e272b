//! What a mock responds with: the data in its envelope, and nothing that the client would not read as it is meant.
//!
//! progenitor's mocks send any body with any status, and only a failed `assert_eq!` says that a status is wrong.

use heck::{ToPascalCase, ToSnakeCase};
use quote::format_ident;
use syn::{Block, ImplItem, Item, parse_quote};
use zapmail_openapi::codegen::Document;
use zapmail_openapi::document::content;

pub fn check(mocks: &mut syn::File, document: &Document) {
    let operations: Vec<_> = document.operations().collect();
    let items = mocks.items.iter_mut().filter_map(|item| match item {
        Item::Mod(module) => module.content.as_mut().map(|(_, items)| items),
        _ => None,
    });
    for item in items.flatten() {
        let Item::Impl(block) = item else { continue };
        let syn::Type::Path(path) = &*block.self_ty else { continue };
        let name = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let Some(operation) = name.strip_suffix("Then") else { continue };
        let known = operations.iter().find(|known| known.id.to_pascal_case() == operation);
        let known = known.unwrap_or_else(|| panic!("{name} belongs to no operation"));
        let is_file = known.successes().any(|(_, response)| content::is_file(response));
        let id = operation.to_snake_case();
        let builder = format_ident!("{operation}");
        let builder: syn::Path = parse_quote!(::zapmail_sdk::builder::#builder);
        for item in &mut block.items {
            let ImplItem::Fn(function) = item else { continue };
            let checked: Block = match function.sig.ident.to_string().as_str() {
                "success" if is_file => parse_quote!({ Self(crate::responses::file(self.0, #id, status, value)) }),
                "success" => parse_quote!({ Self(crate::responses::success::<#builder>(self.0, status, value)) }),
                "client_error" => parse_quote!({ Self(crate::responses::error(self.0, #id, 4, status, value)) }),
                "server_error" => parse_quote!({ Self(crate::responses::error(self.0, #id, 5, status, value)) }),
                _ => continue,
            };
            function.block = checked;
        }
        if !is_file {
            block.items.push(parse_quote! {
                pub fn data(self, status: u16, data: &<#builder as ::zapmail_sdk::Request>::Data) -> Self {
                    Self(crate::responses::data::<#builder>(self.0, status, data))
                }
            });
        }
    }
}
