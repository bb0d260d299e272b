//! Tests of the client's settings: their sources, the hosts that may receive the key, and the debug output.

use std::env::VarError;

use serde_json::json;
use uuid::Uuid;

use super::{ClientBuilder, check_tls};
use crate::testing::{Reply, Service};
use crate::types::WorkspaceRename;
use crate::{ErrorKind, Result, Zapmail};

const WORKSPACE: &str = "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f";

fn valid() -> ClientBuilder {
    Zapmail::builder().api_key("not-a-real-key")
}

#[test]
fn https_or_loopback_base_url_is_accepted() {
    let rows = [
        ("https://api.zapmail.ai/api/", "https://api.zapmail.ai/api"),
        (" https://proxy.example.com ", "https://proxy.example.com"),
        ("http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ];
    for (set, base_url) in rows {
        assert_eq!(valid().base_url(set).build().unwrap().base_url(), base_url);
    }
}

#[test]
fn https_without_tls_error_names_cargo_features() {
    let error = check_tls("https://api.zapmail.ai/api", false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("enable the feature `rustls` or `native-tls`"), "{error}");
    check_tls("http://127.0.0.1:8080/api", false).unwrap();
    check_tls("https://api.zapmail.ai/api", true).unwrap();
}

/// Creates a builder that reads variables with `read_prefix`, from an environment with three variables with `prefix`.
fn from_environment(prefix: &str, read_prefix: &str) -> Result<ClientBuilder> {
    ClientBuilder::from_variables(read_prefix, |name| match name.strip_prefix(prefix) {
        Some("ZAPMAIL_API_KEY") => Ok("not-a-real-key".to_owned()),
        Some("ZAPMAIL_WORKSPACE_KEY") => Ok(WORKSPACE.to_owned()),
        Some("ZAPMAIL_BASE_URL") => Ok("http://127.0.0.1:8080/api".to_owned()),
        _ => Err(VarError::NotPresent),
    })
}

#[test]
fn environment_provides_three_settings() {
    for prefix in ["", "NORTH_"] {
        let zapmail = from_environment(prefix, prefix).unwrap().build().unwrap();
        assert_eq!(zapmail.base_url(), "http://127.0.0.1:8080/api");
        assert_eq!(zapmail.workspace_id(), Some(WORKSPACE));
    }
}

#[test]
fn unusable_environment_variable_is_named() {
    for (prefix, name) in [("", "ZAPMAIL_API_KEY"), ("NORTH_", "NORTH_ZAPMAIL_API_KEY")] {
        let error = ClientBuilder::from_variables(prefix, |_| Err(VarError::NotUnicode("x".into()))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().starts_with(&format!("{name} is not valid UTF-8")), "{error}");
    }
    let error = from_environment("", "NORTH_").unwrap().build().unwrap_err();
    assert!(error.to_string().contains("export NORTH_ZAPMAIL_API_KEY"), "{error}");
}

#[tokio::test]
async fn missing_or_invalid_parameter_is_named_before_sending() {
    let workspace = json!({"id": Uuid::nil(), "name": "North"});
    let service = Service::replying([Reply::json(200, json!({"status": 200, "data": workspace}))]).await;
    let zapmail = &service.zapmail;
    let errors = [
        (zapmail.get_mailbox().send().await.unwrap_err(), "`id` is required and was not set"),
        (zapmail.get_mailbox().id("not-a-uuid").send().await.unwrap_err(), "invalid value for `id`; expected a UUID"),
        (
            zapmail.list_mailboxes().page(-1).send().await.unwrap_err(),
            "invalid value for `page`; expected a whole number from 0 to 4294967295",
        ),
        (zapmail.list_mailboxes().limit(0).send().await.unwrap_err(), "`limit` is 0; use a number of at least 1"),
        (
            zapmail.allow_spending().purchase_addon_mailboxes().quantity(0).send().await.unwrap_err(),
            "`quantity` is 0; use a number of at least 1",
        ),
        (zapmail.update_workspace().send().await.unwrap_err(), "`body` is required and was not set"),
    ];
    for (error, message) in errors {
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(error.message(), message);
    }
    assert_eq!(service.requests(), 0);
    let rename = WorkspaceRename::new(Uuid::nil(), "North");
    zapmail.update_workspace().body(rename).send().await.unwrap();
    assert_eq!(service.requests(), 1);
}

#[test]
fn printed_settings_contain_neither_key_nor_password() {
    let builder = || valid().workspace(WORKSPACE);
    let with_password = valid().base_url("https://ops:not-a-real-password@api.example.com");
    let printed = format!("{:?} {:?} {with_password:?}", builder(), builder().build().unwrap());
    // The workspace could be the key, set by mistake.
    assert!(!printed.contains(WORKSPACE), "{printed}");
    assert!(!printed.contains("not-a-real-key") && !printed.contains("not-a-real-password"), "{printed}");
}
