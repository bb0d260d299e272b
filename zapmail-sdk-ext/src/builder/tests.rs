//! Bad settings: each is refused with a message that names it and says what to do, before anything is sent.

use std::env::VarError;
use std::time::Duration;

use serde_json::json;

use super::{Builder, check_tls};
use crate::prelude::*;
use crate::testing::{Reply, Service};
use crate::{ErrorKind, Quota, Retries, Timeouts, Zapmail};

fn good() -> Builder {
    Zapmail::builder().api_key("not-a-real-key")
}

#[test]
fn bad_settings_are_refused_by_name() {
    let timeouts = |change: fn(&mut Timeouts)| {
        let mut timeouts = Timeouts::default();
        change(&mut timeouts);
        good().timeouts(timeouts)
    };
    let rows = [
        ("no key", Zapmail::builder(), "`api_key` is not set: export ZAPMAIL_API_KEY"),
        ("an empty key", Zapmail::builder().api_key(""), "`api_key` is empty"),
        ("a blank key", Zapmail::builder().api_key(" \n"), "`api_key` is empty"),
        ("a key with a line break", Zapmail::builder().api_key("not-a-real\nkey"), "is there a line break in it?"),
        ("an empty workspace", good().workspace(""), "`workspace` is empty"),
        ("a workspace with a line break", good().workspace("a\r\nb"), "`workspace` (or ZAPMAIL_WORKSPACE_KEY)"),
        ("a URL that is none", good().base_url("zapmail"), "`base_url` (or ZAPMAIL_BASE_URL) is no URL"),
        ("http to another host", good().base_url("http://api.zapmail.ai/api"), "has to start with https"),
        (
            "http to a host that only looks local",
            good().base_url("http://localhost.example.com"),
            "has to start with https",
        ),
        ("another scheme", good().base_url("ftp://127.0.0.1"), "starts with ftp"),
        ("credentials in the URL", good().base_url("https://user:pass@api.zapmail.ai"), "holds a user name"),
        ("a query in the URL", good().base_url("https://api.zapmail.ai/api?x=1"), "has a query"),
        ("a quota of nothing", good().quota(Quota::per_second(0)), "`quota.per_second` is zero"),
        ("a minute of nothing", good().quota(Quota::documented().per_minute(0)), "`quota.per_minute` is zero"),
        ("a quota beyond reason", good().quota(Quota::per_second(u32::MAX)), "`quota.per_second` is 4294967295"),
        ("no attempt", good().retries(Retries::default().attempts(0)), "`retries.attempts` is 0"),
        ("a thousand attempts", good().retries(Retries::default().attempts(1000)), "`retries.attempts` is 1000"),
        ("no pause", good().retries(Retries::default().pauses(Duration::ZERO, Duration::ZERO)), "`retries.pauses`"),
        ("no time to connect", timeouts(|timeouts| timeouts.connect = Duration::ZERO), "`timeouts.connect` is zero"),
        (
            "no time for an attempt",
            timeouts(|timeouts| timeouts.attempt = Duration::ZERO),
            "`timeouts.attempt` is zero",
        ),
        ("no time for a call", timeouts(|timeouts| timeouts.call = Duration::ZERO), "`timeouts.call` is zero"),
        ("no bytes", good().body_limit(0), "`body_limit` is zero"),
        ("a name that is no header", good().user_agent("a\nb"), "`user_agent`"),
    ];
    for (what, builder, message) in rows {
        let error = builder.build().expect_err(what);
        assert_eq!(error.kind(), ErrorKind::Config, "{what}");
        let text = error.to_string();
        assert!(text.contains(message), "{what}: {text}");
        assert!(!text.contains("not-a-real") && !text.contains("pass@"), "{what}: {text}");
        assert!(!error.may_have_been_sent());
    }
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
        (zapmail.get_mailbox().id("no uuid").call().await.unwrap_err(), "`id` was given a value"),
        (zapmail.list_mailboxes().page(-1).call().await.unwrap_err(), "`page` was given a value"),
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
