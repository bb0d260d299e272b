//! G. Transport, status codes and rate limits: the kind of an error follows from the known facts, and the limits hold
//! in every window.

use std::time::{Duration, SystemTime};

use futures::future::join_all;
use proptest::prelude::*;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};
use zapmail_sdk_ext::types::DomainConnectionRequestRemoval;
use zapmail_sdk_ext::{ErrorKind, RetryPolicy, Timeouts};

use super::service::{Reply, Sent, Service};
use super::{MAILBOX, WORKSPACE, client_of, printed};
use crate::cancellation::polled;
use crate::clients::Kind;
use crate::server::{Act, Server};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

const USER: &str = r#"{"status":200,"message":"ok","data":{"id":"3f0c2b1e-6a41-4d7b-9c55-0e1f2a3b4c5d"}}"#;

/// C65: a 200 has no body.
#[tokio::test(start_paused = true)]
async fn empty_200_is_a_decode_error_for_reads_and_a_success_for_deletes() {
    let service = Service::replying([Reply::json(200, "")]);
    let error = service.client().list_subscriptions().send().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(200)));
    assert!(error.to_string().starts_with("list_subscriptions: "), "{error}");

    let service = Service::replying([Reply::json(200, "")]);
    let error = Kind::Spend.call(&service.client()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), service.count()), (ErrorKind::OutcomeUnknown, 1, 1));

    for status in [200, 204] {
        let server = Server::acting(vec![Act::answer(status, "", b"")]);
        let zapmail = client_of(&server);
        zapmail.revoke_workspace_member().member_id(MAILBOX).send().await.unwrap();
        let removal = DomainConnectionRequestRemoval::new(["acme-example.com"]);
        zapmail.remove_connection_requests().body(removal).send().await.unwrap();
        assert!(server.requests().iter().all(|request| request.starts_with("DELETE ")));
    }
}

/// Responds with 429 once, and returns how long the client waits before its second request, which succeeds. `None` if
/// there is no second request.
async fn waited(retry_after: Option<&str>) -> Option<Duration> {
    let refusal = Reply::json(429, r#"{"status":429,"message":"Too many requests"}"#);
    let refusal = retry_after.map_or_else(|| refusal.clone(), |delay| refusal.clone().header("retry-after", delay));
    let service = Service::replying([refusal, Reply::json(200, USER)]);
    let started_at = Instant::now();
    let outcome = service.client().get_user().send().await;
    if let Err(error) = outcome {
        assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::RateLimited, false), "{error}");
        assert!(error.retry_after().is_some() && started_at.elapsed() < SECOND, "{error}");
        return None;
    }
    assert_eq!(service.count(), 2);
    Some(started_at.elapsed())
}

/// C66: a 429 has a `Retry-After` in any format, or none.
#[tokio::test(start_paused = true)]
async fn retry_after_in_any_format_is_a_bounded_delay() {
    assert_eq!(waited(Some("2")).await, Some(2 * SECOND));
    // If the value is missing, or is neither a number of whole seconds nor a date, the client waits for the first
    // backoff delay, with jitter.
    for invalid in [Some("2.5"), Some("-3"), Some("soon"), Some(""), None] {
        let waited = waited(invalid).await.unwrap();
        assert!((SECOND / 2..3 * SECOND).contains(&waited), "{invalid:?}: {waited:?}");
    }
    // The timeout of the call is the maximum. A longer delay is reported in the error instead of being waited for.
    assert_eq!(waited(Some("99999999999")).await, None);
    // The system clock cannot be set, so these dates are in the past, too far in the future, or close to now.
    let date = waited(Some("Wed, 25 Nov 2026 10:00:05 GMT")).await;
    assert!(date.is_none_or(|waited| waited <= 5 * MINUTE), "{date:?}");
    let soon = httpdate::fmt_http_date(SystemTime::now() + 20 * SECOND);
    let date = waited(Some(&soon)).await.unwrap();
    assert!((10 * SECOND..=20 * SECOND).contains(&date), "{date:?}");
}

