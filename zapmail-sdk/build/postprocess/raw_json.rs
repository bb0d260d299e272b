//! Raw JSON: values without a schema become [`RawJson`](../../src/raw_json.rs) or
//! [`RawJsonMap`](../../src/raw_json_map.rs), which do not print their contents.

use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};

pub fn hide(client: &mut syn::File) {
    for item in super::module(&mut client.items, "types") {
        Hide.visit_item_mut(item);
    }
    for item in super::module(&mut client.items, "builder") {
        Hide.visit_item_mut(item);
    }
}

struct Hide;

impl VisitMut for Hide {
    fn visit_type_mut(&mut self, ty: &mut syn::Type) {
        match ty.to_token_stream().to_string().as_str() {
            ":: serde_json :: Value" => *ty = syn::parse_quote!(crate::RawJson),
            ":: serde_json :: Map < :: std :: string :: String , :: serde_json :: Value >" => {
                *ty = syn::parse_quote!(crate::RawJsonMap);
            }
            _ => visit_mut::visit_type_mut(self, ty),
        }
    }
}
