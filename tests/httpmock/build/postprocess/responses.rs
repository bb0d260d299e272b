//! Checked responses: data in its envelope, and an error for a response that the client would not accept.
//!
//! progenitor's mocks send any body with any status, and report a wrong status only with a failed `assert_eq!`.

use heck::{ToPascalCase, ToSnakeCase};
use quote::format_ident;
use syn::{Block, ImplItem, Item, parse_quote};
use zapmail_openapi::codegen::Document;
use zapmail_openapi::document::content;

pub fn add_checks(mocks: &mut syn::File, document: &Document) {
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
        let found = operations.iter().find(|candidate| candidate.id.to_pascal_case() == operation);
        let described = found.unwrap_or_else(|| panic!("{name} belongs to no operation"));
        let is_file = described.successes().any(|(_, response)| content::is_file(response));
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