/// C66, the maximum: other calls of the client wait at most 30 minutes.
#[tokio::test(start_paused = true)]
async fn requested_delay_of_years_delays_the_client_for_30_minutes() {
    let refusal =
        Reply::json(429, r#"{"status":429,"message":"Too many requests"}"#).header("retry-after", "99999999999");
    let service = Service::replying([refusal, Reply::json(200, USER)]);
    let zapmail = service.client();
    zapmail.get_user().send().await.unwrap_err();
    let started_at = Instant::now();
    let patient = zapmail.with_timeouts(Timeouts::default().call(60 * MINUTE));
    patient.get_user().send().await.unwrap();
    assert_eq!(started_at.elapsed(), 30 * MINUTE);
}

/// Asserts that no window of the documented limits has too many starts.
fn assert_inside_windows(requests: &[Sent]) {
    let mut starts: Vec<_> = requests.iter().map(|sent| sent.at).collect();
    starts.sort();
    for (limit, window) in [(5, SECOND), (200, MINUTE)] {
        let exceeding = starts.windows(limit + 1).find(|starts| starts[limit] - starts[0] < window);
        assert_eq!(exceeding, None, "more than {limit} starts in {window:?}");
    }
}

/// C67: 40 clones send 10 requests each at the same time.
#[tokio::test(start_paused = true)]
async fn fan_out_over_clones_and_workspaces_stays_within_both_limits() {
    // Every twentieth attempt fails, and its retry counts as well.
    let service = Service::responding(|_, index| {
        if index % 20 == 7 {
            Reply::json(500, r#"{"status":500,"message":"Internal server error"}"#)
        } else {
            Reply::json(200, USER).after(SECOND / 5)
        }
    });
    let zapmail = service.client();
    let calls = (0..400).map(|call| {
        let clone = if call / 10 % 2 == 0 { zapmail.clone() } else { zapmail.workspace(WORKSPACE) };
        let clone =
            if call / 10 % 4 == 3 { clone.with_header("x-service-provider", "MICROSOFT").unwrap() } else { clone };
        tokio::spawn(async move { clone.get_user().send().await.map(drop) })
    });
    for outcome in join_all(calls).await {
        outcome.unwrap().unwrap();
    }
    assert!(service.count() > 415, "{}", service.count());
    assert_inside_windows(&service.requests());
}

/// C68: the connection breaks before, or after the request was sent.
#[tokio::test(start_paused = true)]
async fn broken_connection_is_retried_unless_a_purchase_was_sent() {
    // The connection breaks before the request is read.
    let server = Server::acting(vec![Act::ResetUnread, Act::answer(200, "", USER.as_bytes())]);
    let response = client_of(&server).get_user().send_with_response().await.unwrap();
    assert_eq!((response.attempts(), server.connections()), (2, 2));

    // A server without TLS closes the connection during the handshake, so nothing was sent.
    let server = Server::acting(vec![Act::ResetUnread]);
    let zapmail = super::builder_at(&server.url().replace("http:", "https:")).build().unwrap();
    let error = Kind::Spend.call(&zapmail).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::Connection, false), "{error}");
    assert_eq!((server.connections(), server.requests().len()), (4, 0));

    // The connection breaks after the body was written.
    let server = Server::acting(vec![Act::Reset]);
    let error = Kind::Spend.call(&client_of(&server)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), server.requests().len()), (ErrorKind::OutcomeUnknown, 1, 1));
}

/// A call of the property test.
#[derive(Debug, Clone)]
struct Caller {
    arrives: Duration,
    patience: DropPoint,
}

/// When a call is dropped.
#[derive(Debug, Clone)]
enum DropPoint {
    Never,
    After(Duration),
    /// At the await point that the call has reached after this number of polls.
    Polls(usize),
}

