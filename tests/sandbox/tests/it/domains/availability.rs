//! Availability of names: suggestions, checks and the AI finder.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{Api, assert_fields};

#[tokio::test]
async fn suggestions_add_prefixes_and_suffixes_to_keyword() {
    let api = Api::start().await;
    let search = |body: Value| api.post("/v2/domains/available", body);
    let data = search(json!({"domainName": "Northwind", "years": 1})).await.data();
    assert_eq!(data["exactMatch"], json!(null));
    let offers = data["availableDomains"].as_array().unwrap();
    assert_eq!(offers.len(), 12);
    assert_eq!(
        offers[0],
        json!({
            "domainName": "trynorthwind.com", "status": "AVAILABLE", "isPremiumDomain": false,
            "domainPrice": "12.99", "renewPrice": "20.99",
        })
    );
    let tlds = ["com", "net", "org", "biz", "live", "info"];
    let data = search(json!({"domainName": "northwind", "tlds": tlds})).await.data();
    assert_eq!(data["availableDomains"].as_array().unwrap().len(), 50);
    assert_eq!(search(json!({"domainName": "taken"})).await.data()["availableDomains"], json!([]));
    let years = search(json!({"domainName": "northwind", "years": 3})).await.data();
    assert_eq!(years["availableDomains"][0]["domainPrice"], "54.97");
    for invalid in [
        json!({"domainName": "north wind"}),
        json!({"domainName": "northwind", "tlds": ["io"]}),
        json!({"domainName": "northwind", "years": 0}),
    ] {
        search(invalid).await.refused(422);
    }
}

#[tokio::test]
async fn check_returns_status_and_price_per_name() {
    let api = Api::start().await;
    super::buy(&api, "acme-own.com").await;
    let names = ["free.net", "taken.com", "banned.com", "workspace.com", "acme-own.com", "free.io", "premium.com"];
    let data = api.post("/v2/domains/available-bulk", json!({"domainNames": names})).await.data();
    assert_fields(&data, json!({"total": 7, "available": 2, "unavailable": 5}));
    let rows: Vec<_> = data["domains"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |field: &str| row[field].as_str().unwrap().to_owned();
            (text("domainName"), text("status") == "AVAILABLE", text("domainPrice"), row["isPremiumDomain"] == true)
        })
        .collect();
    let row =
        |name: &str, available: bool, price: &str, premium| (name.to_owned(), available, price.to_owned(), premium);
    assert_eq!(
        rows,
        [
            row("free.net", true, "14.99", false),
            row("taken.com", false, "0.00", false),
            row("banned.com", false, "0.00", false),
            row("workspace.com", false, "0.00", false),
            row("acme-own.com", false, "0.00", false),
            row("free.io", false, "NaN", false),
            row("premium.com", true, "499.00", true),
        ]
    );
    let many: Vec<_> = (0..21).map(|nth| format!("free-{nth}.com")).collect();
    api.post("/v2/domains/available-bulk", json!({"domainNames": many})).await.refused(422);
    let message = api.post("/v2/domains/available-bulk", json!({"domainNames": ["free"]})).await.refused(422);
    assert_eq!(message, "domainNames.0 is not a valid domain name");
}

#[tokio::test(start_paused = true)]
async fn finder_makes_progress_and_caches_names_for_five_minutes() {
    let api = Api::start().await;
    let body = json!({"keywords": ["north", "wind"], "tlds": ["com", "io"], "desiredCount": 10});
    let ask = || async { api.post("/v2/domains/ai-finder", body.clone()).await.data() };
    let first = ask().await;
    assert_fields(&first, json!({"status": "generating", "progress": 0, "totalDomains": 0}));
    tokio::time::advance(Duration::from_secs(10)).await;
    let later = ask().await;
    assert_fields(&later, json!({"progress": 66, "totalDomains": 3}));
    // At 100 percent, the status is still `generating`.
    tokio::time::advance(Duration::from_secs(5)).await;
    let done = ask().await;
    assert_fields(&done, json!({"status": "generating", "progress": 100, "totalDomains": 6}));
    tokio::time::advance(Duration::from_secs(5)).await;
    let completed = ask().await;
    assert_fields(&completed, json!({"status": "completed", "domains": done["domains"]}));
    let unsold = &completed["domains"][1];
    assert!(unsold["domainName"].as_str().unwrap().ends_with(".io"));
    assert_eq!(unsold["domainPrice"], "NaN");

    tokio::time::advance(Duration::from_secs(280)).await;
    assert_eq!(ask().await["status"], "generating");
    tokio::time::advance(Duration::from_secs(20)).await;
    assert_ne!(ask().await["domains"], completed["domains"]);
}

#[tokio::test]
async fn finder_requires_valid_keywords_tlds_and_count() {
    let api = Api::start().await;
    for (field, invalid) in [
        ("keywords", json!([])),
        ("keywords", json!(["!"])),
        ("tlds", json!([])),
        ("tlds", json!(["c m"])),
        ("desiredCount", json!(0)),
    ] {
        let mut body = json!({"keywords": ["north"], "tlds": ["com"], "desiredCount": 1});
        body[field] = invalid;
        let message = api.post("/v2/domains/ai-finder", body).await.refused(422);
        assert!(message.contains(field), "{message}");
    }
}
