//! Exports and the stored logins of apps.

use std::time::Duration;

use serde_json::{Value, json};
use zapmail_sandbox::Shapes;

use crate::api::{Api, UNKNOWN, assert_fields};

const ACCOUNTS: &str = "/v2/exports/accounts/third-party";

async fn account(api: &Api, app: &str, email: &str) {
    api.post(ACCOUNTS, json!({"email": email, "password": "not-a-real-password", "app": app})).await.ok();
}

async fn accounts(api: &Api, app: &str) -> Vec<Value> {
    let data = api.get(&format!("{ACCOUNTS}?app={app}")).await.data();
    data["accounts"].as_array().unwrap().clone()
}

async fn export(api: &Api, body: Value) -> i64 {
    api.post("/v2/exports/mailboxes", body).await.data()["exportId"].as_i64().unwrap()
}

async fn status(api: &Api, id: i64) -> Value {
    api.get(&format!("/v2/exports/status?exportId={id}")).await.data()
}

#[tokio::test]
async fn export_is_in_progress_then_completed() {
    let api = Api::start().await.in_workspace(0);
    let id = export(&api, json!({"apps": ["SMARTLEAD"], "contains": "acme-001"})).await;
    assert_eq!(status(&api, id).await, json!({"export_id": id, "status": "IN_PROGRESS", "failure_reason": null}));
    api.sandbox.advance(Duration::from_secs(30));
    assert_eq!(status(&api, id).await, json!({"export_id": id, "status": "COMPLETED", "failure_reason": null}));

    let other = export(&api, json!({"apps": ["MANUAL"]})).await;
    assert_eq!((other, status(&api, other).await["status"].as_str()), (id + 1, Some("IN_PROGRESS")));
}

#[tokio::test]
async fn unknown_export_is_not_found() {
    let api = Api::start().await.in_workspace(0);
    let id = export(&api, json!({"apps": ["MANUAL"]})).await;
    for unknown in [0, id + 1, i64::MIN] {
        let path = format!("/v2/exports/status?exportId={unknown}");
        assert_eq!(api.get(&path).await.refused(404), "Export not found");
    }
    assert_eq!(api.get("/v2/exports/status").await.refused(400), "exportId is required");
    api.get("/v2/exports/status?exportId=ten").await.refused(422);
    let north = api.in_workspace(1);
    north.get(&format!("/v2/exports/status?exportId={id}")).await.refused(404);
}

#[tokio::test]
async fn status_without_workspace_is_refused() {
    let api = Api::start().await;
    let id = export(&api, json!({"apps": ["MANUAL"]})).await;
    let path = format!("/v2/exports/status?exportId={id}");
    assert_eq!(api.get(&path).await.refused(400), "Workspace key is required");
    assert_eq!(api.in_workspace(0).get(&path).await.data()["export_id"], id);
}

#[tokio::test]
async fn export_contains_mailboxes_that_match_filters() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let mailbox = |position: usize| domain["mailboxes"][position].clone();
    let body = json!({"apps": ["SMARTLEAD"], "contains": "acme-001", "excludeIds": [mailbox(1)["id"]]});
    let id = export(&api, body).await;
    let exported = api.sandbox.exports().remove(0);
    assert_eq!(
        (exported.id, &exported.apps[..], &*exported.status),
        (id, &["SMARTLEAD".to_owned()][..], "IN_PROGRESS")
    );
    let mailboxes: Vec<_> = exported.mailboxes.iter().map(|mailbox| json!([mailbox.id, mailbox.address])).collect();
    assert_eq!(mailboxes, [0, 2].map(|position| json!([mailbox(position)["id"], mailbox(position)["email"]])));
    assert_eq!(Some(exported.workspace), api.sandbox.requests().pop().unwrap().workspace);

    // A mailbox that is removed later stays in the export.
    let removal = json!({"mailboxIds": [mailbox(0)["id"]], "remove": true});
    api.post("/v2/mailboxes/remove-mailboxes-instantly", removal).await.ok();
    export(&api, json!({"apps": ["INSTANTLY"]})).await;
    api.sandbox.advance(Duration::from_secs(30));
    let exports = api.sandbox.exports();
    assert_eq!(exports[0].mailboxes.len(), 2);
    assert_eq!((&*exports[0].status, &exports[0].failure_reason), ("COMPLETED", &None));
    assert_eq!(
        (&*exports[1].status, exports[1].failure_reason.as_deref()),
        ("FAILED", Some("Invalid account credentials"))
    );
    assert!(exports[1].started_at <= api.sandbox.now() - Duration::from_secs(30));
}

