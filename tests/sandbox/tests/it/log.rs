//! The log of requests: headers, bodies and workspaces.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use zapmail_sandbox::{Fault, LoggedRequest};

use crate::api::{Api, UNKNOWN, assignment};

const ACCOUNTS: &str = "/v2/exports/accounts/third-party";

fn last(api: &Api) -> LoggedRequest {
    api.sandbox.requests().pop().unwrap()
}

#[tokio::test]
async fn log_contains_body_and_workspace() {
    let api = Api::start().await;
    let ids: Vec<_> = api.sandbox.workspaces().into_iter().map(|workspace| workspace.id).collect();
    let body = json!({"contains": "acme-001", "tagIds": [], "notDocumented": {"deep": 1}});
    api.post("/v2/domains", body.clone()).await.ok();
    assert_eq!((last(&api).body, last(&api).workspace.as_ref()), (Some(body), Some(&ids[0])));
    api.get("/v2/users").await.ok();
    assert_eq!((last(&api).body, last(&api).workspace.as_ref()), (None, Some(&ids[0])));

    let north = api.in_workspace(1);
    north.get("/v2/users").await.ok();
    assert_eq!(last(&north).workspace.as_ref(), Some(&ids[1]));
    // Either header selects the workspace.
    let request = north.bare("/v2/users").header("x-auth-zapmail", north.sandbox.api_key());
    north.send(request.header("x-workspace-id", &ids[1])).await.ok();
    assert_eq!(last(&north).workspace.as_ref(), Some(&ids[1]));
}

#[tokio::test(start_paused = true)]
async fn log_contains_headers_and_time() {
    let api = Api::start().await;
    let start = api.sandbox.now();
    api.sandbox.advance(Duration::from_secs(90));
    let request =
        api.request(Method::GET, "/v2/users").header("authorization", "Bearer hush").header("x-tag", "nightly");
    api.send(request.header("X-Tag", "second")).await.ok();

    let LoggedRequest { headers, time, .. } = last(&api);
    assert_eq!(time, start + Duration::from_secs(90));
    let values = |name: &str| -> Vec<_> {
        headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    };
    assert_eq!(values("x-tag"), ["nightly", "second"]);
    for credential in ["authorization", "x-auth-zapmail"] {
        assert_eq!(values(credential), ["[redacted]"], "{credential}");
    }
    assert!(!format!("{:?}", api.sandbox.requests()).contains(api.sandbox.api_key()));
}

#[tokio::test]
async fn log_contains_refused_requests() {
    let api = Api::start().await;
    let elsewhere = api.request(Method::GET, "/v2/users").header("x-workspace-key", UNKNOWN);
    api.send(elsewhere).await.refused(404);
    assert_eq!(last(&api).workspace, None);
    api.send(api.request(Method::POST, ACCOUNTS).body("app=WARMY")).await.refused(422);
    assert_eq!(last(&api).body, Some(json!("app=WARMY")));
    api.send(api.bare("/v2/users").body("{}")).await.refused(401);
    assert_eq!((last(&api).status, last(&api).body), (401, Some(json!({}))));
}

#[tokio::test]
async fn dropped_request_has_body_only_if_executed() {
    let api = Api::start().await;
    let body = json!({"amount": 20});
    for (fault, logged) in [(Fault::DropAfterRequest, Some(body.clone())), (Fault::DropBeforeRequest, None)] {
        api.sandbox.fail_next("add_wallet_balance", fault).unwrap();
        api.request(Method::POST, "/v2/wallet/balance").json(&body).send().await.unwrap_err();
        assert_eq!((last(&api).status, last(&api).body), (0, logged));
    }
}

#[tokio::test]
async fn debug_of_logged_request_shows_no_credentials() {
    let api = Api::start().await;
    let login = json!({"email": "ops@acme.example.com", "password": "hush-1", "app": "WARMY", "apiKey": "hush-2"});
    api.post(ACCOUNTS, login.clone()).await.ok();
    assert_eq!(last(&api).body, Some(login));
    let printed = format!("{:?}", last(&api));
    assert!(printed.contains("ops@acme.example.com") && printed.contains("WARMY"), "{printed}");
    let domain = api.domain(0).await;
    let mut body = assignment(&domain, &["noa"]);
    body[domain["id"].as_str().unwrap()][0]["password"] = "hush-3".into();
    api.post("/v2/mailboxes", body).await.ok();
    api.post("/v2/nothing", json!({"password": "hush-4"})).await.refused(404);
    api.send(api.request(Method::POST, ACCOUNTS).body("password=hush-5")).await.refused(422);
    let printed = format!("{:?}", api.sandbox.requests());
    assert!(!printed.contains("hush"), "{printed}");
    assert!(printed.contains("mailboxUsername"), "{printed}");
}
