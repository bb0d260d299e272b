//! `RemoteSandbox` has the same effect as `Sandbox`.

use std::error::Error;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use zapmail_sandbox::{DeliveryOutcome, Fault, RemoteSandbox, Sandbox};

use crate::api::Api;

async fn remote(api: &Api) -> RemoteSandbox {
    RemoteSandbox::connect(api.sandbox.base_url()).await.unwrap()
}

#[tokio::test]
async fn records_match_sandbox() {
    let api = Api::start().await.in_workspace(1);
    let remote = remote(&api).await;
    api.post("/v2/wallet/buy-addon-mailboxes?quantity=2", json!({})).await.ok();
    let domain = api.domain(0).await;
    api.post("/v2/exports/mailboxes", json!({"apps": ["MANUAL"], "contains": domain["domain"]})).await.ok();
    api.get("/v2/nothing").await.refused(404);

    assert_eq!(remote.workspaces().await.unwrap(), api.sandbox.workspaces());
    assert_eq!(remote.request_counts().await.unwrap(), api.sandbox.request_counts());
    // Compared as JSON, in which times have whole milliseconds.
    assert_eq!(json!(remote.ledger().await.unwrap()), json!(api.sandbox.ledger()));
    assert_eq!(json!(remote.exports().await.unwrap()), json!(api.sandbox.exports()));
    for (mut ours, theirs) in api.sandbox.requests().into_iter().zip(remote.requests().await.unwrap()) {
        assert_eq!(json!(ours)["time"], json!(theirs)["time"]);
        ours.time = theirs.time;
        // Compared by `Debug` output, because only the local bodies contain undocumented parts.
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
    }
    assert_eq!((remote.ledger().await.unwrap().len(), remote.exports().await.unwrap()[0].mailboxes.len()), (1, 3));
    assert_eq!(remote.requests().await.unwrap().len(), api.sandbox.requests().len());
    let of_exports = remote.requests_of("export_mailboxes").await.unwrap();
    assert_eq!((of_exports.len(), of_exports[0].path.as_str()), (1, "/api/v2/exports/mailboxes"));
    assert!(remote.requests_of("a&operation=export_mailboxes").await.unwrap().is_empty());
}

#[tokio::test]
async fn request_log_has_no_credentials() {
    let api = Api::start().await;
    let remote = remote(&api).await;
    let login = json!({"email": "ops@acme.example.com", "password": "hush", "app": "WARMY"});
    api.post("/v2/exports/accounts/third-party", login).await.ok();

    let request = remote.requests().await.unwrap().remove(0);
    let redacted = json!({"email": "ops@acme.example.com", "password": "[redacted]", "app": "WARMY"});
    assert_eq!(request.body, Some(redacted));
    assert!(request.headers.contains(&("x-auth-zapmail".to_owned(), "[redacted]".to_owned())));
    // An already redacted body is not hidden as a whole.
    assert!(format!("{request:?}").contains("ops@acme.example.com"));
}

#[tokio::test]
async fn every_fault_has_same_effect_as_local() {
    let api = Api::start().await;
    let remote = remote(&api).await;
    let body = "<html>".to_owned();
    let content_type = "text/html".to_owned();
    let retry_after = Some(Duration::from_secs(7));
    let faults = [
        Fault::Status { status: 502, body, content_type, retry_after },
        Fault::Delay(Duration::from_millis(1)),
        Fault::DropBeforeRequest,
        Fault::DropAfterRequest,
        Fault::CutBody,
        Fault::GarbledJson,
        Fault::UnknownEnumValue,
        Fault::MissingField,
        Fault::RepeatedPage,
        Fault::ErrorInside200 { status: 409, message: "no".to_owned() },
        Fault::Redirect("https://example.com/".to_owned()),
    ];
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = format!("{}/v2/users", api.sandbox.base_url());
    for fault in faults {
        let mut responses = Vec::new();
        for is_remote in [false, true] {
            if is_remote {
                remote.fail_next("get_user", fault.clone()).await.unwrap();
            } else {
                api.sandbox.fail_next("get_user", fault.clone()).unwrap();
            }
            let response = client.get(&url).header("x-auth-zapmail", api.sandbox.api_key()).send().await;
            let described = match response {
                Err(_) => None,
                Ok(response) => {
                    let head = (response.status(), response.headers().get("retry-after").cloned());
                    Some((head, response.headers().get("location").cloned(), response.text().await.ok()))
                }
            };
            responses.push(described);
        }
        assert_eq!(responses[0], responses[1], "{fault:?}");
    }
}

#[tokio::test]
async fn faults_are_cleared() {
    let api = Api::start().await;
    let remote = remote(&api).await;
    remote.fail_next_n("get_user", Fault::status(503), 3).await.unwrap();
    api.get("/v2/users").await.refused(503);
    remote.clear_faults().await.unwrap();
    api.get("/v2/users").await.ok();
}

#[tokio::test]
async fn time_events_and_consent_are_controlled() {
    let api = Api::start().await;
    let remote = remote(&api).await;
    remote.advance(Duration::from_secs(3600)).await.unwrap();
    let ahead = remote.now().await.unwrap().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!((1_795_428_000..1_795_428_060).contains(&ahead), "{ahead}");

    let endpoint = json!({"url": "https://hooks.example.com/", "enabled_events": ["export.failed"]});
    api.post("/v2/webhooks/endpoints", endpoint).await.ok();
    let event = remote.deliver("export.failed", json!({"export_id": 7})).await.unwrap();
    remote.deliver_signed_at("export.failed", json!({"export_id": 7}), UNIX_EPOCH).await.unwrap();
    let deliveries = remote.deliveries().await.unwrap();
    assert_eq!((deliveries.len(), Some(&deliveries[0].event)), (2, event.as_ref()));
    assert_eq!((deliveries[0].outcome, &deliveries), (DeliveryOutcome::Skipped, &api.sandbox.deliveries()));

    remote.set_zapbox_consent(false).await.unwrap();
    api.get("/v2/onebox/connected-accounts").await.refused(403);
    assert_eq!(remote.requests().await.unwrap().len(), 2, "controls are not logged");
}

#[tokio::test]
async fn refusals_and_other_servers_are_errors() {
    let api = Api::start().await;
    let remote = remote(&api).await;
    let refused = remote.fail_next("buy_all", Fault::CutBody).await.unwrap_err();
    assert_eq!(refused.to_string(), "the sandbox refused the request: the document has no operation buy_all");
    assert!(remote.deliver("workspace", json!({})).await.unwrap_err().to_string().contains("workspace.renamed"));
    assert!(remote.advance(Duration::from_secs(1 << 40)).await.unwrap_err().to_string().contains("9999"));

    for invalid in ["127.0.0.1:8080", "https://127.0.0.1:8080/api", "http://", ""] {
        let error = RemoteSandbox::connect(invalid).await.unwrap_err();
        assert!(error.to_string().starts_with("the URL of the sandbox is invalid; "), "{error}");
    }
    let sandbox = Sandbox::start().await.unwrap();
    let base_url = sandbox.base_url().to_owned();
    // The path is optional.
    let short = RemoteSandbox::connect(base_url.trim_end_matches("/api")).await.unwrap();
    assert_eq!(short.base_url(), base_url);
    sandbox.stop().await;
    let error = short.requests().await.unwrap_err();
    assert!(error.to_string().starts_with("the sandbox does not respond") && error.source().is_some(), "{error}");
}
