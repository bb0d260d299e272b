//! What can be seen of a purchase: numbers that change when it is made.

use std::collections::BTreeMap;

use reqwest::Method;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zapmail_sdk::{Operation, Result};

use crate::Zapmail;
use crate::names;

/// Numbers that change when a purchase is made, each with its name: how many subscriptions there are, or whether a domain
/// is in the account (1 or 0).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct View {
    /// The numbers.
    pub numbers: BTreeMap<String, Decimal>,
}

/// Where the numbers of a purchase are.
enum Place {
    /// The number of rows in a response without pages, or on its first page if there are fewer than fit on it.
    Rows { path: &'static str, rows: &'static str },
    /// A number in a response.
    Number { path: &'static str, number: &'static str },
    /// Whether each domain is in the account: the names are in the body of the purchase.
    Domains,
    /// The price of the subscription that the body names.
    Price,
}

/// What each purchase changes. For the other purchases, no number can be compared.
const PLACES: [(&str, Place); 11] = [
    ("add_wallet_balance", Place::Number { path: "/v2/wallet/balance", number: "/walletBalance" }),
    ("purchase_addon_mailboxes", Place::Number { path: "/v2/mailboxes/list", number: "/data/purchasedMailboxes" }),
    ("purchase_dns_shield", Place::Rows { path: "/v2/dns-shield/subscriptions", rows: "/data" }),
    ("purchase_domains", Place::Domains),
    ("purchase_high_reputation_domains", Place::Domains),
    ("purchase_placement_plan", Place::Rows { path: "/v2/placement-tests/subscriptions", rows: "/data" }),
    ("purchase_placement_test", Place::Rows { path: "/v2/placement-tests/orders", rows: "/data/testGroups" }),
    ("purchase_prewarmed_plan", Place::Number { path: "/v2/prewarmed-domains/subscriptions", number: "/data/total" }),
    ("purchase_subscription", Place::Rows { path: "/v2/subscriptions", rows: "/data" }),
    ("quick_setup", Place::Domains),
    ("upgrade_subscription", Place::Price),
];

/// The rows of a page that are asked for. If as many come, there may be more, and their number says nothing.
const ROWS_PER_PAGE: usize = 100;

/// The most domains that are looked up, one request each. A larger purchase is compared by these.
const MOST_DOMAINS: usize = 20;

impl View {
    /// What is to be seen for an operation, and a purchase with this body; `None` if nothing can be compared.
    ///
    /// # Errors
    ///
    /// If an operation that verifies the outcome fails.
    pub(super) async fn of(zapmail: &Zapmail, operation: &Operation, body: &[u8]) -> Result<Option<Self>> {
        let body = serde_json::from_slice(body).unwrap_or_default();
        let subjects = match place(operation.id) {
            None => return Ok(None),
            Some(Place::Domains) => domain_names(&body),
            Some(Place::Price) => body["subscriptionId"].as_str().map(str::to_owned).into_iter().collect(),
            Some(Place::Rows { path, .. } | Place::Number { path, .. }) => vec![(*path).to_owned()],
        };
        Self::at(zapmail, operation.id, &subjects).await
    }

    /// The same numbers again.
    ///
    /// # Errors
    ///
    /// If an operation that verifies the outcome fails.
    pub(super) async fn again(&self, zapmail: &Zapmail, operation: &str) -> Result<Option<Self>> {
        let subjects: Vec<_> = self.numbers.keys().cloned().collect();
        Self::at(zapmail, operation, &subjects).await
    }

