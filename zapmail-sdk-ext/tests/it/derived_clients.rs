//! Derived clients: each changes one setting, settings combine in any order, and all clients share the rate limiter.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use zapmail_sdk_ext::{ErrorKind, RateLimits, RetryPolicy, Timeouts, Zapmail};

use crate::clients::{Kind, WORKSPACE, careful_builder, careful_client, client, ok};
use crate::server::{Act, Server};

const SECOND: Duration = Duration::from_secs(1);

/// A change of one setting.
type Derive = fn(&Zapmail) -> Zapmail;

/// One change of each kind.
const CHANGES: [Derive; 5] = [
    |zapmail| zapmail.allow_spending(),
    |zapmail| zapmail.with_timeouts(Timeouts::default().attempt(2 * SECOND)),
    |zapmail| zapmail.with_retry_policy(RetryPolicy::none()),
    |zapmail| zapmail.with_header("x-request-tag", "nightly").unwrap(),
    |zapmail| zapmail.workspace(WORKSPACE),
];

#[tokio::test(start_paused = true)]
async fn derived_settings_can_be_combined_in_any_order() {
    let mut backwards = CHANGES;
    backwards.reverse();
    for changes in [CHANGES, backwards] {
        let server = Server::acting(vec![ok(), Act::Silence]);
        let zapmail = changes.iter().fold(careful_client(&server.url()), |zapmail, change| change(&zapmail));
        assert_eq!(zapmail.workspace_id(), Some(WORKSPACE));
        Kind::Spend.call(&zapmail).await.unwrap();
        let [request] = server.requests().try_into().expect("one request");
        for header in [format!("x-workspace-key: {WORKSPACE}\r\n"), "x-request-tag: nightly\r\n".to_owned()] {
            assert!(request.contains(&header), "{request}");
        }

        let started_at = Instant::now();
        let error = Kind::Read.call(&zapmail).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1), "{error}");
        assert!((2 * SECOND..2 * SECOND + SECOND / 10).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn derived_client_leaves_original_unchanged() {
    let server = Server::acting(vec![ok(), Act::json(503, &json!({})), ok(), Act::Silence]);
    let zapmail = careful_client(&server.url());
    for change in CHANGES {
        drop(change(&zapmail));
    }
    assert_eq!(Kind::Spend.call(&zapmail).await.unwrap_err().kind(), ErrorKind::SpendingNotAllowed);
    assert_eq!((server.connections(), zapmail.workspace_id()), (0, None));

    Kind::Read.call(&zapmail).await.unwrap();
    let request = server.requests().remove(0);
    assert!(!request.contains("x-workspace-key") && !request.contains("x-request-tag"), "{request}");
    Kind::Read.call(&zapmail).await.expect("it is retried");
    let started_at = Instant::now();
    assert_eq!(Kind::Write.call(&zapmail).await.unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    assert!(started_at.elapsed() >= 60 * SECOND, "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn derived_clients_share_rate_limiter() {
    let server = Server::acting(vec![ok()]);
    let limits = RateLimits::default().per_second(1);
    let zapmail = careful_builder(&server.url()).rate_limits(limits).build().unwrap();
    let started_at = Instant::now();
    Kind::Read.call(&zapmail).await.unwrap();
    for change in CHANGES {
        Kind::Read.call(&change(&zapmail)).await.unwrap();
    }
    let elapsed = started_at.elapsed();
    assert!((5 * SECOND..6 * SECOND).contains(&elapsed), "six requests took {elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn separate_clients_share_rate_limiter_only_when_it_is_passed() {
    let server = Server::acting(vec![ok()]);
    let limits = RateLimits::default().per_second(1);
    let builder = || careful_builder(&server.url()).rate_limits(limits);
    let zapmail = builder().build().unwrap();
    let sharing = builder().rate_limiter(zapmail.rate_limiter().clone()).build().unwrap();
    let separate = builder().build().unwrap();
    let started_at = Instant::now();
    Kind::Read.call(&zapmail).await.unwrap();
    Kind::Read.call(&separate).await.unwrap();
    assert!(started_at.elapsed() < SECOND / 2, "{:?}", started_at.elapsed());
    Kind::Read.call(&sharing).await.unwrap();
    assert!((SECOND..2 * SECOND).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn second_value_of_a_header_replaces_first() {
    let server = Server::acting(vec![ok()]);
    let zapmail = client(&server.url()).with_header("x-request-tag", "nightly").unwrap();
    let zapmail = zapmail.with_header("X-Request-Tag", "hourly").unwrap().with_header("x-other", "1").unwrap();
    Kind::Read.call(&zapmail).await.unwrap();
    let [request] = server.requests().try_into().expect("one request");
    let tags: Vec<_> = request.lines().filter(|line| line.starts_with("x-request-tag")).collect();
    assert_eq!(tags, ["x-request-tag: hourly"]);
    assert!(request.contains("x-other: 1\r\n"), "{request}");
}

#[test]
fn headers_that_the_client_sets_itself_are_refused() {
    let zapmail = client("http://127.0.0.1:1");
    for name in [
        "x-auth-zapmail",
        "X-Auth-Zapmail",
        "X-WORKSPACE-KEY",
        "x-workspace-id",
        "authorization",
        "Content-Type",
        "content-length",
        "transfer-encoding",
        "connection",
        "host",
        "cookie",
        "accept",
        "te",
    ] {
        let error = zapmail.with_header(name, "planted-value").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let text = error.to_string();
        assert!(text.starts_with(&format!("`{}` is set by the client itself", name.to_ascii_lowercase())), "{text}");
        assert!(!text.contains("planted"), "{text}");
    }
}

#[test]
fn invalid_header_is_refused_without_its_value() {
    let zapmail = client("http://127.0.0.1:1");
    let rows = [
        ("", "planted-value", "`` is not a valid header name"),
        ("two words", "planted-value", "`two words` is not a valid header name"),
        ("x-tag\r\nx-auth-zapmail", "planted-value", "`x-tagx-auth-zapmail` is not a valid header name"),
        ("x-tag", "planted\r\nx-auth-zapmail: 1", "the value of the header `x-tag` contains an invalid character"),
    ];
    for (name, value, text) in rows {
        let error = zapmail.with_header(name, value).unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Config, text.to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_derived_setting_fails_each_call_before_sending() {
    let server = Server::acting(vec![ok()]);
    let zapmail = client(&server.url());
    let rows = [
        (zapmail.with_timeouts(Timeouts::default().call(Duration::ZERO)), "`timeouts.call` is zero"),
        (zapmail.with_retry_policy(RetryPolicy::default().attempts(0)), "`retry_policy.attempts` is 0"),
        (zapmail.with_retry_policy(RetryPolicy::none()).workspace("North"), "is not a UUID"),
        (zapmail.workspace("North").with_header("x-tag", "1").unwrap().allow_spending(), "is not a UUID"),
    ];
    for (derived, reason) in rows {
        for kind in Kind::ALL {
            let error = kind.call(&derived).await.unwrap_err();
            assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::Config, false));
            assert!(error.to_string().contains(reason) && error.operation().is_some(), "{error}");
        }
    }
    assert_eq!(server.connections(), 0);
}
