//! Raw JSON: values without a schema become [`RawJson`](../../src/raw_json.rs) or
//! [`RawJsonMap`](../../src/raw_json_map.rs), which do not print their contents.

use quote::ToTokens;
use syn::visit_mut::VisitMut;

use super::visitor::{Pass, Visitor};

pub fn hide(client: &mut syn::File) {
    for name in ["types", "builder"] {
        for item in super::module(&mut client.items, name) {
            Visitor(&mut Hide).visit_item_mut(item);
        }
    }
}

struct Hide;

impl Pass for Hide {
    fn ty(&mut self, ty: &mut syn::Type) {
        match ty.to_token_stream().to_string().as_str() {
            ":: serde_json :: Value" => *ty = syn::parse_quote!(crate::RawJson),
            ":: serde_json :: Map < :: std :: string :: String , :: serde_json :: Value >" => {
                *ty = syn::parse_quote!(crate::RawJsonMap);
            }
            _ => {}
        }
    }
}