#[tokio::test]
async fn consent_job_is_export_without_apps() {
    let api = Api::start().await.in_workspace(0);
    let domain = api.domain(0).await;
    let mailboxes = |position: usize| {
        let id = &domain["mailboxes"][position]["id"];
        json!({domain["id"].as_str().unwrap(): [{"mailboxId": id, "oauthLink": "https://sequencer.example.com/oauth"}]})
    };
    let apps = json!({
        "google": {"appName": "Acme", "clientId": "000", "mailboxesPerDomain": mailboxes(0)},
        "microsoft": {"mailboxesPerDomain": mailboxes(2)},
    });
    let id = api.post("/v2/mailboxes/custom-oauth", apps).await.data()["exportId"].as_i64().unwrap();
    let job = api.sandbox.exports().remove(0);
    assert_eq!((job.id, job.apps.len(), job.mailboxes.len()), (id, 0, 2));
    assert_eq!(job.mailboxes[1].address, domain["mailboxes"][2]["email"]);
    // Consent jobs and exports share ids and statuses.
    assert_eq!(status(&api, id).await["status"], "IN_PROGRESS");
    api.sandbox.advance(Duration::from_secs(30));
    assert_eq!(status(&api, id).await["status"], "COMPLETED");
    assert_eq!(export(&api, json!({"apps": ["MANUAL"]})).await, id + 1);
}

#[tokio::test]
async fn accounts_are_stored_listed_and_changed() {
    let api = Api::start().await;
    assert_eq!(accounts(&api, "LEMLIST").await, [] as [Value; 0]);
    account(&api, "LEMLIST", "ops@acme.example.com").await;
    let stored = accounts(&api, "LEMLIST").await;
    assert_eq!(stored[0]["email"], "ops@acme.example.com");
    assert_fields(&stored[0], json!({"appName": "LEMLIST", "error": null}));

    let update = json!({"email": "new@acme.example.com", "password": "not-a-real-password", "app": "LEMLIST"});
    api.put(ACCOUNTS, update.clone()).await.ok();
    assert_eq!(accounts(&api, "LEMLIST").await[0]["email"], "new@acme.example.com");
    account(&api, "LEMLIST", "other@acme.example.com").await;
    api.put(ACCOUNTS, update.clone()).await.refused(400);
    let mut named = update;
    named["accountId"] = accounts(&api, "LEMLIST").await[1]["id"].clone();
    api.put(ACCOUNTS, named.clone()).await.ok();
    assert_eq!(accounts(&api, "LEMLIST").await[1]["email"], "new@acme.example.com");
    named["accountId"] = UNKNOWN.into();
    assert_eq!(api.put(ACCOUNTS, named).await.refused(404), "Account not found");

    assert_eq!(api.get(ACCOUNTS).await.refused(400), "app is required");
    api.get(&format!("{ACCOUNTS}?app=MAILAPP")).await.refused(500);
    let north = api.in_workspace(1);
    assert_eq!(accounts(&north, "LEMLIST").await, [] as [Value; 0]);
}

#[tokio::test]
async fn login_with_wrong_password_is_not_stored() {
    let api = Api::start().await;
    let wrong = json!({"email": "ops@acme.example.com", "password": "wrong-password", "app": "WARMY"});
    assert_eq!(api.post(ACCOUNTS, wrong.clone()).await.refused(400), "Invalid credentials, failed to authenticate");
    assert_eq!(accounts(&api, "WARMY").await, [] as [Value; 0]);
    let mut unknown = wrong;
    unknown["app"] = "MAILAPP".into();
    api.post(ACCOUNTS, unknown).await.refused(422);
}