    async fn at(zapmail: &Zapmail, operation: &str, subjects: &[String]) -> Result<Option<Self>> {
        let mut numbers = BTreeMap::new();
        for subject in subjects {
            let number = match place(operation) {
                None => None,
                Some(Place::Rows { path, rows }) => {
                    let limit = ROWS_PER_PAGE.to_string();
                    let response = read(zapmail, path, &[("limit", &limit)]).await?;
                    // No list is an empty one.
                    let count = response.pointer(rows).and_then(Value::as_array).map_or(0, Vec::len);
                    Some(count).filter(|count| *count < ROWS_PER_PAGE).map(Decimal::from)
                }
                Some(Place::Number { path, number }) => number_of(read(zapmail, path, &[]).await?.pointer(number)),
                Some(Place::Domains) => {
                    let limit = ROWS_PER_PAGE.to_string();
                    let response = read(zapmail, "/v2/domains", &[("contains", subject), ("limit", &limit)]).await?;
                    let domains = response.pointer("/data/domains").and_then(Value::as_array);
                    let count = domains.map_or(0, Vec::len);
                    let is_there = domains.into_iter().flatten().any(|domain| is_named(domain, subject));
                    Some(is_there)
                        .filter(|is_there| *is_there || count < ROWS_PER_PAGE)
                        .map(|is_there| u8::from(is_there).into())
                }
                Some(Place::Price) => {
                    let response = read(zapmail, "/v2/subscriptions", &[]).await?;
                    let mut rows = response.pointer("/data").and_then(Value::as_array).into_iter().flatten();
                    let id = Some(subject.as_str());
                    let row = rows.find(|row| row["subscriptionId"].as_str() == id || row["id"].as_str() == id);
                    number_of(row.map(|row| &row["price"]))
                }
            };
            numbers.extend(number.map(|number| (subject.clone(), number)));
        }
        Ok(Some(Self { numbers }).filter(|view| !view.numbers.is_empty()))
    }
}

fn place(operation: &str) -> Option<&'static Place> {
    PLACES.iter().find(|(id, _)| *id == operation).map(|(_, place)| place)
}

async fn read(zapmail: &Zapmail, path: &str, query: &[(&str, &String)]) -> Result<Value> {
    let request = zapmail.request(Method::GET, path);
    query.iter().fold(request, |request, (name, value)| request.query(*name, value)).send().await
}

/// The names of the domains in a body: texts, or the `domainName` of objects.
fn domain_names(body: &Value) -> Vec<String> {
    let domains = body["domains"].as_array().into_iter().flatten();
    let names = domains.filter_map(|domain| domain.as_str().or_else(|| domain["domainName"].as_str()));
    names.take(MOST_DOMAINS).map(names::domain).collect()
}

fn is_named(domain: &Value, name: &str) -> bool {
    domain["domain"].as_str().is_some_and(|domain| names::domain(domain) == name)
}

/// A number, or one as text.
fn number_of(value: Option<&Value>) -> Option<Decimal> {
    let value = value?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;
    use zapmail_sdk::operations::{Effect, OPERATIONS};

    use super::*;

    #[test]
    fn purchases_without_a_place_are_known() {
        let without = OPERATIONS.iter().filter(|operation| operation.effect == Effect::Spend);
        let without: BTreeSet<_> = without.map(|operation| operation.id).filter(|id| place(id).is_none()).collect();
        // Their effects are not numbers: new mailboxes, a date, a plan.
        let expected = ["assign_prewarmed_domains", "renew_domains", "upgrade_dns_shield_plan"];
        assert_eq!(without, BTreeSet::from(expected));
        assert!(PLACES.iter().all(|(id, _)| OPERATIONS.iter().any(|operation| operation.id == *id)));
    }

    #[test]
    fn names_are_those_of_texts_and_objects() {
        let body = json!({"domains": ["Acme.com", {"domainName": "acme.io", "years": 1}, 7, {}]});
        assert_eq!(domain_names(&body), ["acme.com", "acme.io"]);
        let many: Vec<_> = (0..50).map(|number| format!("acme-{number}.com")).collect();
        assert_eq!(domain_names(&json!({"domains": many})).len(), MOST_DOMAINS);
        assert!(domain_names(&json!({})).is_empty());
    }

    #[test]
    fn number_can_be_text() {
        for (value, expected) in [
            (json!(64), Some("64")),
            (json!(64.25), Some("64.25")),
            (json!("64.25"), Some("64.25")),
            (json!(1e3), Some("1000")),
            (json!("NaN"), None),
            (json!(null), None),
            (json!([1]), None),
        ] {
            assert_eq!(number_of(Some(&value)), expected.map(|text| text.parse().unwrap()), "{value}");
        }
    }
}
