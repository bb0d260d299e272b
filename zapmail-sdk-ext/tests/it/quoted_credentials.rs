//! Credentials that the service quotes, or that are passed in the wrong parameter, are not printed.

use serde_json::json;
use zapmail_sdk::ReqwestTransport;
use zapmail_sdk_ext::http::Method;
use zapmail_sdk_ext::operations::Effect;
use zapmail_sdk_ext::types::ExportAccountUpdate;
use zapmail_sdk_ext::{Error, ErrorKind, RateLimits, Secret, Zapmail};

use crate::server::{Act, Server};

/// A key in the service's format, which is also the format of a workspace's id.
const KEY: &str = "5a9d0c1e-7b2f-4c3d-8e4f-9a5b6c7d8e0f";

fn spellings() -> Vec<String> {
    vec![
        KEY.to_owned(),
        KEY.to_uppercase(),
        KEY.replace('-', ""),
        KEY.replace('-', " ").to_uppercase(),
        KEY.replace('-', "%2D"),
        KEY.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        format!("\u{a0}{KEY}\u{a0}"),
        KEY[..20].to_owned(),
        KEY[14..].to_uppercase(),
    ]
}

/// Everything that an error can print, in one spelling.
fn printed(error: &Error) -> String {
    let plain = crate::clients::printed(error).to_lowercase().replace("%2d", "");
    plain.chars().filter(|character| character.is_alphanumeric()).collect()
}

/// Returns whether a text contains eight letters of the key in a row.
fn contains_key(text: &str) -> bool {
    let key: Vec<_> = KEY.chars().filter(|character| *character != '-').collect();
    let encoded: String = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
    key.windows(8).any(|part| text.contains(&part.iter().collect::<String>())) || text.contains(&encoded[..16])
}

#[tokio::test(start_paused = true)]
async fn key_is_not_printed_in_any_spelling() {
    for spelling in spellings() {
        for body in [
            json!({"status": 401, "message": format!("the key {spelling} is unknown")}),
            json!({"status": 401, "message": ["unknown key", spelling]}),
            json!({"error": format!("{spelling} is unknown")}),
            json!({"status": 401, "errorId": spelling}),
        ] {
            let server = Server::acting(vec![Act::json(401, &body)]);
            let raw =
                zapmail_sdk::Client::with_transport(KEY, &server.url(), ReqwestTransport::new().unwrap()).unwrap();
            let zapmail = Zapmail::builder().api_key(KEY).base_url(server.url()).build().unwrap();
            for error in [raw.get_user().send().await.unwrap_err(), zapmail.get_user().send().await.unwrap_err()] {
                assert!(!contains_key(&printed(&error)), "{body}: {error}");
            }
        }
    }
    // The check itself detects a key.
    assert!(contains_key(&KEY.replace('-', "")));
}

#[tokio::test(start_paused = true)]
async fn password_of_the_request_is_not_printed() {
    let body = json!({"status": 400, "message": "the password hunter-2-not-real is too weak"});
    let server = Server::acting(vec![Act::json(400, &body)]);
    let raw = zapmail_sdk::Client::with_transport(KEY, &server.url(), ReqwestTransport::new().unwrap()).unwrap();
    let zapmail = Zapmail::builder().api_key(KEY).base_url(server.url()).build().unwrap();
    let account = || json!({"app": "SMARTLEAD", "email": "me@acme.com", "password": "hunter-2-not-real"});
    let typed = || serde_json::from_value::<ExportAccountUpdate>(account()).unwrap();
    let errors = [
        raw.update_export_account().body(typed()).send().await.unwrap_err(),
        zapmail.update_export_account().body(typed()).send().await.unwrap_err(),
        zapmail
            .request(Method::PUT, "/v2/unheard-of")
            .json(&account())
            .effect(Effect::Write)
            .send::<serde_json::Value>()
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.message(), "the password [redacted] is too weak");
        assert!(!printed(&error).contains("hunter"), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn key_given_as_workspace_is_refused() {
    let builder = || Zapmail::builder().base_url("http://127.0.0.1:9").rate_limits(RateLimits::unlimited());
    let zapmail = builder().api_key(KEY).build().unwrap();
    let provider = || builder().api_key_provider(|| async { Ok::<_, std::io::Error>(Secret::from(KEY)) });
    let mut errors = Vec::new();
    for workspace in [KEY.to_owned(), KEY.to_uppercase(), KEY.replace('-', "")] {
        let invalid = builder().api_key(KEY).workspace(&workspace);
        assert!(!contains_key(&format!("{invalid:?}").replace('-', "").to_lowercase()));
        errors.push(invalid.build().unwrap_err());
        errors.push(zapmail.workspace(&workspace).get_user().send().await.unwrap_err());
        let provided = provider().build().unwrap().workspace(&workspace);
        assert!(!contains_key(&format!("{provided:?}").replace('-', "").to_lowercase()));
        errors.push(provided.get_user().send().await.unwrap_err());
    }
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.message().contains("is the API key"), "{error}");
        assert!(!contains_key(&printed(&error)), "{error}");
    }
}

/// If the provider panics, the calls that wait for it fail. Later calls use the provider again.
#[tokio::test(start_paused = true)]
async fn panicking_provider_is_called_again() {
    let server = Server::acting(vec![Act::json(200, &crate::clients::success())]);
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let zapmail = Zapmail::builder()
        .base_url(server.url())
        .api_key_provider(move || {
            let is_first = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            async move {
                tokio::task::yield_now().await;
                assert!(!is_first, "not-a-real-panic");
                Ok::<_, std::io::Error>(Secret::from(KEY))
            }
        })
        .build()
        .unwrap();
    let (first, second) = tokio::join!(zapmail.get_user().send(), zapmail.get_user().send());
    for error in [first.unwrap_err(), second.unwrap_err()] {
        assert_eq!(error.to_string(), "get_user: the API key provider panicked");
    }
    zapmail.get_user().send().await.unwrap();
}
