//! How long a client waits before it sends again, and who else waits with it.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};
use zapmail_sdk_ext::{ErrorKind, Quota, Retries, Timeouts, prelude::*};

use crate::clients::{Kind, builder, client, success};
use crate::server::{Act, Server};

const SECOND: Duration = Duration::from_secs(1);

fn too_many(retry_after: &str) -> Act {
    Act::answer(429, &format!("retry-after: {retry_after}\r\n"), b"")
}

fn ok() -> Act {
    Act::json(200, &success())
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_as_long_as_the_service_asks() {
    let in_twenty = httpdate::fmt_http_date(std::time::SystemTime::now() + 20 * SECOND);
    let long_ago = httpdate::fmt_http_date(std::time::SystemTime::UNIX_EPOCH);
    // The date has whole seconds, and some real time passes before it is read.
    let rows = [("7", 7.0..7.01), (in_twenty.as_str(), 10.0..20.01), ("0", 0.5..1.01), (&long_ago, 0.5..1.01)];
    for (retry_after, expected) in rows {
        let server = Server::acting(vec![too_many(retry_after), ok()]);
        let started_at = Instant::now();
        Kind::Read.call(&client(&server.url())).await.unwrap();
        let waited = started_at.elapsed().as_secs_f64();
        assert!(expected.contains(&waited), "Retry-After: {retry_after} made it wait {waited} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_an_error_at_once() {
    for (retry_after, seconds) in [("3600", 3600), ("18446744073709551615", u64::MAX)] {
        let server = Server::acting(vec![too_many(retry_after)]);
        let started_at = Instant::now();
        let error = Kind::Read.call(&client(&server.url())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)));
        assert_eq!((error.attempts(), error.may_have_been_sent()), (1, false));
        assert!(started_at.elapsed() < SECOND);
    }
}

#[tokio::test(start_paused = true)]
async fn no_call_goes_on_beyond_its_deadline() {
    let call = 3 * SECOND;
    let acts = [
        Act::Silence,
        Act::Reset,
        Act::json(503, &json!({})),
        too_many("1"),
        Act::answer(503, "retry-after: 2\r\n", b""),
    ];
    for act in acts {
        let server = Server::acting(vec![act.clone()]);
        let retries = Retries::default().attempts(10);
        let timeouts = Timeouts::default().call(call);
        let zapmail = builder(&server.url()).retries(retries).timeouts(timeouts).build().unwrap();
        let started_at = Instant::now();
        Kind::Read.call(&zapmail).await.unwrap_err();
        assert!(started_at.elapsed() <= call + Duration::from_millis(10), "{act:?} took {:?}", started_at.elapsed());
        assert!(server.connections() < 10, "{act:?} was ended by the number of attempts, not by the deadline");
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_ends_when_its_time_is_over() {
    let server = Server::acting(vec![Act::Silence, ok()]);
    let timeouts = Timeouts::default().attempt(2 * SECOND);
    let zapmail = builder(&server.url()).timeouts(timeouts).build().unwrap();
    let started_at = Instant::now();
    Kind::Read.call(&zapmail).await.unwrap();
    assert!((2 * SECOND..3 * SECOND + SECOND / 100).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn time_outs_without_end_are_no_fault() {
    let server = Server::acting(vec![Act::json(503, &json!({})), ok()]);
    let timeouts = Timeouts::default().connect(Duration::MAX).attempt(Duration::MAX).call(Duration::MAX);
    let zapmail = builder(&server.url()).timeouts(timeouts).build().unwrap();
    Kind::Read.call(&zapmail).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_pause_is_longer_than_the_longest() {
    let server = Server::acting(vec![Act::json(503, &json!({}))]);
    let retries = Retries::default().attempts(10).pauses(SECOND, 2 * SECOND);
    let zapmail = builder(&server.url()).retries(retries).build().unwrap();
    let started_at = Instant::now();
    Kind::Read.call(&zapmail).await.unwrap_err();
    assert_eq!(server.connections(), 10);
    assert!((9 * SECOND..=18 * SECOND + SECOND / 10).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn one_429_makes_the_whole_client_wait_whether_the_call_is_repeated_or_not() {
    for retries in [Retries::default(), Retries::none()] {
        let server = Server::acting(vec![too_many("7"), ok()]);
        let zapmail = builder(&server.url()).retries(retries).build().unwrap();
        let (clone, scope) = (zapmail.clone(), zapmail.workspace("1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f"));
        let started_at = Instant::now();
        let later = async {
            sleep(SECOND).await;
            Kind::Spend.call(&clone).await.unwrap();
            let elapsed = started_at.elapsed();
            scope.list_mailboxes().call().await.unwrap();
            elapsed
        };
        let (first, elapsed) = tokio::join!(Kind::Read.call(&zapmail), later);
        assert_eq!(first.is_ok(), retries != Retries::none());
        assert!((7 * SECOND..8 * SECOND).contains(&elapsed), "{retries:?}: {elapsed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_a_pause_would_hold_beyond_its_deadline_fails_without_being_sent() {
    let server = Server::acting(vec![too_many("3600")]);
    let zapmail = client(&server.url());
    Kind::Read.call(&zapmail).await.unwrap_err();
    for kind in Kind::ALL {
        let error = kind.call(&zapmail.workspace("1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f")).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.may_have_been_sent()), (ErrorKind::RateLimited, 0, false));
        let text = error.to_string();
        assert!(text.contains("asked for a pause (429)") && text.contains("`Error::retry_after`"), "{text}");
        // No pause of the whole client is longer than half an hour.
        let wait = error.retry_after().unwrap();
        assert!((1790 * SECOND..=1800 * SECOND).contains(&wait), "{wait:?}");
    }
    assert_eq!(server.connections(), 1);
    // Then it goes on.
    sleep(1800 * SECOND).await;
    Kind::Read.call(&zapmail).await.unwrap_err();
    assert_eq!(server.connections(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_must_not_be_repeated_is_not_begun_with_too_little_time() {
    let timeouts = Timeouts::default().call(SECOND + SECOND / 5);
    for kind in Kind::ALL {
        let server = Server::acting(vec![ok()]);
        let zapmail = builder(&server.url()).quota(Quota::per_second(1)).timeouts(timeouts).build().unwrap();
        Kind::Read.call(&zapmail).await.unwrap();
        let second = kind.call(&zapmail).await;
        match kind {
            Kind::Read | Kind::RepeatableWrite => second.unwrap(),
            Kind::Write | Kind::Spend => {
                let error = second.unwrap_err();
                assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Timeout, false), "{kind:?}");
                assert_eq!(server.connections(), 1, "{kind:?}");
            }
        }
    }
}
