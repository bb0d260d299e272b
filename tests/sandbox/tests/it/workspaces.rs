//! Workspaces, members and invitations.

use serde_json::{Value, json};
use zapmail_sandbox::Shapes;

use crate::api::{Api, UNKNOWN, assert_fields};

#[tokio::test]
async fn list_has_current_workspace_separate_from_others() {
    let api = Api::start().await;
    let data = api.get("/v2/workspaces").await.data();
    let expected = json!({
        "totalSearchedCount": 2, "totalPages": 1, "nextPage": 2, "totalDomainsCountGoogle": 18,
        "totalDomainsCountMicrosoft": 6, "totalPurchasedMailboxesCountGoogle": 54 + 20,
        "totalPurchasedMailboxesCountMicrosoft": 18,
    });
    assert_fields(&data, expected);
    let current = &data["currentWorkspace"];
    let expected = json!({
        "name": "Main", "domainCountGoogle": "12", "domainCountMicrosoft": "4",
        "totalMailboxesPurchasedGoogle": "46", "assignedMailboxesCountGoogle": "36",
        "activeMailboxCountGoogle": "32", "activeMailboxCountMicrosoft": "12",
    });
    assert_fields(current, expected);
    assert_fields(current, json!({"role": "OWNER", "user_id": api.get("/v2/users").await.data()["id"]}));
    assert_eq!(data["workspaces"].as_array().unwrap().len(), 1);
    assert_eq!(data["workspaces"][0]["name"], "Client North");
}

#[tokio::test]
async fn new_workspace_is_listed_and_selectable() {
    let api = Api::start().await;
    let created = api.post("/v2/workspaces", json!({"name": "Client South"})).await.data();
    assert_eq!(created["name"], "Client South");
    assert_eq!(created["userId"], api.get("/v2/users").await.data()["id"]);
    assert_eq!(created["createdAt"].as_str().unwrap().len(), "2026-11-23T09:00:00.000Z".len());
    let listed = api.get("/v2/workspaces?contains=South").await.data();
    assert_eq!(listed["workspaces"][0]["id"], created["id"]);
    assert_eq!(listed["totalWorkspacesCount"], 3);

    let api = api.in_workspace(2);
    assert_eq!(api.get("/v2/workspaces").await.data()["currentWorkspace"]["id"], created["id"]);
    let empty = api.get("/v2/mailboxes/list").await.data();
    assert_fields(&empty, json!({"totalPages": 0, "nextPage": 2}));
}

#[tokio::test]
async fn workspace_names_are_unique() {
    let api = Api::start().await;
    let north = api.sandbox.workspaces()[1].id.clone();
    let taken = "A workspace with this name already exists";
    assert_eq!(api.post("/v2/workspaces", json!({"name": "Main"})).await.refused(400), taken);
    assert_eq!(api.put("/v2/workspaces", json!({"id": north, "name": "Main"})).await.refused(400), taken);
    api.post("/v2/workspaces", json!({"name": " "})).await.refused(422);
    api.put("/v2/workspaces", json!({"id": north, "name": "Client North"})).await.ok();
    let renamed = api.put("/v2/workspaces", json!({"id": north, "name": "Client West"})).await.data();
    assert_fields(&renamed, json!({"id": north, "name": "Client West"}));
    assert!(renamed["createdAt"].as_str() < renamed["updatedAt"].as_str() && renamed["deletedAt"].is_null());
    assert_eq!(api.get("/v2/workspaces").await.data()["workspaces"][0]["name"], "Client West");
    assert_eq!(api.sandbox.workspaces()[1].name, "Client West");
    let unknown = json!({"id": UNKNOWN, "name": "Client East"});
    assert_eq!(api.put("/v2/workspaces", unknown).await.refused(404), "Workspace not found");
}

#[tokio::test]
async fn other_workspaces_are_paginated() {
    let api = Api::start().await;
    for nth in 0..4 {
        api.post("/v2/workspaces", json!({"name": format!("Client {nth}")})).await.ok();
    }
    let mut names = Vec::new();
    for page in 1..=3 {
        let data = api.get(&format!("/v2/workspaces?limit=2&page={page}")).await.data();
        assert_fields(&data, json!({"totalPages": 3, "nextPage": page + 1}));
        names.extend(data["workspaces"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()));
    }
    assert_eq!(names, ["Client North", "Client 0", "Client 1", "Client 2", "Client 3"]);
    assert_eq!(api.get("/v2/workspaces?limit=2&page=4").await.data()["workspaces"], json!([]));
}

