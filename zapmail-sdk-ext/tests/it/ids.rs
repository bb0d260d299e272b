//! Ids that would address a different resource: workspaces that are not UUIDs, and path parameters that a URL drops.

use zapmail_sdk_ext::types::{WebhookEndpointUpdate, WebhookEventType, ZapSiteRegeneration};
use zapmail_sdk_ext::{ErrorKind, Pending, RawJson, Result, Zapmail};

use crate::clients::{Kind, client, ok, raw_client};
use crate::server::Server;

const DROPPED: [&str; 3] = ["", ".", ".."];

fn update() -> WebhookEndpointUpdate {
    WebhookEndpointUpdate::new([WebhookEventType::ExportCompleted], "ENABLED", "https://acme-example.com/zapmail")
}

/// A call whose id is in the middle of the path.
fn regenerate(zapmail: &Zapmail, id: &str) -> Pending<RawJson> {
    zapmail.regenerate_zap_site().id(id).body(ZapSiteRegeneration::new("shorter")).send()
}

#[tokio::test(start_paused = true)]
async fn workspace_that_is_not_a_uuid_fails_before_sending() {
    let server = Server::acting(vec![ok()]);
    for id in ["", "North", "1c2d3e4f", "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5g", "a\r\nb: c"] {
        for kind in Kind::ALL {
            let error = kind.call(&client(&server.url()).workspace(id)).await.unwrap_err();
            assert_eq!(
                (error.kind(), error.attempts(), error.may_have_been_processed()),
                (ErrorKind::Config, 0, false),
                "{id:?}"
            );
            assert!(error.to_string().contains("is not a UUID"), "{error}");
        }
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn path_parameter_that_a_url_drops_fails_before_sending() {
    let server = Server::acting(vec![ok()]);
    let zapmail = client(&server.url());
    let raw = raw_client(&server.url());
    for id in DROPPED {
        let outcomes: [(&str, Result<()>); 6] = [
            ("get_zap_site", zapmail.get_zap_site().id(id).send().await.map(drop)),
            ("regenerate_zap_site", regenerate(&zapmail, id).await.map(drop)),
            ("update_webhook_endpoint", zapmail.update_webhook_endpoint().id(id).body(update()).send().await.map(drop)),
            ("get_zap_site", zapmail.get_zap_site().id(id).prepare().map(drop)),
            ("get_zap_site", raw.get_zap_site().id(id).send().await.map(drop)),
            ("update_webhook_endpoint", raw.update_webhook_endpoint().id(id).body(update()).send().await.map(drop)),
        ];
        for (operation, outcome) in outcomes {
            let error = outcome.unwrap_err();
            assert_eq!((error.kind(), error.status()), (ErrorKind::Invalid, None), "{id:?}: {error}");
            assert!(!error.may_have_been_processed());
            assert_eq!(
                error.to_string(),
                format!("{operation}: `id` is empty, `.` or `..`, which would address a different resource; set an id"),
                "{id:?}"
            );
        }
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn unusual_path_parameter_stays_in_its_segment() {
    let server = Server::acting(vec![ok()]);
    let zapmail = client(&server.url());
    let rows = [
        ("...", "/api/v2/zap-sites/..."),
        ("a/b", "/api/v2/zap-sites/a%2Fb"),
        ("../users", "/api/v2/zap-sites/..%2Fusers"),
        ("%2e%2e", "/api/v2/zap-sites/%252e%252e"),
        ("a?b#c", "/api/v2/zap-sites/a%3Fb%23c"),
    ];
    for (index, (id, path)) in rows.into_iter().enumerate() {
        zapmail.get_zap_site().id(id).send().await.unwrap();
        let request = &server.requests()[index];
        assert!(request.starts_with(&format!("GET {path} HTTP/1.1\r\n")), "{id:?}: {request}");
    }
}
