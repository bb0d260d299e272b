//! Domains.

mod availability;
mod connect;
mod events;
mod health;
mod lists;
mod purchase;
mod renewal;
mod settings;
mod storage;
mod tags;

use serde_json::Value;

use crate::api::Api;

/// Returns the row of the domain with this name; null if there is none.
async fn row(api: &Api, name: &str) -> Value {
    let data = api.get(&format!("/v2/domains?contains={name}")).await.data();
    data["domains"].as_array().unwrap().iter().find(|row| row["domain"] == name).cloned().unwrap_or_default()
}

/// Returns the row of the domain at this position in the workspace.
async fn nth(api: &Api, position: usize) -> Value {
    api.get(&format!("/v2/domains?limit=1&page={}", position + 1)).await.data()["domains"][0].take()
}

/// Returns the names on a page of domains.
fn names(data: &Value) -> Vec<&str> {
    data["domains"].as_array().unwrap().iter().map(|row| row["domain"].as_str().unwrap()).collect()
}

/// Purchases a domain from the wallet and advances the time until it is active. Returns its row.
async fn buy(api: &Api, name: &str) -> Value {
    assert_eq!(api.purchase_domain(name).await["message"], "Domains purchased");
    api.sandbox.advance(std::time::Duration::from_secs(120));
    row(api, name).await
}