async fn members(api: &Api) -> Vec<Value> {
    let data = api.get("/v2/workspaces/members?limit=10&page=1").await.data();
    let rows = data["members"].as_array().unwrap().clone();
    assert_eq!(data["totalSearchedCount"], rows.len());
    rows
}

#[tokio::test]
async fn member_roles_can_be_changed_and_members_revoked() {
    let api = Api::start().await;
    let before = members(&api).await;
    let path = format!("/v2/workspaces/members?memberId={}", before[1]["id"].as_str().unwrap());
    api.put(&path, json!({"role": "EDITOR"})).await.ok();
    assert_eq!(members(&api).await[1]["role"], "EDITOR");
    assert_eq!(api.put(&path, json!({"role": "OWNER"})).await.refused(400), "The role OWNER cannot be assigned");
    api.put(&path, json!({"role": "GUEST"})).await.refused(422);
    assert_eq!(api.put(&path, json!({})).await.refused(422), "role is required");
    assert_eq!(members(&api).await[1]["role"], "EDITOR");

    assert_eq!(api.delete(&path).await.data(), json!(null));
    assert_eq!(members(&api).await, [before[0].clone()]);
    assert_eq!(api.put(&path, json!({"role": "ADMIN"})).await.refused(404), "Member not found");
    assert_eq!(api.delete(&path).await.refused(404), "Member not found");
    assert_eq!(api.delete("/v2/workspaces/members").await.refused(422), "memberId is required");
}

async fn invited(api: &Api, status: &str) -> Vec<Value> {
    let data = api.get(&format!("/v2/workspaces/invitations?limit=10&page=1&status={status}")).await.data();
    data["invitations"].as_array().unwrap().clone()
}

#[tokio::test]
async fn invitations_are_pending_until_they_are_revoked() {
    let api = Api::start().await.in_workspace(1);
    let workspace = api.sandbox.workspaces()[1].id.clone();
    let path = "/v2/workspaces/invitations";
    let invitation = json!({"email": "lee@agency.example.com", "role": "VIEWER", "workspaceId": workspace});
    api.post(path, invitation.clone()).await.ok();
    let pending = invited(&api, "pending").await;
    assert_eq!(pending, invited(&api, "PENDING").await);
    assert_eq!(pending[0]["email"], "lee@agency.example.com");
    assert_eq!(pending[0]["status"], "PENDING");

    let revoke = format!("{path}?invitationId={}", pending[0]["id"].as_str().unwrap());
    api.delete(&revoke).await.ok();
    assert!(invited(&api, "Pending").await.is_empty());
    assert_eq!(invited(&api, "revoked").await.len(), 1);
    assert_eq!(api.delete(&revoke).await.refused(400), "Only pending invitations can be revoked");

    let mut owner = invitation.clone();
    owner["role"] = "OWNER".into();
    api.post(path, owner).await.refused(400);
    let mut elsewhere = invitation;
    elsewhere["workspaceId"] = UNKNOWN.into();
    assert_eq!(api.post(path, elsewhere).await.refused(404), "Workspace not found");
    let unknown = format!("{path}?invitationId={UNKNOWN}");
    assert_eq!(api.delete(&unknown).await.refused(404), "Invitation not found");
    assert_eq!(api.get(&format!("{path}?limit=10&page=1")).await.refused(422), "status is required");
    api.get(&format!("{path}?limit=10&page=1&status=lost")).await.refused(422);
}

#[tokio::test]
async fn renewal_setting_is_required() {
    let api = Api::start().await;
    let path = "/v2/workspaces/update-domain-renewal-settings";
    api.post(path, json!({"domainRenewalSettings": true})).await.ok();
    assert_eq!(api.post(path, json!({})).await.refused(422), "domainRenewalSettings is required");
}

#[tokio::test]
async fn documented_list_is_an_array() {
    let api = Api::start_with(|builder| builder.shapes(Shapes::Documented)).await;
    let rows = api.get("/v2/workspaces").await.data();
    let counts: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| (row["name"].clone(), row["mailboxCount"].clone())).collect();
    assert_eq!(counts, [(json!("Main"), json!("48")), (json!("Client North"), json!("24"))]);
}
