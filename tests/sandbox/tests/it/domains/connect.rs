//! Connecting domains that are registered elsewhere.

use std::time::Duration;

use serde_json::{Value, json};
use zapmail_sandbox::Shapes;

use super::row;
use crate::api::{Api, Reply, assert_fields, assignment};

const MINUTE: Duration = Duration::from_secs(60);

async fn connect(api: &Api, names: &[&str]) -> Reply {
    api.post("/v2/domains/connect-domain", json!({"domainNames": names})).await
}

async fn requests(api: &Api, query: &str) -> Value {
    api.get(&format!("/v2/domains/connection-requests?{query}")).await.data()
}

async fn status(api: &Api, name: &str) -> Value {
    requests(api, &format!("contains={name}")).await["data"][0]["status"].take()
}

#[tokio::test(start_paused = true)]
async fn request_passes_through_statuses_until_success() {
    let api = Api::start().await;
    assert_eq!(connect(&api, &["Own.example"]).await.status, 207);
    let steps = ["PENDING", "CHECKING_IF_DOMAIN_IS_REGISTERED", "CHECKING_NS_IN_WHOIS", "CREATING_ZONE"];
    for (step, expected) in steps.into_iter().enumerate() {
        assert_eq!(status(&api, "own.example").await, expected, "{step}");
        assert_eq!(connect(&api, &["own.example"]).await.status, 207);
        assert!(row(&api, "own.example").await.is_null());
        tokio::time::advance(MINUTE).await;
    }
    assert_eq!(connect(&api, &["own.example"]).await.status, 200);
    assert_eq!(status(&api, "own.example").await, "SUCCESS");
    let connected = row(&api, "own.example").await;
    assert_fields(&connected, json!({"status": "ACTIVE", "serviceProvider": null, "expireOn": null, "mailboxes": []}));
    assert_eq!(api.get("/v2/domains").await.data()["totalSearchedCount"], 17);

    api.post("/v2/mailboxes", assignment(&connected, &["noa"])).await.ok();
}

#[tokio::test]
async fn word_in_name_selects_outcome() {
    let api = Api::start().await;
    let outcomes = [
        ("unregistered.example", "DOMAIN_NOT_REGISTERED"),
        ("blacklisted.example", "BLACKLISTED_DOMAIN"),
        ("banned.example", "BANNED_DOMAIN"),
        ("workspace.example", "WORKSPACE_ALREADY_EXISTS"),
        ("oldhost.example", "NS_NOT_CHANGED"),
        ("forbidden.example", "PERMISSION_REQUIRED"),
        ("failing.example", "FAILED"),
        ("acme-001.example.com", "DOMAIN_ALREADY_CONNECTED"),
    ];
    let names = outcomes.map(|(name, _)| name);
    assert_eq!(connect(&api, &names).await.status, 207);
    api.sandbox.advance(4 * MINUTE);
    assert_eq!(connect(&api, &names).await.status, 207, "an unregistered domain can still be registered");
    api.sandbox.advance(56 * MINUTE);
    let reply = connect(&api, &names).await;
    assert_eq!(reply.status, 200);
    let statuses = reply.data()["domains"].take();
    for (name, outcome) in outcomes {
        assert_eq!(statuses[name], outcome);
        assert_eq!(status(&api, name).await, outcome);
        assert_eq!(row(&api, name).await.is_null(), name != "acme-001.example.com");
    }
    let list = requests(&api, "limit=200").await;
    assert_fields(&list, json!({"totalCount": 8, "totalSearchedCount": 8}));
    assert_eq!(requests(&api, "status=FAILED").await["totalSearchedCount"], 1);
    let other = requests(&api, "contains=oldhost").await["data"][0]["metadata"]["currentNameServers"][0].take();
    assert_eq!(other, "ns1.oldhost.example.net");
    api.get("/v2/domains/connection-requests?status=NONE").await.refused(422);
}