#[tokio::test]
async fn export_to_expired_account_fails() {
    let api = Api::start().await.in_workspace(0);
    let expired = accounts(&api, "INSTANTLY").await;
    assert!(expired[0]["error"].is_string());
    let id = export(&api, json!({"apps": ["INSTANTLY"]})).await;
    assert_eq!(status(&api, id).await["status"], "IN_PROGRESS");
    api.sandbox.advance(Duration::from_secs(30));
    let failed = status(&api, id).await;
    assert_fields(&failed, json!({"status": "FAILED", "failure_reason": "Invalid account credentials"}));

    let login = json!({"email": "ops@agency.example.com", "password": "not-a-real-password", "app": "INSTANTLY"});
    api.put(ACCOUNTS, login).await.ok();
    assert_eq!(accounts(&api, "INSTANTLY").await[0]["error"], json!(null));
    let id = export(&api, json!({"apps": ["INSTANTLY"]})).await;
    api.sandbox.advance(Duration::from_secs(30));
    assert_eq!(status(&api, id).await["status"], "COMPLETED");
}

#[tokio::test]
async fn invalid_exports_are_refused() {
    let api = Api::start().await;
    let path = "/v2/exports/mailboxes";
    assert_eq!(api.post(path, json!({})).await.refused(422), "apps is required");
    api.post(path, json!({"apps": []})).await.refused(422);
    api.post(path, json!({"apps": ["MAILAPP"]})).await.refused(422);
    api.post(path, json!({"apps": ["MANUAL"], "contains": null})).await.refused(422);
    assert_eq!(api.post(path, json!({"apps": ["WARMY"]})).await.refused(404), "Account not found");
    let unknown = json!({"apps": ["MANUAL"], "ids": [UNKNOWN]});
    assert_eq!(api.post(path, unknown).await.refused(404), "Mailbox not found");
    for filter in [json!({"contains": "nobody"}), json!({"status": "FAILED"}), json!({"tagIds": ["none"]})] {
        let mut body = filter;
        body["apps"] = json!(["MANUAL"]);
        assert_eq!(api.post(path, body).await.refused(400), "There is no active mailbox to export");
    }
    let ids: Value = api.domain(0).await["mailboxes"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
    let body = json!({"apps": ["MANUAL"], "ids": ids, "excludeIds": ids});
    api.post(path, body).await.refused(400);
}

#[tokio::test]
async fn export_with_several_accounts_requires_account_id() {
    let api = Api::start().await;
    account(&api, "SMARTLEAD", "second@acme.example.com").await;
    let path = "/v2/exports/mailboxes";
    let message = api.post(path, json!({"apps": ["SMARTLEAD"]})).await.refused(400);
    assert!(message.contains("several"), "{message}");
    let id = accounts(&api, "SMARTLEAD").await[0]["id"].clone();
    export(&api, json!({"apps": ["SMARTLEAD"], "thirdPartyAccountId": id})).await;
}

#[tokio::test]
async fn fourth_export_within_seven_days_is_refused() {
    let api = Api::start().await;
    let body = json!({"apps": ["SMARTLEAD"], "contains": "acme-001"});
    for _ in 0..3 {
        export(&api, body.clone()).await;
        api.sandbox.advance(Duration::from_secs(60));
    }
    api.post("/v2/exports/mailboxes", body.clone()).await.refused(429);
    export(&api, json!({"apps": ["SMARTLEAD"], "contains": "acme-002"})).await;
    api.sandbox.advance(Duration::from_secs(7 * 24 * 60 * 60));
    export(&api, body).await;
}

#[tokio::test]
async fn workspaces_of_supported_apps_are_listed() {
    let api = Api::start().await;
    account(&api, "PIPL", "ops@acme.example.com").await;
    let path = "/v2/exports/fetch-workspaces";
    let id = accounts(&api, "PIPL").await[0]["id"].as_str().unwrap().to_owned();
    let all = api.get(&format!("{path}?app=PIPL")).await.data();
    assert_eq!(all.as_array().unwrap().len(), 1);
    assert_eq!(api.get(&format!("{path}?app=PIPL&accountId={id}")).await.data(), all);
    let unknown = format!("{path}?app=PIPL&accountId={UNKNOWN}");
    assert_eq!(api.get(&unknown).await.refused(404), "Account not found");
    let message = api.get(&format!("{path}?app=SMARTLEAD")).await.refused(400);
    assert!(message.starts_with("Invalid app parameter. Supported apps: INSTANTLY, QUICKMAIL"), "{message}");
    api.get(path).await.refused(400);
}

#[tokio::test]
async fn documented_export_returns_null() {
    let api = Api::start_with(|builder| builder.shapes(Shapes::Documented)).await;
    assert_eq!(api.post("/v2/exports/mailboxes", json!({"apps": ["MANUAL"]})).await.data(), json!(null));
}
