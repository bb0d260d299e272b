//! Delays before retries, and their effect on other calls.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};
use zapmail_sdk_ext::{ErrorKind, RateLimits, RetryPolicy, Timeouts};

use crate::clients::{Kind, WORKSPACE, builder, client, ok};
use crate::server::{Act, Server};

const SECOND: Duration = Duration::from_secs(1);

fn too_many(retry_after: &str) -> Act {
    Act::answer(429, &format!("retry-after: {retry_after}\r\n"), b"")
}

#[tokio::test(start_paused = true)]
async fn retry_waits_for_the_requested_delay() {
    let in_twenty = httpdate::fmt_http_date(std::time::SystemTime::now() + 20 * SECOND);
    let long_ago = httpdate::fmt_http_date(std::time::SystemTime::UNIX_EPOCH);
    // The date has a resolution of one second, and some real time passes before it is read.
    let mut rows = vec![("7", 7.0..7.01), (in_twenty.as_str(), 10.0..20.01), ("0", 0.5..1.01), (&long_ago, 0.5..1.01)];
    // A date is compared with the response's `Date` header, so the difference from the local clock does not matter.
    rows.push(("Wed, 25 Nov 2026 10:00:09 GMT\r\ndate: Wed, 25 Nov 2026 10:00:00 GMT", 9.0..9.01));
    rows.push(("Sat, 25 Nov 2090 10:00:09 GMT\r\ndate: Sat, 25 Nov 2090 10:00:00 GMT", 9.0..9.01));
    for (retry_after, expected) in rows {
        let server = Server::acting(vec![too_many(retry_after), ok()]);
        let started_at = Instant::now();
        Kind::Read.call(&client(&server.url())).await.unwrap();
        let waited = started_at.elapsed().as_secs_f64();
        assert!(expected.contains(&waited), "Retry-After: {retry_after} caused a delay of {waited} s");
    }
}

#[tokio::test(start_paused = true)]
async fn requested_delay_beyond_deadline_fails_immediately() {
    for (retry_after, seconds) in [("3600", 3600), ("18446744073709551615", u64::MAX)] {
        let server = Server::acting(vec![too_many(retry_after)]);
        let started_at = Instant::now();
        let error = Kind::Read.call(&client(&server.url())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)));
        assert_eq!((error.attempts(), error.may_have_been_processed()), (1, false));
        assert!(started_at.elapsed() < SECOND);
    }
}

#[tokio::test(start_paused = true)]
async fn call_ends_at_its_deadline_after_retries() {
    let call = 3 * SECOND;
    // Each act, with the minimum number of attempts that fit. A silent server uses up the whole timeout with the first
    // attempt.
    let rows = [
        (Act::Silence, 1),
        (Act::Reset, 2),
        (Act::json(503, &json!({})), 2),
        (too_many("1"), 3),
        (Act::answer(503, "retry-after: 2\r\n", b""), 2),
    ];
    for (act, min_attempts) in rows {
        let server = Server::acting(vec![act.clone()]);
        let retries = RetryPolicy::default().attempts(10);
        let timeouts = Timeouts::default().call(call);
        let zapmail = builder(&server.url()).retry_policy(retries).timeouts(timeouts).build().unwrap();
        let started_at = Instant::now();
        Kind::Read.call(&zapmail).await.unwrap_err();
        assert!(started_at.elapsed() <= call + Duration::from_millis(10), "{act:?} took {:?}", started_at.elapsed());
        let attempts = server.connections();
        assert!((min_attempts..10).contains(&attempts), "{act:?} ended after {attempts} attempts");
    }
}

