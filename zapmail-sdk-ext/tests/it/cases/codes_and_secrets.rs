//! F. Authenticator codes and secrets: codes are correct and still valid, and secrets are never printed.

use std::time::Duration;
#[cfg(feature = "totp")]
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};
use tokio::time::Instant;
use zapmail_sdk_ext::types::{NewExportAccount, ScheduledRemoval};
use zapmail_sdk_ext::{ErrorKind, MailboxId, Otp, OtpTarget, Secret, Zapmail};

use super::service::{Reply, Service};
use super::{DOMAIN, KEY, MAILBOX, OTHER_MAILBOX, client_of, header, printed};
use crate::collector::Collector;
use crate::server::{Act, Server};

const SECOND: Duration = Duration::from_secs(1);

/// C55: a seed comes in groups, in lower case, with padding, hyphens or a newline.
#[cfg(feature = "totp")]
#[tokio::test(start_paused = true)]
async fn seed_in_groups_and_lower_case_yields_correct_codes() {
    for seed in [
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq======",
        "gezd-gnbv-gy3t-qojq-gezd-gnbv-gy3t-qojq",
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n",
    ] {
        let totp = zapmail_sdk_ext::Totp::from_seed(seed).unwrap();
        for (time, code) in [
            (0, "755224"),
            (29, "755224"),
            (30, "287082"),
            (59, "287082"),
            (60, "359152"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
        ] {
            assert_eq!(totp.at(UNIX_EPOCH + Duration::from_secs(time)).expose(), code, "{seed:?} at {time}");
        }
    }
    for seed in ["", "01"] {
        let error = zapmail_sdk_ext::Totp::from_seed(seed).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(seed.is_empty() || !printed(&error).contains(seed), "{error}");
    }
}

/// A response with this code and lifetime, both as JSON.
fn code(otp: &str, expires_in: &str) -> Reply {
    Reply::data(format!(r#"{{"otp":{otp},"expiresIn":{expires_in}}}"#))
}

fn otp(service: &Service) -> Otp {
    service.client().otp(OtpTarget::mailbox(MailboxId::from(MAILBOX)))
}

/// C56: a code is valid for two more seconds.
#[tokio::test(start_paused = true)]
async fn code_that_expires_soon_is_replaced_by_the_next_one() {
    let service = Service::replying([code(r#""123456""#, "2"), code(r#""654321""#, "30")]);
    let started_at = Instant::now();
    let next = otp(&service).valid_for(10 * SECOND).await.unwrap();
    assert_eq!((next.expose(), started_at.elapsed()), ("654321", 2 * SECOND));
    assert_eq!(next.remaining(), 30 * SECOND);
    assert_eq!(service.queries(), [format!("mailboxId={MAILBOX}"), format!("mailboxId={MAILBOX}")]);
}

/// C56, variant: the service's clock is behind, and it returns the old code again.
#[tokio::test(start_paused = true)]
async fn repeated_old_code_is_not_returned_as_fresh() {
    let old = || code(r#""123456""#, "2");
    let service = Service::replying([old(), old(), code(r#""654321""#, "30")]);
    assert_eq!(otp(&service).valid_for(10 * SECOND).await.unwrap().expose(), "654321");
    assert_eq!(service.count(), 3);
    // This holds even if the code has a new lifetime.
    let service = Service::replying([old(), code(r#""123456""#, "30"), code(r#""654321""#, "30")]);
    assert_eq!(otp(&service).valid_for(10 * SECOND).await.unwrap().expose(), "654321");
    // The number of attempts is limited.
    let service = Service::replying([old()]);
    let error = otp(&service).valid_for(10 * SECOND).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(!printed(&error).contains("123456") && service.count() <= 20, "{error}");
}

/// C56, variants: the formats of a code and of its lifetime.
#[tokio::test(start_paused = true)]
async fn code_keeps_leading_zeros_and_is_not_printed_in_errors() {
    for (sent, expected) in [(r#""012345""#, "012345"), ("12345", "012345")] {
        let service = Service::replying([code(sent, "20")]);
        assert_eq!(otp(&service).current().await.unwrap().expose(), expected, "{sent}");
    }
    // An expired code is requested again, and so is one with an implausible lifetime. The lifetime can be text.
    let plausible_or_expired =
        [("0", "654321"), ("-1", "654321"), ("1e18", "654321"), (r#""1e300""#, "654321"), (r#""17""#, "123456")];
    for (expires_in, expected) in plausible_or_expired {
        let service = Service::replying([code(r#""123456""#, expires_in), code(r#""654321""#, "30")]);
        assert_eq!(otp(&service).current().await.unwrap().expose(), expected, "{expires_in}");
    }
    let absent = Reply::data(r#"{"otp":"123456"}"#);
    for reply in [code(r#""123456""#, "null"), absent] {
        let error = otp(&Service::replying([reply])).current().await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("get_authenticator_code")));
        assert!(!printed(&error).contains("123456"), "{error}");
    }
}

/// C57: an account has no second factor, or a different provider.
#[tokio::test(start_paused = true)]
async fn account_without_codes_is_rejected_and_not_retried() {
    for (body, kind, message) in [
        (r#"{"status":400,"message":"2FA Not set"}"#, ErrorKind::NoSecondFactor, "2FA Not set"),
        (r#"{"status":400,"message":"Domain id only for MS"}"#, ErrorKind::NotMicrosoft, "Domain id only for MS"),
        (r#"{"status":400,"message":"No such mailbox"}"#, ErrorKind::Invalid, "No such mailbox"),
    ] {
        let service = Service::replying([Reply::json(400, body)]);
        let error = otp(&service).valid_for(10 * SECOND).await.unwrap_err();
        assert_eq!((error.kind(), error.status(), error.message()), (kind, Some(400), message));
        assert!(!error.is_retryable());
        assert_eq!(service.count(), 1);
    }
}

/// C58: a rejection quotes the key, in any spelling.
#[tokio::test(start_paused = true)]
async fn quoted_key_is_not_printed() {
    let encoded: String = KEY.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let unicode: String = KEY.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    // The service's spelling of the key, and the texts that must not be printed. Both spellings of a body are JSON.
    let spellings = [
        KEY.to_owned(),
        KEY.to_uppercase(),
        KEY.replace('_', "%5F"),
        KEY.replace('_', "-"),
        // The shortest prefix that is removed has six letters and digits.
        KEY[..7].to_owned(),
        KEY[..10].to_owned(),
        KEY[..14].to_owned(),
        encoded,
        unicode,
    ];
    for spelling in spellings {
        for body in [
            format!(r#"{{"status":401,"message":"Invalid API key {spelling}"}}"#),
            format!(r#"{{"status":401,"message":"Invalid API key {{\"key\":\"{spelling}\"}}"}}"#),
            format!(r#"{{"status":401,"error":["Invalid API key","{spelling}"]}}"#),
        ] {
            let (collector, _guard) = Collector::start(|_| true);
            let service = Service::replying([Reply::json(401, body.clone())]);
            let error = service.client().list_domains().send().await.unwrap_err();
            assert_eq!((error.kind(), error.status()), (ErrorKind::Unauthorized, Some(401)));
            let mut texts = vec![printed(&error), format!("{:?}", error.body())];
            texts.extend(collector.entries().iter().map(ToString::to_string));
            for text in texts {
                let text = text.to_lowercase().replace("%5f", "_").replace('-', "_");
                assert!(!text.contains("zk_exam") && !text.contains("%7a%6b"), "{spelling}: {text}");
            }
        }
    }
}

/// C58, variant: the base URL has user info.
#[test]
fn user_info_of_the_base_url_is_not_printed() {
    for url in ["https://canary-user:canary-pass@api.zapmail.ai/api", "https://canary-user@127.0.0.1/api"] {
        let builder = Zapmail::builder().api_key(KEY).base_url(url);
        let debug = format!("{builder:?}");
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!printed(&error).contains("canary") && !debug.contains("canary"), "{error} {debug}");
    }
}

/// C59: a key has a newline, spaces or an umlaut.
#[tokio::test(start_paused = true)]
async fn key_is_trimmed_and_invalid_key_is_refused() {
    for key in ["zk_example_0001\n", " zk_example_0001", "zk_example_0001\r\n"] {
        let server = Server::acting(vec![Act::json(200, &json!({"status": 200, "data": {"id": DOMAIN}}))]);
        let zapmail = Zapmail::builder().api_key(key).base_url(server.url()).build().unwrap();
        zapmail.get_user().send().await.unwrap();
        assert_eq!(header(&server.requests()[0], "x-auth-zapmail"), Some("zk_example_0001"), "{key:?}");
    }
    for key in ["", "zk_exämple", "zk_example_0001\nzk_example_0002"] {
        let error = Zapmail::builder().api_key(key).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{key:?}");
        assert!(error.message().contains("`api_key`") && !printed(&error).contains("zk_ex"), "{error}");
    }
}

/// A page of mailboxes with a canary in each secret. Its second mailbox has this id.
fn page_of_canaries(id: &Value, sub_admin: &Value) -> Value {
    let secrets = |id: &Value| {
        json!({
            "id": id, "username": "dana.reed", "status": "ACTIVE", "password": "canary-password",
            "appPassword": "canary-app-password", "secret": "canary-secret", "recoveryEmail": "canary-recovery-email",
            "apiKey": "canary-api-key", "token": "canary-token", "msSubAdminDetails": sub_admin,
        })
    };
    let admin = json!({
        "email": "admin@acme-example.com", "password": "canary-password", "newPassword": "canary-new-password",
        "secret": "canary-secret", "recoveryEmail": "canary-recovery-email", "token": "canary-token",
    });
    let domain = json!({
        "id": DOMAIN, "domain": "acme-example.com", "adminDetails": admin, "msSubAdminDetails": sub_admin,
        "apiKey": "canary-api-key", "mailboxes": [secrets(&json!(MAILBOX)), secrets(id)],
    });
    json!({"status": 200, "message": "ok", "data": {"currentPage": 1, "totalPages": 1, "domains": [domain]}})
}

/// C60: every secret of a mailbox is filled.
#[tokio::test(start_paused = true)]
async fn secrets_of_a_page_are_not_printed() {
    let sub_admin = json!({"email": "canary-email", "password": "canary-password", "token": "canary-token"});
    for sub_admin in [sub_admin.clone(), json!([sub_admin])] {
        let (collector, _guard) = Collector::start(|_| true);
        let mut texts = Vec::new();
        let page = page_of_canaries(&json!(OTHER_MAILBOX), &sub_admin);
        let service = Service::replying([Reply::json(200, page.to_string())]);
        let response = service.client().list_mailboxes().send_with_response().await.unwrap();
        texts.push(format!("{response:?} {:?} {:#?}", response.data(), response.data()));
        let mailbox = &response.data().domains[0].mailboxes[0];
        assert_eq!(mailbox.password.as_ref().map(Secret::expose), Some("canary-password"));

        // One field of the wrong type.
        let page = page_of_canaries(&json!({"a": "canary-a"}), &sub_admin);
        let service = Service::replying([Reply::json(200, page.to_string())]);
        let error = service.client().list_mailboxes().send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        texts.push(printed(&error));
        texts.push(format!("{:?}", error.body()));
        texts.extend(collector.entries().iter().map(ToString::to_string));
        assert_eq!(texts.iter().find(|text| text.contains("canary-")), None);
    }
}

/// C61: a rejection quotes the password of the request.
#[tokio::test(start_paused = true)]
async fn quoted_password_of_the_request_is_not_printed() {
    let body = r#"{"status":400,"message":"Login failed for dana@acme-example.com with password canary-pass"}"#;
    let service = Service::replying([Reply::json(400, body)]);
    let account = NewExportAccount::new("SMARTLEAD", "dana@acme-example.com", "canary-pass");
    let error = service.client().add_export_account().body(account).send().await.unwrap_err();
    assert_eq!((error.kind(), service.count()), (ErrorKind::Invalid, 1));
    assert_eq!(error.message(), "Login failed for dana@acme-example.com with password [redacted]");
    assert!(!printed(&error).contains("canary"), "{error}");
    assert!(service.requests()[0].body.contains("canary-pass"));
}

/// C62: an object occurs instead of a text, three levels deep.
///
/// An id cannot be replaced, so this is an error that names its location. Any other text becomes `None`, so that one
/// invalid value does not make the page unreadable.
#[tokio::test(start_paused = true)]
async fn value_of_a_different_type_is_reported_by_its_location_or_omitted() {
    let page = page_of_canaries(&json!({"a": 1}), &Value::Null);
    let service = Service::replying([Reply::json(200, page.to_string())]);
    let error = service.client().list_mailboxes().send().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("list_mailboxes")));
    assert_eq!(error.path(), Some("data.domains[0].mailboxes[1].id"));
    let text = error.to_string();
    assert!(text.starts_with("list_mailboxes: ") && text.contains("data.domains[0].mailboxes[1].id"), "{text}");
    assert!(!text.contains(r#""a""#) && !text.contains("canary"), "{text}");

    let mut page = page_of_canaries(&json!(OTHER_MAILBOX), &Value::Null);
    *page.pointer_mut("/data/domains/0/mailboxes/1/status").unwrap() = json!({"a": 1});
    let service = Service::replying([Reply::json(200, page.to_string())]);
    let response = service.client().list_mailboxes().send_with_response().await.unwrap();
    let mailboxes = &response.data().domains[0].mailboxes;
    assert_eq!((mailboxes.len(), &mailboxes[1].status), (2, &None));
    assert!(mailboxes[0].status.is_some());
    let sent = response.body();
    assert_eq!(sent.expose().pointer("/data/domains/0/mailboxes/1/status/a"), Some(&json!(1)));
}

/// C63: the key, the workspace and passwords at trace level. The contract tests `secrets` cover every operation, and
/// `log`.
#[tokio::test(start_paused = true)]
async fn canaries_of_a_client_are_not_printed() {
    // The workspace's id is a UUID.
    const WORKSPACE: &str = "ca4a4100-0b3e-4f7a-8c11-2d3e4f5a6b7c";
    let (collector, _guard) = Collector::start(|_| true);
    let refusal = json!({"status": 400, "message": "Login failed with canary-pass"});
    for act in
        [Act::json(200, &json!({"status": 200, "message": "ok"})), Act::json(400, &refusal), Act::Reset, Act::Silence]
    {
        let server = Server::acting(vec![act]);
        let builder = Zapmail::builder().api_key("canary-key-0001").base_url(server.url()).workspace(WORKSPACE);
        let mut texts = vec![format!("{builder:?} {builder:#?}")];
        let zapmail = builder.build().unwrap();
        let account = NewExportAccount::new("SMARTLEAD", "dana@acme-example.com", "canary-pass");
        let call = zapmail.add_export_account().body(account);
        texts.push(format!("{zapmail:?} {:?} {call:?} {:?}", zapmail.raw(), call.clone().prepare()));
        match call.send_with_response().await {
            Ok(response) => texts.push(format!("{response:?} {:?}", response.data())),
            Err(error) => texts.push(printed(&error)),
        }
        let request = &server.requests()[0];
        assert!(request.contains("canary-key-0001") && request.contains("canary-pass") && request.contains(WORKSPACE));
        // The id of the workspace is not secret, and the span of a call contains it.
        let entries = collector.entries().into_iter();
        let others =
            entries.filter(|entry| entry.metadata.name() != "zapmail.call" || entry.to_string().contains("canary"));
        texts.extend(others.map(|entry| entry.to_string()));
        assert_eq!(texts.iter().find(|text| text.contains("canary") || text.contains(WORKSPACE)), None);
    }
    assert!(!collector.entries().is_empty());
}

/// C63, variant: the error of the HTTP library.
#[tokio::test(start_paused = true)]
async fn error_of_the_http_library_contains_no_secret() {
    let server = Server::acting(vec![Act::ResetUnread]);
    let zapmail = client_of(&server);
    let removal = ScheduledRemoval::new([DOMAIN], true).contains("canary-contains");
    for error in [
        zapmail.schedule_mailbox_removal().body(removal).send().await.unwrap_err(),
        zapmail.list_mailboxes().contains("canary-query").send().await.unwrap_err(),
    ] {
        let text = printed(&error);
        assert!(
            std::error::Error::source(&error).is_some() && !text.contains("canary") && !text.contains(KEY),
            "{text}"
        );
    }
}

/// C64: a locally computed code is valid for its time step.
#[cfg(feature = "totp")]
#[tokio::test(start_paused = true)]
async fn local_code_expires_with_its_step() {
    let totp = zapmail_sdk_ext::Totp::from_seed("gezd gnbv gy3t qojq gezd gnbv gy3t qojq").unwrap();
    let last = totp.at(UNIX_EPOCH + Duration::from_millis(29_999));
    assert_eq!(last.expose(), "755224");
    assert!(last.remaining() > Duration::ZERO && last.remaining() <= SECOND, "{:?}", last.remaining());
    let next = totp.at(UNIX_EPOCH + Duration::from_secs(30));
    assert_eq!((next.expose(), next.remaining()), ("287082", 30 * SECOND));
    // A code that expires now is never returned.
    let service = Service::replying([code(r#""123456""#, "0")]);
    let local = otp(&service).with_seed(totp);
    for _ in 0..100 {
        let code = local.valid_for(SECOND).await.unwrap();
        assert!(code.remaining() >= SECOND, "{:?}", code.remaining());
        tokio::time::advance(Duration::from_millis(997)).await;
    }
    assert_eq!(service.count(), 0);
}
