//! Reads the numbers that a purchase changes.

use std::collections::BTreeMap;

use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::Value;
use zapmail_sdk::types::DomainStatus;
use zapmail_sdk::{Operation, Result};

use crate::client::Zapmail;
use crate::journal::View;
use crate::names;
use crate::rows;

/// The source of the numbers that a purchase changes.
enum Source {
    /// The number of rows in an unpaginated response, or on the first page of a list if that page is not full.
    Rows { path: &'static str, rows: &'static str },
    /// A number in a response.
    Number { path: &'static str, number: &'static str },
    /// Whether each domain in the body of the purchase is in the account. A domain whose registration has expired is
    /// not: it can be bought again.
    Domains,
    /// The price of the subscription in the body of the purchase.
    Price,
}

/// The source of the numbers for each purchase. Other purchases do not change numbers that can be compared.
const SOURCES: [(&str, Source); 11] = [
    ("add_wallet_balance", Source::Number { path: "/v2/wallet/balance", number: "/walletBalance" }),
    ("purchase_addon_mailboxes", Source::Number { path: "/v2/mailboxes/list", number: "/data/purchasedMailboxes" }),
    ("purchase_dns_shield", Source::Rows { path: "/v2/dns-shield/subscriptions", rows: "/data" }),
    ("purchase_domains", Source::Domains),
    ("purchase_high_reputation_domains", Source::Domains),
    ("purchase_placement_plan", Source::Rows { path: "/v2/placement-tests/subscriptions", rows: "/data" }),
    ("purchase_placement_test", Source::Rows { path: "/v2/placement-tests/orders", rows: "/data/testGroups" }),
    ("purchase_prewarmed_plan", Source::Number { path: "/v2/prewarmed-domains/subscriptions", number: "/data/total" }),
    ("purchase_subscription", Source::Rows { path: "/v2/subscriptions", rows: "/data" }),
    ("quick_setup", Source::Domains),
    ("upgrade_subscription", Source::Price),
];

/// The requested number of rows per page. If a page is full, there may be more rows, so the number of rows is not used.
const ROWS_PER_PAGE: usize = 100;

/// The maximum number of domains that are looked up, at one request each. Further domains of a purchase are not
/// compared.
const MAX_DOMAINS: usize = 20;

impl View {
    /// Reads the numbers for a purchase with this operation and body. Returns `None` if there is nothing to compare.
    ///
    /// # Errors
    ///
    /// Any error of a request that reads the numbers.
    pub(super) async fn of(zapmail: &Zapmail, operation: &Operation, body: &[u8]) -> Result<Option<Self>> {
        let body = serde_json::from_slice(body).unwrap_or_default();
        let subjects = match source(operation.id) {
            None => return Ok(None),
            Some(Source::Domains) => domain_names(&body),
            Some(Source::Price) => body["subscriptionId"].as_str().map(str::to_owned).into_iter().collect(),
            Some(Source::Rows { path, .. } | Source::Number { path, .. }) => vec![(*path).to_owned()],
        };
        Self::read_subjects(zapmail, operation.id, &subjects).await
    }

    /// Reads the same numbers again.
    ///
    /// # Errors
    ///
    /// Any error of a request that reads the numbers.
    pub(super) async fn again(&self, zapmail: &Zapmail, operation: &str) -> Result<Option<Self>> {
        let subjects: Vec<_> = self.numbers.keys().cloned().collect();
        Self::read_subjects(zapmail, operation, &subjects).await
    }

    async fn read_subjects(zapmail: &Zapmail, operation: &str, subjects: &[String]) -> Result<Option<Self>> {
        let mut numbers = BTreeMap::new();
        for subject in subjects {
            let number = match source(operation) {
                None => None,
                Some(Source::Rows { path, rows }) => {
                    let limit = ROWS_PER_PAGE.to_string();
                    let response = read(zapmail, path, &[("limit", &limit)]).await?;
                    // A missing list counts as an empty one.
                    let count = response.pointer(rows).and_then(Value::as_array).map_or(0, Vec::len);
                    Some(count).filter(|count| *count < ROWS_PER_PAGE).map(Decimal::from)
                }
                Some(Source::Number { path, number }) => number_of(read(zapmail, path, &[]).await?.pointer(number)),
                Some(Source::Domains) => {
                    let limit = ROWS_PER_PAGE.to_string();
                    let response = read(zapmail, "/v2/domains", &[("contains", subject), ("limit", &limit)]).await?;
                    let domains = response.pointer("/data/domains").and_then(Value::as_array);
                    let count = domains.map_or(0, Vec::len);
                    let is_present =
                        domains.into_iter().flatten().any(|domain| is_named(domain, subject) && !is_expired(domain));
                    Some(is_present)
                        .filter(|is_present| *is_present || count < ROWS_PER_PAGE)
                        .map(|is_present| u8::from(is_present).into())
                }
                Some(Source::Price) => {
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

fn source(operation: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|(id, _)| *id == operation).map(|(_, source)| source)
}

async fn read(zapmail: &Zapmail, path: &str, query: &[(&str, &String)]) -> Result<Value> {
    let request = zapmail.request(Method::GET, path);
    query.iter().fold(request, |request, (name, value)| request.query(*name, value)).send().await
}

/// Returns the names of the domains in a body. Each element is a string, or an object with a `domainName`.
fn domain_names(body: &Value) -> Vec<String> {
    let domains = body["domains"].as_array().into_iter().flatten();
    let names = domains.filter_map(|domain| domain.as_str().or_else(|| domain["domainName"].as_str()));
    names.take(MAX_DOMAINS).map(names::domain).collect()
}

fn is_named(domain: &Value, name: &str) -> bool {
    domain["domain"].as_str().is_some_and(|domain| names::domain(domain) == name)
}

fn is_expired(domain: &Value) -> bool {
    domain["status"].as_str().is_some_and(|status| rows::is(status, DomainStatus::Expired.as_str()))
}

/// Returns the number in a value that is a number or a string.
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
    fn purchases_without_a_source_are_known() {
        let without = OPERATIONS.iter().filter(|operation| operation.effect == Effect::Spend);
        let without: BTreeSet<_> = without.map(|operation| operation.id).filter(|id| source(id).is_none()).collect();
        // These purchases create mailboxes, or change a date or a plan: no number can be compared.
        let expected = ["assign_prewarmed_domains", "renew_domains", "upgrade_dns_shield_plan"];
        assert_eq!(without, BTreeSet::from(expected));
        assert!(SOURCES.iter().all(|(id, _)| OPERATIONS.iter().any(|operation| operation.id == *id)));
    }

    #[test]
    fn domain_names_are_read_from_strings_and_objects() {
        let body = json!({"domains": ["Acme.com", {"domainName": "acme.io", "years": 1}, 7, {}]});
        assert_eq!(domain_names(&body), ["acme.com", "acme.io"]);
        let many: Vec<_> = (0..50).map(|number| format!("acme-{number}.com")).collect();
        assert_eq!(domain_names(&json!({"domains": many})).len(), MAX_DOMAINS);
        assert!(domain_names(&json!({})).is_empty());
    }

    #[test]
    fn number_is_read_from_number_or_string() {
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