#[tokio::test(start_paused = true)]
async fn silent_attempt_is_retried_after_its_timeout() {
    let server = Server::acting(vec![Act::Silence, ok()]);
    let timeouts = Timeouts::default().attempt(2 * SECOND);
    let zapmail = builder(&server.url()).timeouts(timeouts).build().unwrap();
    let started_at = Instant::now();
    Kind::Read.call(&zapmail).await.unwrap();
    assert!((2 * SECOND..3 * SECOND + SECOND / 100).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn maximum_timeouts_do_not_overflow() {
    let server = Server::acting(vec![Act::json(503, &json!({})), ok()]);
    let timeouts = Timeouts::default().connect(Duration::MAX).attempt(Duration::MAX).call(Duration::MAX);
    let zapmail = builder(&server.url()).timeouts(timeouts).build().unwrap();
    for kind in Kind::ALL {
        kind.call(&zapmail).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn delays_stay_within_the_backoff_range() {
    let server = Server::acting(vec![Act::json(503, &json!({}))]);
    let retries = RetryPolicy::default().attempts(10).backoff(SECOND, 2 * SECOND);
    let zapmail = builder(&server.url()).retry_policy(retries).build().unwrap();
    let started_at = Instant::now();
    Kind::Read.call(&zapmail).await.unwrap_err();
    assert_eq!(server.connections(), 10);
    assert!((9 * SECOND..=18 * SECOND + SECOND / 10).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn one_429_delays_the_whole_client_with_and_without_retries() {
    for retries in [RetryPolicy::default(), RetryPolicy::none()] {
        let server = Server::acting(vec![too_many("7"), ok()]);
        let zapmail = builder(&server.url()).retry_policy(retries).build().unwrap();
        let (clone, workspace) = (zapmail.clone(), zapmail.workspace(WORKSPACE));
        let started_at = Instant::now();
        let later = async {
            sleep(SECOND).await;
            Kind::Spend.call(&clone).await.unwrap();
            let elapsed = started_at.elapsed();
            workspace.list_mailboxes().send().await.unwrap();
            elapsed
        };
        let (first, elapsed) = tokio::join!(Kind::Read.call(&zapmail), later);
        assert_eq!(first.is_ok(), retries != RetryPolicy::none());
        assert!((7 * SECOND..8 * SECOND).contains(&elapsed), "{retries:?}: {elapsed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn call_delayed_beyond_its_deadline_fails_before_sending() {
    let server = Server::acting(vec![too_many("3600")]);
    let zapmail = client(&server.url());
    Kind::Read.call(&zapmail).await.unwrap_err();
    for kind in Kind::ALL {
        let error = kind.call(&zapmail.workspace(WORKSPACE)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts(), error.may_have_been_processed()),
            (ErrorKind::RateLimited, 0, false)
        );
        let text = error.to_string();
        assert!(text.contains("rate limited (429)") && text.contains("`Error::retry_after`"), "{text}");
        // The maximum delay of the whole client is 30 minutes.
        let wait = error.retry_after().unwrap();
        assert!((1790 * SECOND..=1800 * SECOND).contains(&wait), "{wait:?}");
    }
    assert_eq!(server.connections(), 1);
    // After that, requests are sent again.
    sleep(1800 * SECOND).await;
    Kind::Read.call(&zapmail).await.unwrap_err();
    assert_eq!(server.connections(), 2);
}

#[tokio::test(start_paused = true)]
async fn non_idempotent_request_is_not_started_close_to_its_deadline() {
    let timeouts = Timeouts::default().call(SECOND + SECOND / 5);
    for kind in Kind::ALL {
        let server = Server::acting(vec![ok()]);
        let zapmail =
            builder(&server.url()).rate_limits(RateLimits::default().per_second(1)).timeouts(timeouts).build().unwrap();
        Kind::Read.call(&zapmail).await.unwrap();
        let second = kind.call(&zapmail).await;
        match kind {
            Kind::Read | Kind::IdempotentWrite => second.unwrap(),
            Kind::Write | Kind::Spend => {
                let error = second.unwrap_err();
                assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::Timeout, false), "{kind:?}");
                assert_eq!(server.connections(), 1, "{kind:?}");
            }
        }
    }
}

/// A purchase that is too late to be sent takes no slot of the rate limiter from other calls.
#[tokio::test(start_paused = true)]
async fn refused_purchase_takes_no_slot() {
    let server = Server::acting(vec![ok()]);
    let limits = RateLimits::unlimited().per_second(1);
    let timeouts = Timeouts::default().call(4 * SECOND).attempt(4 * SECOND);
    let zapmail = builder(&server.url()).rate_limits(limits).timeouts(timeouts).build().unwrap();
    let purchases = (0..20).map(|_| Kind::Spend.call(&zapmail));
    let outcomes = futures::future::join_all(purchases).await;
    // One immediately, and one after each of the two seconds that leave enough time.
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    for error in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(!error.may_have_been_processed() && error.to_string().contains("not enough time left"), "{error}");
    }
    let started_at = Instant::now();
    Kind::Read.call(&zapmail).await.unwrap();
    assert!(started_at.elapsed() <= SECOND, "{:?}", started_at.elapsed());
}
