//! The search across all workspaces.

use serde_json::json;

use crate::api::Api;

const PATH: &str = "/v2/global/mailbox-domain-search";

#[tokio::test]
async fn all_workspaces_are_searched() {
    let api = Api::start().await;
    // A domain and its three mailboxes in each workspace.
    for (name, workspace) in [("acme-001", "Main"), ("acme-020", "Client North")] {
        let found = api.get(&format!("{PATH}?page=1&limit=10&contains={name}")).await.data();
        assert_eq!((&found["totalSearchedCount"], &found["results"][0]["mailboxId"]), (&json!(4), &json!(null)));
        assert_eq!(found["results"][3]["workspaceName"], workspace);
        assert!(found["results"][3]["email"].as_str().unwrap().contains(name));
    }
    let all = api.get(&format!("{PATH}?page=10&limit=10")).await.data();
    assert_eq!((&all["totalSearchedCount"], all["results"].as_array().unwrap().len()), (&json!(96), 6));
    // The sandbox's rows contain no credentials, whatever the service returns.
    assert!(!all.to_string().contains("password"));
}

#[tokio::test]
async fn search_without_valid_page_and_limit_is_refused() {
    let api = Api::start().await;
    for query in ["", "?page=1", "?limit=10", "?page=0&limit=10", "?page=one&limit=10"] {
        api.get(&format!("{PATH}{query}")).await.refused(400);
    }
}