fn callers() -> impl Strategy<Value = Vec<Caller>> {
    let patience = prop_oneof![
        4 => Just(DropPoint::Never),
        1 => (0..3000_u64).prop_map(|time| DropPoint::After(Duration::from_millis(time))),
        1 => (0..6_usize).prop_map(DropPoint::Polls),
    ];
    let caller = (0..4000_u64, patience);
    let caller = caller.prop_map(|(arrives, patience)| Caller { arrives: Duration::from_millis(arrives), patience });
    prop::collection::vec(caller, 1..260)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// C69: random arrivals and cancellations. The limiter's own tests are in `src/policy/limiter/tests.rs`.
    #[test]
    fn random_arrivals_and_cancellations_exceed_no_window(callers in callers()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let service = Service::replying([Reply::json(200, USER).after(SECOND / 10)]);
            let zapmail = service.client();
            let patient = callers.iter().filter(|caller| matches!(caller.patience, DropPoint::Never)).count();
            let calls = callers.into_iter().map(|Caller { arrives, patience }| {
                let zapmail = zapmail.clone();
                tokio::spawn(async move {
                    sleep(arrives).await;
                    let call = zapmail.get_user().send();
                    match patience {
                        DropPoint::Never => Some(call.await),
                        DropPoint::After(time) => timeout(time, call).await.ok(),
                        DropPoint::Polls(polls) => polled(call, polls).await,
                    }
                })
            });
            let outcomes = join_all(calls).await;
            let succeeded = outcomes.into_iter().filter(|outcome| matches!(outcome, Ok(Some(Ok(_))))).count();
            assert!(succeeded >= patient, "{succeeded} of {patient}");
            assert_inside_windows(&service.requests());
        });
    }
}

/// C69, cancellation: a canceled waiter returns its slot.
#[tokio::test(start_paused = true)]
async fn canceled_waiters_return_their_slots() {
    let service = Service::replying([Reply::json(200, USER)]);
    let zapmail = service.client();
    join_all((0..5).map(|_| zapmail.get_user().send())).await;
    let waiting = join_all((0..50).map(|_| zapmail.get_user().send()));
    timeout(SECOND / 2, waiting).await.unwrap_err();
    let started_at = Instant::now();
    zapmail.get_user().send().await.unwrap();
    assert!(started_at.elapsed() < SECOND, "{:?}", started_at.elapsed());
    assert_eq!(service.count(), 6);
}

/// C70: an error has a body that is empty or HTML.
#[tokio::test(start_paused = true)]
async fn error_kind_follows_from_the_status() {
    let page = "<html><body><h1>Nothing here</h1></body></html>";
    for (status, content_type, body, kind) in [
        (401, "text/plain", "", ErrorKind::Unauthorized),
        (403, "text/html", page, ErrorKind::Forbidden),
        (429, "text/html", page, ErrorKind::RateLimited),
        (500, "text/html", page, ErrorKind::Server),
    ] {
        let headers = format!("content-type: {content_type}\r\n");
        let server = Server::acting(vec![Act::answer(status, &headers, body.as_bytes())]);
        let zapmail = client_of(&server).with_retry_policy(RetryPolicy::none());
        let error = zapmail.list_domains().send().await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, Some(status)), "{error}");
        assert_eq!(error.headers()["content-type"], content_type);
    }
}

/// C71: a redirect leads to another host, port or scheme.
#[tokio::test(start_paused = true)]
async fn redirect_is_reported_and_not_followed() {
    let success = json!({"status": 200, "message": "ok", "paymentLink": "https://invoice.example.com/i/7"});
    for status in [302, 307, 308] {
        for kind in [Kind::Read, Kind::Write, Kind::Spend] {
            // The same host with a different port, and with http.
            let elsewhere = Server::acting(vec![Act::json(200, &success)]);
            for location in ["https://other.example.net/", elsewhere.url().as_str()] {
                let act = Act::answer(status, &format!("location: {location}\r\n"), b"");
                let server = Server::acting(vec![act]);
                let error = kind.call(&client_of(&server)).await.unwrap_err();
                let expected = if kind == Kind::Spend { ErrorKind::OutcomeUnknown } else { ErrorKind::Unexpected };
                assert_eq!((error.kind(), error.status(), error.attempts()), (expected, Some(status), 1), "{error}");
                assert!(printed(&error).contains(&format!("unexpected redirect (HTTP {status})")), "{error}");
                assert_eq!((server.connections(), elsewhere.connections()), (1, 0));
            }
        }
    }
}
