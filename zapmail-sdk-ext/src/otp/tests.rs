//! Tests of authenticator codes under paused time, against a service that is slow or returns expired, repeated and
//! implausible codes.

use std::time::Duration;

use futures::future::join_all;
use futures::{StreamExt, TryStreamExt};
use serde_json::json;
use uuid::Uuid;

use super::{Otp, OtpTarget};
use crate::testing::{Reply, Service, seconds};
use crate::{Error, ErrorKind, Timeouts};

/// A code that expires after `seconds`.
fn code(code: &str, seconds: u32) -> Reply {
    Reply::data(json!({"otp": code, "expiresIn": seconds}))
}

fn broken() -> Reply {
    Reply::error(500, "Internal error")
}

#[cfg(feature = "totp")]
const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

#[cfg(feature = "totp")]
fn seed() -> crate::Totp {
    crate::Totp::from_seed(SEED).unwrap()
}

fn otp(service: &Service) -> Otp {
    service.zapmail.otp(OtpTarget::mailbox(Uuid::nil()))
}

#[tokio::test(start_paused = true)]
async fn concurrent_callers_share_one_request() {
    let service = Service::replying([code("246043", 20).after(Duration::from_secs(1))]).await;
    let tasks = (0..1000).map(|_| {
        let account = otp(&service);
        tokio::spawn(async move { account.current().await.unwrap().expose().to_owned() })
    });
    let codes = join_all(tasks).await;
    assert!(codes.into_iter().all(|code| code.unwrap() == "246043"));
    assert_eq!(service.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn failed_fetch_is_shared_and_not_cached() {
    let service = Service::replying([broken(), code("246043", 20)]).await;
    let account = otp(&service);
    let (first, second) = tokio::join!(account.current(), account.current());
    assert_eq!([first.unwrap_err().kind(), second.unwrap_err().kind()], [ErrorKind::Server; 2]);
    assert_eq!(service.requests(), 1);
    assert_eq!(account.current().await.unwrap().expose(), "246043");
}

#[tokio::test(start_paused = true)]
async fn failed_fetch_kept_by_unpolled_waiter_is_not_returned_again() {
    let service = Service::replying([broken().after(Duration::from_millis(100)), code("246043", 20)]).await;
    let account = otp(&service);
    let mut kept = Box::pin(account.current());
    tokio::time::timeout(Duration::from_millis(10), &mut kept).await.unwrap_err();
    assert_eq!(account.current().await.unwrap_err().kind(), ErrorKind::Server);
    assert_eq!(account.current().await.unwrap().expose(), "246043");
    assert_eq!(service.requests(), 2);
    assert_eq!(kept.await.unwrap_err().kind(), ErrorKind::Server);
}

#[tokio::test(start_paused = true)]
async fn waiter_times_out_after_its_own_timeout() {
    let service = Service::replying([code("246043", 30).after(Duration::from_secs(20))]).await;
    let hurried = service.zapmail.with_timeouts(Timeouts::default().call(Duration::from_secs(3)));
    let (account, hurried) = (otp(&service), hurried.otp(OtpTarget::mailbox(Uuid::nil())));
    let (patient, (hurried, waited)) = tokio::join!(account.current(), seconds(hurried.current()));
    let error = hurried.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), waited), (ErrorKind::Timeout, 0, 3.0), "{error}");
    assert_eq!(patient.unwrap().expose(), "246043", "the other waiter still receives the code");
    assert_eq!(service.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn waiter_is_not_limited_by_timeout_of_another() {
    let service = Service::replying([code("246043", 30).after(Duration::from_secs(20))]).await;
    let hurried = service.zapmail.with_timeouts(Timeouts::default().call(Duration::from_secs(3)));
    let (account, hurried) = (otp(&service), hurried.otp(OtpTarget::mailbox(Uuid::nil())));
    let (hurried, patient) = tokio::join!(hurried.current(), account.current());
    assert_eq!(hurried.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(patient.unwrap().expose(), "246043");
    assert_eq!(service.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn late_waiter_does_not_replace_newer_code() {
    let service = Service::replying([code("111111", 20).after(Duration::from_millis(100)), code("222222", 30)]).await;
    let account = otp(&service);
    let mut late = Box::pin(account.current());
    tokio::time::timeout(Duration::from_millis(10), &mut late).await.unwrap_err();
    assert_eq!(account.current().await.unwrap().expose(), "111111");
    tokio::time::sleep(Duration::from_secs(21)).await;
    assert_eq!(account.current().await.unwrap().expose(), "222222");
    // The first waiter is polled only now. Its code has expired, so it also receives the newer code.
    assert_eq!(late.await.unwrap().expose(), "222222");
    assert_eq!(account.current().await.unwrap().expose(), "222222");
    assert_eq!(service.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn lifetime_reduced_by_latency_is_an_error_after_one_period() {
    // With 300 ms of latency, a new code with a lifetime of 30 s is valid for another 29.7 s.
    let slow = |seconds| code("246043", seconds).after(Duration::from_millis(300));
    let next = code("111111", 30).after(Duration::from_millis(300));
    let service = Service::replying([slow(17), next]).await;
    let (outcome, waited) = seconds(otp(&service).valid_for(Duration::from_secs(30))).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(error.message().contains("(29.7s)"), "{error}");
    assert!(waited < 18.0, "{waited}");
}

#[tokio::test(start_paused = true)]
async fn text_that_is_not_a_code_is_an_error() {
    for (sent, expected) in [
        (" 246043 ", Some("246043")),
        ("6043", Some("006043")),
        ("12345678", Some("12345678")),
        ("", None),
        ("   ", None),
        ("null", None),
        ("abc", None),
        ("246 043", None),
        ("-246043", None),
        ("+24604", None),
        ("123456789", None),
        ("２４６０４３", None),
    ] {
        let service = Service::replying([code(sent, 20)]).await;
        match (otp(&service).current().await, expected) {
            (Ok(code), Some(expected)) => assert_eq!(code.expose(), expected),
            (Err(error), None) => {
                assert_eq!(error.kind(), ErrorKind::Decode, "{sent}");
                assert!(sent.trim().is_empty() || !error.to_string().contains(sent), "{error}");
            }
            (outcome, _) => panic!("{sent}: {outcome:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn canceled_waiter_does_not_cancel_shared_fetch() {
    let service = Service::replying([code("246043", 20).after(Duration::from_secs(2))]).await;
    let account = otp(&service);
    let other = otp(&service);
    let patient = tokio::spawn(async move { other.current().await });
    tokio::time::timeout(Duration::from_secs(1), account.current()).await.unwrap_err();
    assert_eq!(patient.await.unwrap().unwrap().expose(), "246043");
    assert_eq!(service.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn codes_are_cached_by_account_and_workspace() {
    let service = Service::replying([code("246043", 20)]).await;
    let north = service.zapmail.workspace("1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f");
    for zapmail in [&service.zapmail, &service.zapmail.clone(), &north] {
        for target in [OtpTarget::mailbox(Uuid::nil()), OtpTarget::domain_admin(Uuid::nil())] {
            zapmail.otp(target).current().await.unwrap();
        }
    }
    assert_eq!(service.requests(), 4, "a clone shares the cached codes, a client for another workspace does not");
}

#[tokio::test(start_paused = true)]
async fn lifetime_is_counted_from_sending_the_request() {
    let service = Service::replying([code("246043", 4).after(Duration::from_millis(2900)), code("111111", 30)]).await;
    let code = otp(&service).current().await.unwrap();
    assert!(code.remaining() <= Duration::from_millis(1100), "{:?}", code.remaining());
    let (next, waited) = seconds(otp(&service).valid_for(Duration::from_secs(10))).await;
    assert_eq!(next.unwrap().expose(), "111111");
    assert!((1.0..=1.1).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn cached_code_with_enough_lifetime_is_returned() {
    let service = Service::replying([code("246043", 12), code("111111", 30)]).await;
    assert_eq!(otp(&service).valid_for(Duration::from_secs(10)).await.unwrap().expose(), "246043");
    let (code, waited) = seconds(otp(&service).valid_for(Duration::from_secs(15))).await;
    assert_eq!((code.unwrap().expose(), waited), ("111111", 12.0));
    assert_eq!(service.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn repeated_code_is_requested_again_until_it_changes() {
    let again = code("246043", 1);
    let service = Service::replying([code("246043", 3), again.clone(), again, code("111111", 29)]).await;
    let (code, waited) = seconds(otp(&service).valid_for(Duration::from_secs(20))).await;
    assert_eq!(code.unwrap().expose(), "111111");
    assert!((5.0..=7.0).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn expired_code_is_requested_again() {
    let expired = code("246043", 0);
    let service = Service::replying([expired.clone(), expired, code("111111", 30)]).await;
    let (code, waited) = seconds(otp(&service).current()).await;
    assert_eq!((code.unwrap().expose(), waited), ("111111", 1.0));
}

#[tokio::test(start_paused = true)]
async fn repeatedly_expired_code_is_an_error() {
    let service = Service::replying([code("246043", 0)]).await;
    let error = otp(&service).current().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(service.requests() <= 10);
}

#[tokio::test(start_paused = true)]
async fn lifetime_longer_than_period_is_an_error_after_one_period() {
    let service = Service::replying([code("246043", 17), code("111111", 30)]).await;
    let (outcome, waited) = seconds(otp(&service).valid_for(Duration::from_secs(45))).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), waited), (ErrorKind::Invalid, 17.0));
    assert!(error.message().contains("`at_least`"), "{error}");
}

#[cfg(feature = "totp")]
#[tokio::test(start_paused = true)]
async fn lifetime_longer_than_period_of_seed_is_an_error() {
    let service = Service::replying([code("246043", 17)]).await;
    let (outcome, waited) = seconds(otp(&service).with_seed(seed()).valid_for(Duration::from_secs(31))).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_processed(), waited), (ErrorKind::Invalid, false, 0.0));
}

/// The requested lifetime is not too long, because the next code may arrive faster.
#[tokio::test(start_paused = true)]
async fn late_code_is_followed_by_next_code() {
    let late = code("111111", 30).after(Duration::from_secs(11));
    let service = Service::replying([code("246043", 5), late, code("222222", 30)]).await;
    let (valid, seconds) = seconds(otp(&service).valid_for(Duration::from_secs(25))).await;
    assert_eq!((valid.unwrap().expose(), seconds), ("222222", 35.0));

    let numbers = (0..12).map(|number| code(&format!("{number:06}"), 30).after(Duration::from_secs(11)));
    let service = Service::replying(numbers).await;
    let error = otp(&service).valid_for(Duration::from_secs(25)).await.unwrap_err();
    assert_eq!((error.kind(), service.requests()), (ErrorKind::Timeout, 4));
}

/// On a slow network, the next code would not be valid for longer either.
#[tokio::test(start_paused = true)]
async fn lifetime_unreachable_on_slow_network_is_an_error_after_one_period() {
    for (milliseconds, at_least) in [(1000, 29.5), (600, 29.5), (11_000, 45.0)] {
        let slow = |text| code(text, 30).after(Duration::from_millis(milliseconds));
        let service = Service::replying([code("246043", 5), slow("111111"), slow("222222")]).await;
        let (outcome, waited) = seconds(otp(&service).valid_for(Duration::from_secs_f64(at_least))).await;
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Invalid, "{milliseconds}");
        assert!(waited < 17.0, "{waited}");
    }
}

#[tokio::test(start_paused = true)]
async fn code_with_longer_period_satisfies_longer_lifetime() {
    let service = Service::replying([code("246043", 5), code("111111", 60)]).await;
    let code = otp(&service).valid_for(Duration::from_secs(45)).await.unwrap();
    assert_eq!(code.expose(), "111111");
}

#[tokio::test(start_paused = true)]
async fn stream_yields_each_code_as_it_becomes_valid() {
    let again = code("246043", 1);
    let service = Service::replying([code("246043", 3), again, code("111111", 30), code("222222", 30)]).await;
    let (codes, waited) = seconds(otp(&service).codes().take(3).try_collect::<Vec<_>>()).await;
    let codes: Vec<_> = codes.unwrap().iter().map(|code| code.expose().to_owned()).collect();
    assert_eq!(codes, ["246043", "111111", "222222"]);
    assert!((34.0..=36.0).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn error_ends_stream() {
    let service = Service::replying([code("246043", 3), broken()]).await;
    let codes: Vec<Result<_, Error>> = otp(&service).codes().collect().await;
    assert_eq!(codes.len(), 2);
    assert_eq!(codes[1].as_ref().unwrap_err().kind(), ErrorKind::Server);
}

#[cfg(feature = "totp")]
#[tokio::test(start_paused = true)]
async fn codes_of_seed_follow_paused_time() {
    let service = Service::replying([broken()]).await;
    let account = otp(&service).with_seed(seed());
    let code = account.current().await.unwrap();
    tokio::time::advance(code.remaining().saturating_sub(Duration::from_secs(5))).await;
    let (next, waited) = seconds(account.valid_for(Duration::from_secs(10))).await;
    let next = next.unwrap();
    assert_ne!(next.expose(), code.expose());
    assert!(next.remaining() > Duration::from_secs(29), "{:?}", next.remaining());
    assert!(waited <= 6.0, "{waited}");

    let (codes, waited) = seconds(account.codes().take(4).try_collect::<Vec<_>>()).await;
    let codes = codes.unwrap();
    assert!(codes.windows(2).all(|pair| pair[0].expose() != pair[1].expose()));
    assert!((85.0..92.0).contains(&waited), "{waited}");
    assert_eq!(service.requests(), 0);
}

/// A computed code is late only if the machine stalled, and computing another one costs nothing.
#[cfg(feature = "totp")]
#[tokio::test(start_paused = true)]
async fn stalled_machine_does_not_end_wait_for_code_of_seed() {
    const PERIOD: u64 = 30;
    let service = Service::replying([broken()]).await;
    let account = otp(&service).with_seed(seed());
    let stall_until_half_a_period_is_left = async || {
        let remaining = account.current().await.unwrap().remaining();
        tokio::time::advance(remaining + Duration::from_secs(9 * PERIOD + PERIOD / 2)).await;
    };
    stall_until_half_a_period_is_left().await;
    let mut valid = Box::pin(account.valid_for(Duration::from_secs(20)));
    for _ in 0..10 {
        assert!(futures::poll!(&mut valid).is_pending());
        stall_until_half_a_period_is_left().await;
    }
    let code = valid.await.unwrap();
    assert!(code.remaining() > Duration::from_secs(29), "{:?}", code.remaining());
}

#[tokio::test(start_paused = true)]
async fn invalid_workspace_does_not_use_cached_codes() {
    let service = Service::replying([code("246043", 20)]).await;
    otp(&service).current().await.unwrap();
    let broken = service.zapmail.workspace("a\nb").otp(OtpTarget::mailbox(Uuid::nil()));
    assert_eq!(broken.current().await.unwrap_err().kind(), ErrorKind::Config);
}

#[cfg(feature = "totp")]
#[tokio::test(start_paused = true)]
async fn codes_and_seeds_are_not_printed() {
    let service = Service::replying([code("246043", 20)]).await;
    let code = otp(&service).current().await.unwrap();
    let with_seed = otp(&service).with_seed(seed());
    let printed = format!("{code:?} {:?} {with_seed:?} {:?}", otp(&service), service.zapmail);
    for secret in ["246043", SEED, "not-a-real-key"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

/// Responds to the first request after an hour, and to each later request with a code immediately.
#[derive(Debug, Default)]
struct FirstStalls(std::sync::atomic::AtomicUsize);

impl zapmail_sdk::Transport for FirstStalls {
    fn send<'a>(
        &'a self,
        _: reqwest::Request,
        _: &'static zapmail_sdk::Operation,
    ) -> futures::future::BoxFuture<'a, crate::Result<zapmail_sdk::BufferedResponse>> {
        let is_first = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        Box::pin(async move {
            if is_first {
                tokio::time::sleep(Duration::from_secs(60 * 60)).await;
            }
            let body = json!({"status": 200, "data": {"otp": "246043", "expiresIn": 20}}).to_string();
            Ok(zapmail_sdk::BufferedResponse::new(reqwest::StatusCode::OK, reqwest::header::HeaderMap::new(), body))
        })
    }
}

/// The fetch was started in a runtime that ends while waiters in another runtime wait for the fetch.
#[test]
fn fetch_in_ended_runtime_does_not_block_waiters() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let builder = crate::Zapmail::builder().api_key("not-a-real-key").transport(FirstStalls::default());
    let account = builder.build().unwrap().otp(OtpTarget::mailbox(Uuid::nil()));

    let first = runtime();
    let mut fetching = Box::pin(account.current());
    first.block_on(async { assert!(futures::poll!(&mut fetching).is_pending()) });
    let second = runtime();
    let mut waiting: Vec<_> = (0..5).map(|_| Box::pin(account.current())).collect();
    second.block_on(async {
        for waiter in &mut waiting {
            assert!(futures::poll!(waiter).is_pending());
        }
    });
    drop(first);
    second.block_on(async {
        let outcomes = tokio::time::timeout(Duration::from_secs(600), join_all(waiting)).await.unwrap();
        assert!(outcomes.iter().all(|outcome| outcome.is_err()), "{outcomes:?}");
        assert_eq!(account.current().await.unwrap().expose(), "246043");
    });
}
