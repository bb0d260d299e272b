//! Names that can be bought: suggestions, answers, the AI finder.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::Api;

#[tokio::test]
async fn suggestions_are_built_around_a_word() {
    let api = Api::start().await;
    let search = |body: Value| api.post("/v2/domains/available", body);
    let data = search(json!({"domainName": "Northwind", "years": 1})).await.data();
    assert_eq!(data["exactMatch"], json!(null));
    let offers = data["availableDomains"].as_array().unwrap();
    assert_eq!(offers.len(), 16);
    assert_eq!(
        offers[0],
        json!({
            "domainName": "trynorthwindhq.com", "status": "AVAILABLE", "isPremiumDomain": false,
            "domainPrice": "12.99", "renewPrice": "20.99",
        })
    );
    let tlds = ["com", "net", "org", "biz", "live", "info"];
    let data = search(json!({"domainName": "northwind", "tlds": tlds})).await.data();
    assert_eq!(data["availableDomains"].as_array().unwrap().len(), 50);
    assert_eq!(search(json!({"domainName": "taken"})).await.data()["availableDomains"], json!([]));
    let years = search(json!({"domainName": "northwind", "years": 3})).await.data();
    assert_eq!(years["availableDomains"][0]["domainPrice"], "54.97");
    for bad in [
        json!({"domainName": "north wind"}),
        json!({"domainName": "northwind", "tlds": ["io"]}),
        json!({"domainName": "northwind", "years": 0}),
    ] {
        search(bad).await.refused(422);
    }
}

#[tokio::test]
async fn a_name_is_available_or_not_and_prices_are_texts() {
    let api = Api::start().await;
    super::buy(&api, "acme-own.com").await;
    let names = ["free.net", "taken.com", "banned.com", "workspace.com", "acme-own.com", "free.io", "premium.com"];
    let data = api.post("/v2/domains/available-bulk", json!({"domainNames": names})).await.data();
    assert_eq!((&data["total"], &data["available"], &data["unavailable"]), (&json!(7), &json!(2), &json!(5)));
    let told: Vec<_> = data["domains"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |part: &str| row[part].as_str().unwrap().to_owned();
            (text("domainName"), text("status") == "AVAILABLE", text("domainPrice"), row["isPremiumDomain"] == true)
        })
        .collect();
    let row =
        |name: &str, available: bool, price: &str, premium| (name.to_owned(), available, price.to_owned(), premium);
    assert_eq!(
        told,
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
    assert_eq!(message, "domainNames.0 is no name of a domain");
}

#[tokio::test(start_paused = true)]
async fn the_finder_thinks_and_its_names_stay_for_five_minutes() {
    let api = Api::start().await;
    let body = json!({"keywords": ["north", "wind"], "tlds": ["com", "io"], "desiredCount": 10});
    let ask = || async { api.post("/v2/domains/ai-finder", body.clone()).await.data() };
    let first = ask().await;
    assert_eq!(
        (&first["status"], &first["progress"], &first["totalDomains"]),
        (&json!("generating"), &json!(0), &json!(0))
    );
    tokio::time::advance(Duration::from_secs(10)).await;
    let later = ask().await;
    assert_eq!((&later["progress"], &later["totalDomains"]), (&json!(66), &json!(3)));
    // At 100 per cent it still says that it is generating.
    tokio::time::advance(Duration::from_secs(5)).await;
    let done = ask().await;
    assert_eq!(
        (&done["status"], &done["progress"], &done["totalDomains"]),
        (&json!("generating"), &json!(100), &json!(6))
    );
    tokio::time::advance(Duration::from_secs(5)).await;
    let ended = ask().await;
    assert_eq!((&ended["status"], &ended["domains"]), (&json!("completed"), &done["domains"]));
    let unsold = &ended["domains"][1];
    assert!(unsold["domainName"].as_str().unwrap().ends_with(".io"));
    assert_eq!(unsold["domainPrice"], "NaN");

    tokio::time::advance(Duration::from_secs(280)).await;
    assert_eq!(ask().await["status"], "generating");
    tokio::time::advance(Duration::from_secs(20)).await;
    assert_ne!(ask().await["domains"], ended["domains"]);
}

#[tokio::test]
async fn the_finder_needs_words_endings_and_a_count() {
    let api = Api::start().await;
    for (part, bad) in [
        ("keywords", json!([])),
        ("keywords", json!(["!"])),
        ("tlds", json!([])),
        ("tlds", json!(["c m"])),
        ("desiredCount", json!(0)),
    ] {
        let mut body = json!({"keywords": ["north"], "tlds": ["com"], "desiredCount": 1});
        body[part] = bad;
        let message = api.post("/v2/domains/ai-finder", body).await.refused(422);
        assert!(message.contains(part), "{message}");
    }
}
