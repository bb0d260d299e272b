//! Tests of every rule: each row breaks the rule with one change of the real document, and expects a finding with the
//! file, the operation or component, and the remedy.

mod descriptions;
mod examples;
mod facts;
mod ids;
mod money;
mod operations;
mod references;
mod responses;
mod schemas;
mod secrets;

use serde_json::Value;

use crate::document::Document;
use crate::finding::Finding;
use crate::{fixture, index};

/// The changed pointer, its new value (`None` removes it), `file: location` of the finding, and parts of its message.
type Row<'a> = (String, Option<Value>, &'a str, &'a [&'a str]);

/// Breaks one rule of each module, and expects that `broken` reports it.
#[test]
fn all_rules_are_checked() {
    let index = index::read(&crate::openapi_folder()).unwrap();
    let rows: [Row<'_>; 10] = [
        (operation("get_user", "/x-zapmail-effect"), Some("buy".into()), "get_user", &["must be one of"]),
        (operation("get_user", "/responses/4XX"), None, "get_user", &["response 4XX"]),
        (schema("Mailbox", "/properties/id/enum"), Some(vec!["1"].into()), "Mailbox.id", &["inline enum"]),
        (schema("Mailbox", "/properties/id/$ref"), Some("#/components/schemas/Id".into()), "Mailbox", &["not exist"]),
        (operation("add_wallet_balance", BODY), None, "add_wallet_balance", &["no example"]),
        (schema("Mailbox", "/properties/secret/format"), None, "Mailbox.secret", &["like a credential"]),
        (schema("Mailbox", "/properties/id/x-zapmail-id"), None, "Mailbox.id", &["named like an id"]),
        (schema("Wallet", "/properties/walletBalance/format"), None, "Wallet.walletBalance", &["amount of money"]),
        (operation("get_user", "/summary"), None, "get_user", &["summary"]),
        (operation("get_user", "/tags/0"), Some("wallet".into()), "get_user", &["in operations.tsv"]),
    ];
    for (pointer, value, location, parts) in rows {
        let findings = super::broken(&changed(&pointer, value), &index);
        let found = findings.iter().any(|finding| finding.location == location && contains(finding, parts));
        assert!(found, "{pointer}: {findings:?}");
    }
}

/// The pointer to the example of a body, below its operation.
const BODY: &str = "/requestBody/content/application~1json/example";

/// Expects each change to cause a finding of this rule. All missed changes are reported together.
fn each_is_found<'a>(rule: impl Fn(&Document) -> Vec<Finding>, rows: impl IntoIterator<Item = Row<'a>>) {
    assert_eq!(rule(&fixture::document()), [], "the real document breaks the rule");
    let mut missed = Vec::new();
    for (pointer, value, location, parts) in rows {
        let findings = rule(&changed(&pointer, value.clone()));
        let location = format!("openapi/{location}: ");
        if !findings.iter().any(|finding| finding.to_string().starts_with(&location) && contains(finding, parts)) {
            missed.push(format!("{pointer} = {value:?}: no {parts:?} at {location}, but {findings:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Expects none of these changes to cause a finding of this rule.
fn none_is_found(rule: impl Fn(&Document) -> Vec<Finding>, rows: impl IntoIterator<Item = (String, Option<Value>)>) {
    for (pointer, value) in rows {
        assert_eq!(rule(&changed(&pointer, value)), [], "{pointer}");
    }
}

fn contains(finding: &Finding, parts: &[&str]) -> bool {
    parts.iter().all(|part| finding.message.contains(part))
}

/// A JSON pointer below an operation.
fn operation(id: &str, below: &str) -> String {
    let document = fixture::document();
    let operation = document.operations().find(|operation| operation.id == id).unwrap();
    format!("/paths/{}/{}{below}", operation.path.replace('/', "~1"), operation.method)
}

/// A JSON pointer below a schema.
fn schema(name: &str, below: &str) -> String {
    format!("/components/schemas/{name}{below}")
}

/// The real document with a new value at this pointer, or without a value.
fn changed(pointer: &str, value: Option<Value>) -> Document {
    let mut document = fixture::document();
    let before = document.value().clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/");
    match (document.model.value_mut().pointer_mut(parent).unwrap_or_else(|| panic!("{parent} does not exist")), value) {
        (Value::Array(array), Some(value)) => array[key.parse::<usize>().unwrap()] = value,
        (Value::Array(array), None) => _ = array.remove(key.parse().unwrap()),
        (Value::Object(object), Some(value)) => _ = object.insert(key, value),
        (Value::Object(object), None) => _ = object.remove(&key),
        (other, _) => panic!("{parent} is {other}"),
    }
    assert_ne!(*document.value(), before, "{pointer}: the change has no effect");
    document
}