#[tokio::test]
async fn fresh_domain_is_not_registered_for_ten_minutes() {
    let api = Api::start().await;
    connect(&api, &["fresh.example"]).await.ok();
    for (minutes, expected) in [
        (1, "CHECKING_IF_DOMAIN_IS_REGISTERED"),
        (1, "DOMAIN_NOT_REGISTERED"),
        (9, "DOMAIN_NOT_REGISTERED"),
        (1, "CHECKING_NS_IN_WHOIS"),
        (1, "CREATING_ZONE"),
    ] {
        api.sandbox.advance(minutes * MINUTE);
        assert_eq!(status(&api, "fresh.example").await, expected);
        let reply = connect(&api, &["fresh.example"]).await;
        assert_eq!((reply.status, &reply.body["data"]["domains"]["fresh.example"]), (207, &json!(expected)));
        assert!(requests(&api, "").await["data"][0]["nextRetryOn"].is_string());
    }
    api.sandbox.advance(MINUTE);
    assert_eq!(connect(&api, &["fresh.example"]).await.status, 200);
    assert_eq!(row(&api, "fresh.example").await["status"], "ACTIVE");
}

#[tokio::test]
async fn response_has_statuses_by_name_as_sent_except_pending() {
    let api = Api::start().await;
    let names = ["Own.example", "acme-001.example.com"];
    let statuses = connect(&api, &names).await.data()["domains"].take();
    assert_eq!(statuses, json!({"acme-001.example.com": "DOMAIN_ALREADY_CONNECTED"}));
    api.sandbox.advance(4 * MINUTE);
    assert_eq!(connect(&api, &names).await.data()["domains"]["Own.example"], "SUCCESS");
    let documented = Api::start_with(|builder| builder.shapes(Shapes::Documented)).await;
    assert_eq!(connect(&documented, &names).await.data(), json!(null));
}

#[tokio::test]
async fn only_request_in_progress_has_next_retry() {
    let api = Api::start().await;
    connect(&api, &["own.example"]).await.ok();
    api.sandbox.advance(MINUTE);
    let request = requests(&api, "").await["data"][0].take();
    assert!(request["updatedAt"].as_str() > request["createdAt"].as_str());
    assert!(request["nextRetryOn"].as_str() > request["updatedAt"].as_str());
    assert_eq!(request["workspaceId"], api.sandbox.workspaces()[0].id);
    api.sandbox.advance(3 * MINUTE);
    assert_eq!(requests(&api, "").await["data"][0]["nextRetryOn"], json!(null));
}

#[tokio::test]
async fn removed_request_can_be_created_again() {
    let api = Api::start().await;
    let remove = |body: Value| api.delete_with("/v2/domains/connection-requests", body);
    connect(&api, &["oldhost.example", "own.example"]).await.ok();
    api.sandbox.advance(3 * MINUTE);
    assert_eq!(status(&api, "oldhost.example").await, "NS_NOT_CHANGED");
    // The filters narrow the selection by name.
    remove(json!({"domainNames": ["own.example"], "status": ["FAILED"]})).await.ok();
    remove(json!({"domainNames": ["own.example"], "cloudflareCredentialsId": "credentials_1"})).await.ok();
    assert_eq!(requests(&api, "").await["totalCount"], 2);
    remove(json!({"domainNames": ["oldhost.example", "own.example"]})).await.ok();
    assert_eq!(requests(&api, "").await["totalCount"], 0);
    remove(json!({"domainNames": ["own.example"]})).await.refused(404);

    assert_eq!(connect(&api, &["oldhost.example"]).await.status, 207);
    assert_eq!(status(&api, "oldhost.example").await, "PENDING");
    api.sandbox.advance(4 * MINUTE);
    assert!(row(&api, "own.example").await.is_null(), "its request was removed before the end");
}

#[tokio::test]
async fn invalid_names_are_refused() {
    let api = Api::start().await;
    api.post("/v2/domains/connect-domain", json!({"domainName": "own.example"})).await.refused(422);
    connect(&api, &[]).await.refused(422);
    let message = connect(&api, &["own.example", "own"]).await.refused(422);
    assert_eq!(message, "domainNames.1 is not a valid domain name");
    assert_eq!(requests(&api, "").await["totalCount"], 0);
}

#[tokio::test]
async fn connecting_without_running_plan_is_refused() {
    let api = Api::start().await;
    let subscription = api.get("/v2/subscriptions").await.data()[0]["subscriptionId"].take();
    api.cancel_subscription(&subscription, false).await.ok();
    connect(&api, &["own.example"]).await.ok();
    api.sandbox.advance(40 * 24 * 60 * MINUTE);
    assert!(connect(&api, &["other.example"]).await.refused(400).contains("active base plan"));
}
