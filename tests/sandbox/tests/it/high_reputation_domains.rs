//! High-reputation domains.

use serde_json::{Value, json};

use crate::api::Api;

async fn offered(api: &Api, query: &str) -> Vec<Value> {
    let data = api.get(&format!("/v2/aged-domains/available-domains?{query}")).await.data();
    assert_eq!(data.as_object().unwrap().len(), 1, "there are no counters");
    data["domains"].as_array().unwrap().clone()
}

const PURCHASE: &str = "/v2/aged-domains/purchase";

#[tokio::test]
async fn list_ends_with_empty_page() {
    let api = Api::start().await;
    let mut counts = Vec::new();
    for page in 1..=4 {
        counts.push(offered(&api, &format!("page={page}")).await.len());
    }
    assert_eq!(counts, [10, 10, 5, 0]);
}

#[tokio::test]
async fn purchased_domain_is_charged_and_listed() {
    let api = Api::start().await;
    let names = json!({"domains": ["aged-001.example.com", "AGED-002.example.com"]});
    api.post(PURCHASE, names.clone()).await.data();
    assert_eq!(api.balance().await, 21.5);
    assert_eq!(offered(&api, "limit=50").await.len(), 23);
    let listed = api.get("/v2/domains?contains=aged-").await.data();
    assert_eq!(listed["domains"].as_array().unwrap().len(), 2);
    assert!(api.post(PURCHASE, names).await.refused(400).contains("sold"));

    for (names, status) in [
        (json!([]), 422),
        (json!(["young.example.com"]), 404),
        (json!(["aged-003.example.com"]), 400),
        (json!(vec!["a.example.com"; 51]), 422),
    ] {
        api.post(PURCHASE, json!({"domains": names})).await.refused(status);
    }
    assert_eq!(api.balance().await, 21.5);
}
