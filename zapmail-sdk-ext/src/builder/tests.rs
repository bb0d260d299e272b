//! What settings come from, where the key may go, and that nothing of it is printed.

use std::env::VarError;

use serde_json::json;

use super::{Builder, check_tls};
use crate::prelude::*;
use crate::testing::{Reply, Service};
use crate::{ErrorKind, Zapmail};

fn good() -> Builder {
    Zapmail::builder().api_key("not-a-real-key")
}

#[test]
fn addresses_that_a_key_may_be_sent_to() {
    let rows = [
        ("https://api.zapmail.ai/api/", "https://api.zapmail.ai/api"),
        (" https://proxy.example.com ", "https://proxy.example.com"),
        ("http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ];
    for (given, base_url) in rows {
        assert_eq!(good().base_url(given).build().unwrap().base_url(), base_url);
    }
}

#[test]
fn without_tls_https_is_refused_with_the_remedy() {
    let error = check_tls("https://api.zapmail.ai/api", false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("switch on the feature `rustls` or `native-tls`"), "{error}");
    check_tls("http://127.0.0.1:8080/api", false).unwrap();
    check_tls("https://api.zapmail.ai/api", true).unwrap();
}

#[test]
fn the_environment_has_three_settings() {
    let zapmail = Builder::from_variables(|name| match name {
        "ZAPMAIL_API_KEY" => Ok("not-a-real-key".to_owned()),
        "ZAPMAIL_WORKSPACE_KEY" => Ok("1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f".to_owned()),
        "ZAPMAIL_BASE_URL" => Ok("http://127.0.0.1:8080/api".to_owned()),
        _ => Err(VarError::NotPresent),
    });
    let zapmail = zapmail.unwrap().build().unwrap();
    assert_eq!(zapmail.base_url(), "http://127.0.0.1:8080/api");
    assert_eq!(zapmail.workspace_id(), Some("1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f"));

    let error = Builder::from_variables(|_| Err(VarError::NotUnicode("x".into()))).unwrap_err();
    assert!(error.to_string().contains("ZAPMAIL_API_KEY is not text"), "{error}");
    let error = Builder::from_variables(|_| Err(VarError::NotPresent)).unwrap().build().unwrap_err();
    assert!(error.to_string().contains("export ZAPMAIL_API_KEY"), "{error}");
}

#[tokio::test]
async fn a_workspace_that_cannot_be_one_fails_each_call_before_it_is_sent() {
    let service =
        Service::answering([Reply::json(200, json!({"status": 200, "data": {"id": uuid::Uuid::nil()}}))]).await;
    let error = service.zapmail.workspace("a\nb").get_user().call().await.unwrap_err();
    assert_eq!((error.kind(), service.asked()), (ErrorKind::Config, 0));
    assert!(error.to_string().contains("`workspace`"), "{error}");
}

#[tokio::test]
async fn an_unknown_workspace_is_an_error_that_names_the_setting() {
    let service =
        Service::answering([Reply::json(404, json!({"status": 404, "message": "Workspace not found"}))]).await;
    let error = service.zapmail.workspace("1c2d3e4f").get_user().call().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = error.to_string();
    assert!(text.contains("workspace 1c2d3e4f") && text.contains("ZAPMAIL_WORKSPACE_KEY"), "{text}");
}

#[tokio::test]
async fn a_parameter_that_is_missing_or_wrong_is_named_and_nothing_is_sent() {
    let service = Service::answering([Reply::json(200, json!({}))]).await;
    let zapmail = &service.zapmail;
    let errors = [
        (zapmail.get_mailbox().call().await.unwrap_err(), "`id` is required"),
        (
            zapmail.get_mailbox().id("no uuid").call().await.unwrap_err(),
            "`id` was given a value that it cannot hold; it takes `Uuid`",
        ),
        (
            zapmail.list_mailboxes().page(-1).call().await.unwrap_err(),
            "`page` was given a value that it cannot hold; it takes `u32`",
        ),
        (
            zapmail.update_workspace().body_map(|body| body.name("North")).call().await.unwrap_err(),
            "`body.id` is required",
        ),
        (
            zapmail.update_workspace().body_map(|body| body.id("no uuid")).call().await.unwrap_err(),
            "`body.id` was given a value",
        ),
    ];
    for (error, message) in errors {
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(message), "{error}");
    }
    assert_eq!(service.asked(), 0);
}

#[test]
fn no_printed_setting_holds_the_key() {
    let builder = good().workspace("1c2d3e4f");
    let with_password = good().base_url("https://ops:not-a-real-password@api.example.com");
    let printed = format!("{builder:?} {:?} {with_password:?}", builder.clone().build().unwrap());
    assert!(printed.contains("1c2d3e4f"), "{printed}");
    assert!(!printed.contains("not-a-real-key") && !printed.contains("not-a-real-password"), "{printed}");
}
