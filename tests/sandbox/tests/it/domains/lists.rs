//! Lists, searches, removal and moves of domains.

use serde_json::json;

use super::{buy, names, nth};
use crate::api::{Api, UNKNOWN, assert_fields, assignment};

#[tokio::test]
async fn list_has_all_domains_of_workspace_in_pages() {
    let api = Api::start().await;
    let page = api.get("/v2/domains?page=2").await.data();
    assert_eq!(page["totalSearchedCount"], 16);
    assert_fields(&page, json!({"currentPage": 2, "nextPage": 3, "totalPages": 2}));
    assert_eq!(names(&page)[0], "acme-011.example.com");
    assert_eq!(page["domains"].as_array().unwrap().len(), 6);
    let row = &page["domains"][0];
    assert_fields(row, json!({"status": "ACTIVE", "serviceProvider": "GOOGLE"}));
    assert_eq!(row["assignedMailboxesCount"], "3");
    assert_eq!(row["mailboxes"][0]["domain"], "acme-011.example.com");
    assert!(row["mailboxes"][0].get("password").is_none());
    assert_eq!(row["workspaceId"], api.sandbox.workspaces()[0].id);
    api.get("/v2/domains?page=0").await.refused(400);
    let north = api.in_workspace(1);
    assert_eq!(north.get("/v2/domains").await.data()["totalSearchedCount"], 8);
}

#[tokio::test]
async fn contains_matches_part_of_name() {
    let api = Api::start().await;
    assert_eq!(names(&api.get("/v2/domains?contains=ACME-00").await.data()).len(), 9);
    assert_eq!(api.get("/v2/domains?contains=nobody").await.data()["domains"], json!([]));
}

#[tokio::test]
async fn search_accepts_one_or_several_statuses_and_sort_direction() {
    let api = Api::start().await;
    for (status, count) in
        [(json!("ACTIVE"), 16), (json!(["ACTIVE", "PENDING"]), 16), (json!(["EXPIRED"]), 0), (json!([]), 16)]
    {
        let data = api.post("/v2/domains", json!({"status": status})).await.data();
        assert_eq!(data["totalSearchedCount"], count, "{status}");
    }
    assert_eq!(names(&api.post("/v2/domains", json!({})).await.data()).len(), 10);
    let search = json!({"contains": "acme", "sortBy": "DESC"});
    assert_eq!(
        names(&api.post("/v2/domains?limit=2", search).await.data()),
        ["acme-016.example.com", "acme-015.example.com"]
    );
    for invalid in [json!({"sortBy": "UP"}), json!({"status": "SLEEPING"})] {
        api.post("/v2/domains", invalid).await.refused(422);
    }
}

#[tokio::test]
async fn null_filter_is_refused() {
    let api = Api::start().await;
    for filter in ["contains", "tagIds", "status", "sortBy"] {
        let message = api.post("/v2/domains", json!({filter: null})).await.refused(422);
        assert!(message.contains(filter), "{message}");
    }
    for filter in ["contains", "tagIds"] {
        api.post("/v2/domains/renewal-soon", json!({filter: null})).await.refused(422);
        api.post("/v2/domains/catch-all", json!({"email": "a@b.example", "domainIds": [], filter: null}))
            .await
            .refused(422);
    }
}

#[tokio::test]
async fn page_in_query_takes_precedence_over_body() {
    let api = Api::start().await;
    let body = json!({"page": 2, "limit": "5"});
    assert_eq!(names(&api.post("/v2/domains", body.clone()).await.data())[0], "acme-006.example.com");
    assert_eq!(names(&api.post("/v2/domains?page=1&limit=3", body).await.data()).len(), 3);
    assert_eq!(api.post("/v2/domains", json!({"page": 0})).await.refused(400), "Invalid pagination parameters");
}

#[tokio::test]
async fn full_domain_is_not_assignable() {
    let api = Api::start().await;
    let total = || async { api.get("/v2/domains/assignable").await.data()["totalSearchedCount"].clone() };
    assert_eq!(total().await, 16);
    let domain = nth(&api, 0).await;
    api.post("/v2/mailboxes", assignment(&domain, &["noa", "noa.vale"])).await.ok();
    assert_eq!(total().await, 15);
    assert_eq!(nth(&api, 0).await["assignedMailboxesCount"], "5");
}

#[tokio::test]
async fn only_domain_without_mailboxes_can_be_removed() {
    let api = Api::start().await;
    let used = nth(&api, 0).await;
    let remove = |id: serde_json::Value| api.delete_with("/v2/domains", json!({"ids": [id]}));
    assert!(remove(used["id"].clone()).await.refused(400).contains("mailboxes"));
    let unused = buy(&api, "acme-new.com").await;
    remove(unused["id"].clone()).await.ok();
    assert_eq!(remove(unused["id"].clone()).await.refused(404), "Domain not found");
    assert_eq!(api.get("/v2/domains?contains=acme-new").await.data()["totalSearchedCount"], 0);
    assert_eq!(remove(UNKNOWN.into()).await.refused(404), "Domain not found");
}

#[tokio::test]
async fn moved_domain_keeps_mailboxes_and_slots() {
    let api = Api::start().await;
    let domain = nth(&api, 0).await;
    let target = api.sandbox.workspaces()[1].id.clone();
    let body = |provider: &str, workspace: &str| json!({"domainIds": [domain["id"]], "workspaceId": workspace, "serviceProvider": provider});
    api.post("/v2/domains/move-workspace", body("YAHOO", &target)).await.refused(422);
    assert_eq!(
        api.post("/v2/domains/move-workspace", body("GOOGLE", UNKNOWN)).await.refused(404),
        "Workspace not found"
    );
    let own = api.sandbox.workspaces()[0].id.clone();
    api.post("/v2/domains/move-workspace", body("GOOGLE", &own)).await.refused(400);

    api.post("/v2/domains/move-workspace", body("GOOGLE", &target)).await.ok();
    assert_eq!(api.counter("totalAssignedMailboxes").await, 45);
    assert_eq!(api.counter("availableMailboxes").await, 10);
    assert_eq!(api.post("/v2/domains/move-workspace", body("GOOGLE", &target)).await.refused(404), "Domain not found");
    let north = api.in_workspace(1);
    assert_eq!(north.counter("totalAssignedMailboxes").await, 27);
    assert_eq!(north.counter("availableMailboxes").await, 10);
    assert_eq!(nth(&north, 8).await["domain"], domain["domain"]);
    let mailbox = domain["mailboxes"][0]["id"].as_str().unwrap();
    north.get(&format!("/v2/mailboxes?id={mailbox}")).await.ok();
}
