//! Recording the shapes of responses.

use std::collections::BTreeSet;

use serde_json::Value;
use zapmail_openapi::document::Document;
use zapmail_sandbox::{Quota, Sandbox};

use crate::run::zapmail;

/// Collects the strings in a value that could identify the account.
fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text)
            if text.len() > 8 && !text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') =>
        {
            found.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_are_recorded_without_values() {
    let sandbox = Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shapes.json");
    let observe = || zapmail().on(&sandbox).args(["observe", file.to_str().unwrap(), "-o", "json"]).run();
    let rows = observe().json();

    let document = Document::parse(zapmail_openapi::DOCUMENT).unwrap();
    let sent: BTreeSet<_> = sandbox.request_counts().into_keys().collect();
    for operation in &sent {
        assert_eq!(document.operation(operation).unwrap().effect(), "read", "{operation}");
    }
    assert!(sandbox.ledger().is_empty() && sent.len() > 30, "{sent:?}");
    for expected in ["get_domain_health", "list_dns_records", "get_mailbox", "get_subscription_invoices"] {
        assert!(sent.contains(expected), "{expected} is called with an id from a list");
    }
    let rows = rows.as_array().unwrap();
    let remark = |id: &str| rows.iter().find(|row| row["operation"] == id).unwrap()["remark"].clone();
    assert!(remark("find_domains_with_ai").as_str().unwrap().starts_with("not sent: "));

    let shapes = std::fs::read_to_string(&file).unwrap();
    let mut values = BTreeSet::new();
    for path in ["/v2/mailboxes/list?limit=100", "/v2/domains?limit=100", "/v2/users", "/v2/subscriptions"] {
        let body = zapmail().on(&sandbox).args(["api", "GET", path, "--reveal", "-o", "json"]).run().json();
        texts(&body["data"], &mut values);
    }
    assert!(values.len() > 100);
    for value in values {
        assert!(!shapes.contains(&value), "the file contains a value");
    }
    // A second run merges its shapes into the file.
    observe();
    let merged: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert!(merged.is_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn unwritable_file_is_refused_before_requests_are_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let outcome = zapmail().on(&sandbox).args(["observe", "/nowhere/shapes.json"]).run();
    assert!(outcome.failed(1).contains("/nowhere/shapes.json cannot be written"), "{outcome:?}");
    assert!(sandbox.requests().is_empty());
}
