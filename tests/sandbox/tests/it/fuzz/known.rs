//! Values that exist in the sandbox. With them, random requests pass more checks.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{Api, document};

/// The lists from which the values are read.
const LISTS: [&str; 14] = [
    "/v2/aged-domains/available-domains?limit=1",
    "/v2/dns-shield/subscriptions",
    "/v2/domains/connection-requests?limit=2",
    "/v2/domains/tags",
    "/v2/exports/accounts/third-party?app=SMARTLEAD",
    "/v2/mailboxes/list?limit=2",
    "/v2/placement-tests/orders",
    "/v2/placement-tests/subscriptions",
    "/v2/prewarmed-domains/get-domains?limit=1&page=1",
    "/v2/prewarmed-domains/subscriptions",
    "/v2/subscriptions",
    "/v2/webhook/events",
    "/v2/workspaces",
    "/v2/workspaces/members?limit=2&page=1",
];

/// Strings from the sandbox's responses and the document's enums, by their format.
#[derive(Clone)]
pub struct Known {
    /// Ids with the names of their fields, such as `domainId`; for the `id` of a row, the name of the list, such as
    /// `domains`.
    ids: Vec<(String, String)>,
    addresses: Vec<String>,
    names: Vec<String>,
    words: Vec<String>,
}

impl Known {
    pub async fn of(api: &Api) -> Self {
        let mut known = Self { ids: Vec::new(), addresses: Vec::new(), names: Vec::new(), words: Vec::new() };
        for path in LISTS {
            let response = api.request(Method::GET, path).send().await.unwrap();
            // Some lists have no name other than the last segment of their path.
            let name = path.split('?').next().unwrap().rsplit('/').next().unwrap();
            known.add(name, &response.json().await.unwrap_or_default());
        }
        document().schemas().for_each(|(_, schema)| known.add("enum", &schema["enum"]));
        known.names.extend(["noa-shop.com", "own.example"].map(str::to_owned));
        known
    }

    fn add(&mut self, name: &str, value: &Value) {
        match value {
            // Times depend on the machine's clock, but the requests must be the same in each run.
            Value::String(text) if text.starts_with("20") && text.ends_with('Z') => {}
            Value::String(text) if is_id(text) => self.ids.push((name.to_owned(), text.clone())),
            Value::String(text) => {
                let texts = match text {
                    _ if text.contains('@') => &mut self.addresses,
                    _ if text.contains('.') && !text.contains(' ') => &mut self.names,
                    _ => &mut self.words,
                };
                texts.push(text.clone());
            }
            Value::Array(items) => items.iter().for_each(|item| self.add(name, item)),
            Value::Object(fields) => {
                let is_unnamed = |field: &str| matches!(field, "id" | "data");
                fields.iter().for_each(|(field, value)| self.add(if is_unnamed(field) { name } else { field }, value));
            }
            _ => {}
        }
    }

    /// Returns the ids with a similar name; all ids if there are none.
    fn ids_like(&self, name: &str) -> Vec<String> {
        let prefix = |name: &str| name.chars().take(4).collect::<String>().to_lowercase();
        let is_similar = |(other, _): &&(String, String)| prefix(other) == prefix(name);
        let any_similar = self.ids.iter().any(|id| is_similar(&id));
        self.ids.iter().filter(|id| !any_similar || is_similar(id)).map(|(_, id)| id.clone()).collect()
    }

    /// Replaces an invented id or address with an existing one.
    pub fn replacement(&self, name: &str, text: &str, pick: &Index) -> String {
        match text {
            _ if is_id(text) => pick.get(&self.ids_like(name)).clone(),
            _ if text.contains('@') => pick.get(&self.addresses).clone(),
            _ => text.to_owned(),
        }
    }

    /// Generates strings for a field with this name.
    pub fn any_text(&self, name: &str) -> BoxedStrategy<String> {
        let special =
            ["", "0", "-1", "1e400", "18446744073709551615", "true", "null", "2026-11-23T09:00:00Z", "OWNER", "/"];
        prop_oneof![
            4 => select(self.ids_like(name)),
            1 => select(self.addresses.clone()),
            1 => select(self.names.clone()),
            1 => select(self.words.clone()),
            1 => select(special.map(str::to_owned).to_vec()),
            1 => ".{0,20}",
        ]
        .boxed()
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Generates numbers, most often small ones.
pub fn any_number() -> impl Strategy<Value = Value> {
    let extremes =
        [json!(u64::MAX), json!(i64::MAX), json!(i64::MIN), json!(u32::MAX), json!(-1), json!(0.5), json!(1e300)];
    prop_oneof![
        6 => (0_u64..12).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => select(extremes.to_vec()),
    ]
}
