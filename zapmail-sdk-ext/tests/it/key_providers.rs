//! API key providers: called at first use, once for all calls, and once more after a 401.

use std::error::Error as _;
use std::fmt;
use std::future::{pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::{join_all, try_join_all};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};
use zapmail_sdk_ext::{ClientBuilder, ErrorKind, RateLimits, RetryPolicy, Secret, Timeouts, Zapmail};

use crate::clients::{KEY, Kind, client, ok};
use crate::server::{Act, Server};

const SECOND: Duration = Duration::from_secs(1);

/// The number of times that a provider was called.
#[derive(Clone, Default)]
struct CallCount(Arc<AtomicUsize>);

impl CallCount {
    /// Counts a call, and returns the number of earlier calls.
    fn count(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, PartialEq)]
struct Unavailable(&'static str);

impl fmt::Display for Unavailable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl std::error::Error for Unavailable {}

fn builder(url: &str) -> ClientBuilder {
    Zapmail::builder().base_url(url).rate_limits(RateLimits::unlimited()).allow_spending()
}

/// A client whose provider returns a key after this time, given the number of earlier calls.
fn with_provider(
    builder: ClientBuilder,
    time: Duration,
    key: fn(usize) -> Result<Secret, Unavailable>,
) -> (Zapmail, CallCount) {
    let asked = CallCount::default();
    let count = asked.clone();
    let provider = move || {
        let key = key(count.count());
        async move {
            sleep(time).await;
            key
        }
    };
    (builder.api_key_provider(provider).build().unwrap(), asked)
}

/// A client whose provider takes a second and returns `key-0`, `key-1` and so on.
fn with_keys(builder: ClientBuilder) -> (Zapmail, CallCount) {
    with_provider(builder, SECOND, |number| Ok(Secret::from(format!("key-{number}"))))
}

fn unauthorized() -> Act {
    Act::json(401, &json!({"status": 401, "message": "Unauthorized"}))
}

/// The key of each request.
fn keys(server: &Server) -> Vec<String> {
    let key = |request: &String| {
        let mut keys = request.lines().filter_map(|line| line.strip_prefix("x-auth-zapmail: "));
        let key = keys.next().expect("a key").to_owned();
        assert_eq!(keys.next(), None, "{request}");
        key
    };
    server.requests().iter().map(key).collect()
}

#[tokio::test(start_paused = true)]
async fn provider_is_called_once_for_concurrent_calls() {
    let server = Server::acting(vec![ok()]);
    let (zapmail, asked) = with_keys(builder(&server.url()));
    assert_eq!(asked.times(), 0, "it is asked at first use");
    let derived = zapmail.workspace("1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f");
    let clients = [&zapmail, &derived].into_iter().cycle().take(50);
    try_join_all(clients.map(|zapmail| Kind::Read.call(zapmail))).await.unwrap();
    Kind::Spend.call(&zapmail).await.unwrap();
    assert_eq!(asked.times(), 1);
    assert_eq!(keys(&server), vec!["key-0"; 51]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn provider_is_called_once_for_calls_on_several_threads() {
    let server = Server::acting(vec![ok()]);
    let (zapmail, asked) = with_keys(builder(&server.url()));
    // Request builders own their client, so that they can be moved to tasks.
    let calls: Vec<_> = (0..64).map(|_| tokio::spawn(zapmail.get_user().send())).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!((asked.times(), keys(&server)), (1, vec!["key-0".to_owned(); 64]));
}

#[tokio::test(start_paused = true)]
async fn provider_is_called_once_more_after_401() {
    for retry in [RetryPolicy::default(), RetryPolicy::none()] {
        for kind in Kind::ALL {
            let server = Server::acting(vec![ok(), unauthorized(), ok()]);
            let (zapmail, asked) = with_keys(builder(&server.url()).retry_policy(retry));
            kind.call(&zapmail).await.unwrap();
            kind.call(&zapmail).await.unwrap();
            kind.call(&zapmail).await.unwrap();
            assert_eq!((asked.times(), keys(&server).join(" ")), (2, "key-0 key-0 key-1 key-1".to_owned()), "{kind:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn concurrent_401s_cause_one_more_provider_call() {
    let server = Server::acting([vec![unauthorized(); 10], vec![ok()]].concat());
    let (zapmail, asked) = with_keys(builder(&server.url()));
    try_join_all((0..10).map(|_| Kind::Read.call(&zapmail))).await.unwrap();
    assert_eq!(asked.times(), 2);
    assert_eq!(keys(&server), [vec!["key-0"; 10], vec!["key-1"; 10]].concat());
}

#[tokio::test(start_paused = true)]
async fn second_401_is_the_error() {
    for kind in Kind::ALL {
        let server = Server::acting(vec![unauthorized()]);
        let (zapmail, asked) = with_keys(builder(&server.url()));
        let error = kind.call(&zapmail).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, 2), "{kind:?}");
        assert_eq!((asked.times(), keys(&server).join(" ")), (2, "key-0 key-1".to_owned()));
    }
}

/// A 401 inside a 200 does not come from the check of the key, so another part of the request may have been processed.
#[tokio::test(start_paused = true)]
async fn request_is_sent_again_after_401_inside_a_200_only_if_it_is_idempotent() {
    let inside = || Act::json(200, &json!({"status": 401, "message": "The registrar rejected the login"}));
    for kind in Kind::ALL {
        let server = Server::acting(vec![inside(), ok()]);
        let (zapmail, asked) = with_keys(builder(&server.url()));
        let outcome = kind.call(&zapmail).await;
        if matches!(kind, Kind::Read | Kind::IdempotentWrite) {
            outcome.unwrap();
            assert_eq!(keys(&server), ["key-0", "key-1"], "{kind:?}");
            continue;
        }
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, 1), "{kind:?}");
        assert_eq!((error.may_have_been_processed(), server.requests().len()), (true, 1), "{kind:?}");
        // The next call uses a new key.
        Kind::Read.call(&zapmail).await.unwrap();
        assert_eq!((asked.times(), keys(&server).join(" ")), (2, "key-0 key-1".to_owned()), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn fixed_key_is_not_sent_again_after_401() {
    let server = Server::acting(vec![unauthorized(), ok()]);
    let error = Kind::Read.call(&client(&server.url())).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), keys(&server)), (ErrorKind::Unauthorized, 1, vec![KEY.to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn failed_provider_is_a_config_error_and_next_call_uses_it_again() {
    let server = Server::acting(vec![ok()]);
    let (zapmail, asked) = with_provider(builder(&server.url()), SECOND, |number| {
        if number < 2 { Err(Unavailable("the vault is sealed")) } else { Ok(Secret::from(KEY)) }
    });
    for times in [1, 2] {
        for outcome in join_all(Kind::ALL.map(|kind| kind.call(&zapmail))).await {
            let error = outcome.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Config, 0));
            assert!(!error.may_have_been_processed() && error.operation().is_some());
            assert!(error.to_string().ends_with(": the API key provider failed"), "{error}");
            assert_eq!(error.source().unwrap().to_string(), "the vault is sealed");
        }
        assert_eq!((asked.times(), server.connections()), (times, 0), "concurrent calls share a failure");
    }
    Kind::Read.call(&zapmail).await.unwrap();
    assert_eq!((asked.times(), keys(&server)), (3, vec![KEY.to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn provider_failure_after_401_is_the_error_of_the_call() {
    let server = Server::acting(vec![unauthorized(), ok()]);
    let (zapmail, asked) = with_provider(builder(&server.url()), Duration::ZERO, |number| {
        if number == 1 { Err(Unavailable("the vault is sealed")) } else { Ok(Secret::from(KEY)) }
    });
    let error = Kind::Read.call(&zapmail).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Config, 1), "{error}");
    Kind::Read.call(&zapmail).await.unwrap();
    assert_eq!(asked.times(), 3);
}

#[tokio::test(start_paused = true)]
async fn invalid_key_of_provider_is_refused_without_printing_it() {
    let server = Server::acting(vec![ok()]);
    for (key, reason) in
        [("  ", "`api_key` is empty"), ("planted\nkey", "`api_key` (or ZAPMAIL_API_KEY) contains a character")]
    {
        let provider = move || ready(Ok::<_, Unavailable>(Secret::from(key)));
        let zapmail = builder(&server.url()).api_key_provider(provider).build().unwrap();
        let error = Kind::Read.call(&zapmail).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let text = format!("{error} {error:?} {zapmail:?}");
        assert!(text.contains(reason) && !text.contains("planted"), "{text}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn provider_that_never_returns_times_out_the_call() {
    let server = Server::acting(vec![ok()]);
    let provider = || pending::<Result<Secret, Unavailable>>();
    let builder = builder(&server.url()).timeouts(Timeouts::default().call(5 * SECOND));
    let zapmail = builder.api_key_provider(provider).build().unwrap();
    let started_at = Instant::now();
    for kind in Kind::ALL {
        let outcome = timeout(60 * SECOND, kind.call(&zapmail)).await.expect("the call ends at its deadline");
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::Timeout, false), "{kind:?}: {error}");
        assert!(error.to_string().contains("timed out waiting for the API key provider"), "{error}");
    }
    assert!((20 * SECOND..21 * SECOND).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
    assert_eq!(server.connections(), 0);
}

/// The first request of the provider hangs, for example because its connection was lost.
#[tokio::test(start_paused = true)]
async fn provider_that_hangs_is_called_again_after_a_minute() {
    let server = Server::acting(vec![ok()]);
    let asked = CallCount::default();
    let count = asked.clone();
    let provider = move || {
        let earlier = count.count();
        async move { if earlier == 0 { pending().await } else { Ok::<_, Unavailable>(Secret::from(KEY)) } }
    };
    let builder = builder(&server.url()).timeouts(Timeouts::default().call(5 * SECOND));
    let zapmail = builder.api_key_provider(provider).build().unwrap();
    for _ in 0..2 {
        assert_eq!(Kind::Read.call(&zapmail).await.unwrap_err().kind(), ErrorKind::Timeout);
        assert_eq!(asked.times(), 1, "a slow provider is not called for each call");
    }
    sleep(60 * SECOND).await;
    Kind::Read.call(&zapmail).await.unwrap();
    assert_eq!(asked.times(), 2);
}

#[tokio::test(start_paused = true)]
async fn slow_provider_does_not_bunch_requests() {
    let server = Server::acting(vec![ok()]);
    let builder = builder(&server.url()).rate_limits(RateLimits::unlimited().per_second(1));
    let (zapmail, asked) = with_provider(builder, 10 * SECOND, |_| Ok(Secret::from(KEY)));
    let started_at = Instant::now();
    let call = || async {
        Kind::Read.call(&zapmail).await.unwrap();
        started_at.elapsed()
    };
    let mut done = join_all((0..4).map(|_| call())).await;
    done.sort();
    for pair in done.windows(2) {
        assert!(pair[1] - pair[0] >= SECOND, "requests were sent at {done:?}");
    }
    assert!(done[0] >= 10 * SECOND && asked.times() == 1, "{done:?}");
}
