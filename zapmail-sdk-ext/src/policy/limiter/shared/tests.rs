//! Tests of rate limits in Redis, each with its own server. Redis has its own clock, so these tests take real time: a
//! few windows of one second each, and no test sleeps for longer than one window.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::redis_server::Connection;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use zapmail_sdk::operations::Bucket;
use zapmail_sdk::{Error, ErrorKind};

use super::super::{RateLimiter, RateLimits};
use super::RedisLimits;
use crate::redis_server::Redis;
use crate::testing::redis_process::RedisProcess;

const KEY: &str = "not-a-real-key";
const SECOND: Duration = Duration::from_secs(1);

fn per_second(requests: u32) -> RateLimits {
    RateLimits::unlimited().per_second(requests)
}

fn settings(url: &str, limits: RateLimits) -> RedisLimits {
    RedisLimits::new(Redis::new(url).unwrap(), KEY).rate_limits(limits)
}

/// The limiter of one process.
fn limiter(url: &str, limits: RateLimits) -> RateLimiter {
    RateLimiter::redis(settings(url, limits)).unwrap()
}

/// Sends a request over a network without latency. Returns when it was sent.
async fn send(limiter: &RateLimiter, bucket: Bucket) -> Result<Instant, Error> {
    let deadline = Instant::now() + 60 * SECOND;
    let admission = limiter.admit(bucket, deadline).await?.expect("before the deadline");
    limiter.record_response(admission, "get_user", Some(Duration::ZERO));
    Ok(admission.sent_at)
}

/// Sends requests from several tasks of each limiter. Returns when each was sent, by limiter.
async fn send_all(limiters: &[RateLimiter], requests: usize) -> Vec<Vec<Instant>> {
    let mut tasks = JoinSet::new();
    let left = Arc::new(AtomicUsize::new(requests));
    for (process, limiter) in limiters.iter().enumerate() {
        for _ in 0..8 {
            let (limiter, left) = (limiter.clone(), Arc::clone(&left));
            tasks.spawn(async move {
                let mut sent = Vec::new();
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                    sent.push(send(&limiter, Bucket::General).await.unwrap());
                }
                (process, sent)
            });
        }
    }
    let mut sent = vec![Vec::new(); limiters.len()];
    for (process, times) in tasks.join_all().await {
        sent[process].extend(times);
    }
    sent
}

/// Returns whether no second contains more than `max` requests.
fn is_inside(mut sent: Vec<Instant>, max: usize) -> bool {
    sent.sort();
    sent.windows(max + 1).all(|window| window[max] - window[0] >= SECOND)
}

async fn command<T: redis::FromRedisValue>(connection: &mut Connection, words: &[&str]) -> T {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command.query_async(connection).await.unwrap()
}

/// Returns how many times scripts were run.
async fn scripts_run(connection: &mut Connection) -> usize {
    let statistics: String = command(connection, &["INFO", "commandstats"]).await;
    let line = statistics.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
    line.and_then(|line| line.split(',').next()).map_or(0, |calls| calls.parse().unwrap())
}

#[tokio::test]
async fn processes_share_the_limit_and_take_turns() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let limiters: Vec<_> = (0..4).map(|_| limiter(&server.url(), per_second(20))).collect();
    let sent = send_all(&limiters, 60).await;
    assert!(is_inside(sent.concat(), 20), "{sent:?}");
    let counts: Vec<_> = sent.iter().map(Vec::len).collect();
    assert!(counts.iter().all(|count| *count >= 5), "{counts:?}");
}

#[tokio::test]
async fn availability_checks_count_in_both_windows_and_do_not_block_other_requests() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let limits = per_second(10).availability_checks_per_30_min(3);
    let [one, two] = [(); 2].map(|()| limiter(&server.url(), limits));
    for limiter in [&one, &two, &one] {
        send(limiter, Bucket::DomainAvailability).await.unwrap();
    }
    let deadline = Instant::now() + SECOND / 2;
    assert!(two.admit(Bucket::DomainAvailability, deadline).await.unwrap().is_none(), "the fourth check");
    let sent = send_all(&[one, two], 12).await.concat();
    assert!(is_inside(sent, 10));
}

#[tokio::test]
async fn check_that_waits_for_its_half_hour_does_not_delay_other_requests() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let limits = per_second(1).availability_checks_per_30_min(1);
    let (one, two) = (limiter(&server.url(), limits), limiter(&server.url(), limits));
    send(&one, Bucket::DomainAvailability).await.unwrap();
    let deadline = Instant::now() + 60 * SECOND;
    let mut waiting: Vec<_> =
        [&one, &two].into_iter().map(|limiter| Box::pin(limiter.admit(Bucket::DomainAvailability, deadline))).collect();
    for waiter in &mut waiting {
        assert!(futures::poll!(waiter).is_pending());
    }
    for limiter in [&one, &two, &one] {
        timeout(10 * SECOND, send(limiter, Bucket::General)).await.expect("the request is not delayed").unwrap();
    }
}

/// A waiter that is not polled while Redis cannot be reached must neither keep the thread busy nor block others.
#[tokio::test]
async fn outage_with_unpolled_waiter_causes_one_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let limiter = limiter(&url, per_second(1));
    let deadline = Instant::now() + 60 * SECOND;
    let mut unpolled = Box::pin(limiter.admit(Bucket::General, deadline));
    assert!(futures::poll!(&mut unpolled).is_pending());
    // The connection is closed immediately.
    drop(timeout(5 * SECOND, listener.accept()).await.expect("the limiter connects once").unwrap());
    assert!(timeout(SECOND / 2, listener.accept()).await.is_err(), "the limiter connects repeatedly");
    assert_eq!(unpolled.await.unwrap_err().kind(), ErrorKind::Connection);
}

#[tokio::test]
async fn delay_beyond_deadline_is_reported_immediately() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let limiter = limiter(&server.url(), per_second(10));
    send(&limiter, Bucket::General).await.unwrap();
    limiter.delay_until(Bucket::General, Instant::now() + 60 * SECOND);
    let admitted = timeout(SECOND, limiter.admit(Bucket::General, Instant::now() + 10 * SECOND)).await;
    assert!(admitted.expect("no wait").unwrap().is_none());
}

/// A new process uses the server first after a restart, and cannot detect the loss.
#[tokio::test]
async fn loss_is_detected_by_old_process_after_new_process_used_the_server() {
    let Some(mut server) = RedisProcess::start(&[]) else { return };
    let limits = per_second(5).per_minute(6);
    let old = limiter(&server.url(), limits);
    for _ in 0..5 {
        send(&old, Bucket::General).await.unwrap();
    }
    server.kill();
    server.restart();
    let new = limiter(&server.url(), limits);
    timeout(SECOND, send(&new, Bucket::General)).await.expect("a new process does not wait").unwrap();
    assert!(timeout(SECOND, send(&old, Bucket::General)).await.is_err(), "five requests were sent in this minute");
}

#[tokio::test]
async fn request_takes_one_round_trip_and_waiters_do_not_poll() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let redis = Redis::new(server.url()).unwrap();
    let mut connection = redis.connect().await.unwrap();
    let limiter = limiter(&server.url(), per_second(10));
    for _ in 0..10 {
        send(&limiter, Bucket::General).await.unwrap();
    }
    // In one additional call, the script was not loaded yet.
    assert_eq!(scripts_run(&mut connection).await, 11);
    let sent = send_all(&[limiter], 20).await.concat();
    assert_eq!(sent.len(), 20);
    let runs = scripts_run(&mut connection).await;
    assert!(runs <= 11 + 20, "{runs} scripts for 30 requests");
}

#[tokio::test]
async fn accounts_have_separate_limits_and_keys_are_not_in_redis() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let redis = Redis::new(server.url()).unwrap();
    let started_at = Instant::now();
    for key in [KEY, "another-key"] {
        let settings = RedisLimits::new(redis.clone(), key).rate_limits(per_second(1));
        send(&RateLimiter::redis(settings).unwrap(), Bucket::General).await.unwrap();
    }
    assert!(started_at.elapsed() < SECOND);
    let names: Vec<String> = command(&mut redis.connect().await.unwrap(), &["KEYS", "*"]).await;
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names.iter().all(|name| name.starts_with("zapmail:{") && !name.contains("key")), "{names:?}");
}

/// Waits until Redis has this number of requests.
async fn wait_for_requests(connection: &mut Connection, expected: i64) {
    loop {
        let names: Vec<String> = command(connection, &["KEYS", "*:requests"]).await;
        if let Some(name) = names.first()
            && command::<i64>(connection, &["ZCARD", name]).await == expected
        {
            return;
        }
    }
}

#[tokio::test]
async fn unused_slot_is_released_and_admits_no_request_earlier() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let mut connection = Redis::new(server.url()).unwrap().connect().await.unwrap();
    let limits = per_second(10).per_minute(2);
    let (one, two) = (limiter(&server.url(), limits), limiter(&server.url(), limits));
    send(&one, Bucket::General).await.unwrap();
    send(&one, Bucket::General).await.unwrap();
    for drops_limiter in [false, true] {
        let limiter = limiter(&server.url(), limits);
        let deadline = Instant::now() + 100 * SECOND;
        let mut waiter = Box::pin(limiter.admit(Bucket::General, deadline));
        assert!(futures::poll!(&mut waiter).is_pending());
        wait_for_requests(&mut connection, 3).await;
        drop(waiter);
        // The slot is also released if the limiter is dropped with the waiter.
        let kept = (!drops_limiter).then_some(limiter);
        wait_for_requests(&mut connection, 2).await;
        drop(kept);
    }
    // The two requests are still in the one-minute window.
    assert!(timeout(SECOND / 5, send(&two, Bucket::General)).await.is_err());
}

#[tokio::test]
async fn unpolled_waiters_do_not_block_others() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let limiter = limiter(&server.url(), per_second(4));
    let deadline = Instant::now() + 60 * SECOND;
    let mut unpolled: Vec<_> = (0..8).map(|_| Box::pin(limiter.admit(Bucket::General, deadline))).collect();
    for waiter in &mut unpolled {
        assert!(futures::poll!(waiter).is_pending());
    }
    let sent = timeout(10 * SECOND, send(&limiter, Bucket::General)).await;
    sent.expect("the request is not blocked").unwrap();
    for waiter in unpolled {
        waiter.await.unwrap().expect("before the deadline");
    }
}

#[tokio::test]
async fn delay_of_one_process_delays_all() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let (one, two) = (limiter(&server.url(), per_second(10)), limiter(&server.url(), per_second(10)));
    send(&one, Bucket::General).await.unwrap();
    let until = Instant::now() + SECOND;
    one.delay_until(Bucket::General, until);
    // Wait until the thread has reported the delay.
    let mut connection = Redis::new(server.url()).unwrap().connect().await.unwrap();
    let names: Vec<String> = command(&mut connection, &["KEYS", "*:state"]).await;
    while !command::<bool>(&mut connection, &["HEXISTS", &names[0], "delay_1"]).await {}
    let (one, two) = tokio::join!(send(&one, Bucket::General), send(&two, Bucket::General));
    assert!(one.unwrap() >= until);
    // The delay in Redis begins later by the time that the report took.
    assert!(two.unwrap() >= until - Duration::from_millis(20));
}

#[tokio::test]
async fn unreachable_server_is_an_error_until_it_responds_again() {
    let limits = per_second(10);
    let Some(mut server) = RedisProcess::start(&["--requirepass", "not-a-real-password"]) else { return };
    let url = format!("redis://:not-a-real-password@{}", server.address());
    let limiter = limiter(&url, limits);
    send(&limiter, Bucket::General).await.unwrap();
    server.kill();
    for _ in 0..2 {
        let error = send(&limiter, Bucket::General).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::Connection, false));
        let text = format!("{error} {error:?}");
        assert!(text.contains(&format!("the Redis server at {}", server.address())), "{text}");
        assert!(
            text.contains("start the server, or set `RedisLimits::local_share`; this request was not sent"),
            "{text}"
        );
        assert!(!text.contains("password"), "{text}");
    }
    server.restart();
    send(&limiter, Bucket::General).await.unwrap();
}

#[tokio::test]
async fn no_window_is_exceeded_by_a_restart_that_loses_everything() {
    let Some(mut server) = RedisProcess::start(&[]) else { return };
    let (one, two) = (limiter(&server.url(), per_second(10)), limiter(&server.url(), per_second(10)));
    let before = send_all(&[one.clone(), two.clone()], 10).await.concat();
    server.kill();
    server.restart();
    let after = send_all(&[one, two], 15).await.concat();
    assert!(is_inside([before, after].concat(), 10));
}

#[tokio::test]
async fn clock_set_back_delays_requests_by_one_window() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let mut connection = Redis::new(server.url()).unwrap().connect().await.unwrap();
    let limiter = limiter(&server.url(), per_second(2));
    let before = Instant::now();
    send(&limiter, Bucket::General).await.unwrap();
    // The state in Redis is from a time in the far future.
    let names: Vec<String> = command(&mut connection, &["KEYS", "*:state"]).await;
    let later = "9000000000000000";
    let _: i64 = command(&mut connection, &["HSET", &names[0], "clock", later, "delay_1", later]).await;
    let requests = names[0].replace(":state", ":requests");
    let _: i64 = command(&mut connection, &["ZADD", &requests, later, "one", later, "other"]).await;
    let sent = timeout(10 * SECOND, send(&limiter, Bucket::General)).await;
    let sent = sent.expect("the request is not blocked").unwrap();
    assert!(sent - before >= SECOND, "the windows count as full");
}

/// The first process that uses the server detects the loss; the others receive it from the script.
#[tokio::test]
async fn loss_detected_by_another_process_exceeds_no_window() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let process = || RateLimiter::redis(settings(&server.url(), per_second(4)).local_share(2)).unwrap();
    let (busy, first, informed) = (process(), process(), process());
    send(&first, Bucket::General).await.unwrap();
    send(&informed, Bucket::General).await.unwrap();
    // Both requests leave their windows.
    let mut connection = Redis::new(server.url()).unwrap().connect().await.unwrap();
    let names: Vec<String> = command(&mut connection, &["KEYS", "*:requests"]).await;
    let _: i64 = command(&mut connection, &["DEL", &names[0]]).await;
    tokio::time::sleep(SECOND).await;
    let mut sent = send_all(&[busy], 4).await.concat();
    let state = names[0].replace(":requests", ":state");
    let _: i64 = command(&mut connection, &["HSET", &state, "clock", "9000000000000000"]).await;
    let first = tokio::spawn(async move { send_all(&[first], 2).await.concat() });
    while !command::<bool>(&mut connection, &["HEXISTS", &state, "doubt"]).await {}
    sent.extend(send_all(&[informed], 2).await.concat());
    sent.extend(first.await.unwrap());
    assert!(is_inside(sent.clone(), 4), "{sent:?}");
}

#[tokio::test]
async fn local_share_applies_during_outage_and_for_a_while_afterward() {
    let Some(mut server) = RedisProcess::start(&[]) else { return };
    let process = || RateLimiter::redis(settings(&server.url(), per_second(10)).local_share(2)).unwrap();
    let limiters = [process(), process()];
    let before = send_all(&limiters, 10).await.concat();
    server.kill();
    let during = send_all(&limiters, 20).await;
    server.restart();
    let after = send_all(&limiters, 30).await;
    for (during, after) in during.iter().zip(&after) {
        assert!(is_inside([&during[..], after].concat(), 5), "{during:?} {after:?}");
    }
    assert!(is_inside([before, during.concat(), after.concat()].concat(), 10));
}

#[test]
fn local_share_of_less_than_one_request_is_refused() {
    let limits = || RedisLimits::new(Redis::new("redis://127.0.0.1").unwrap(), KEY);
    assert!(RateLimiter::redis(limits().local_share(5)).is_ok());
    for processes in [0, 6] {
        let error = RateLimiter::redis(limits().local_share(processes)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(&format!("`local_share` is {processes} processes")), "{error}");
    }
    let error = RateLimiter::redis(limits().rate_limits(RateLimits::unlimited())).unwrap_err();
    assert!(error.to_string().contains("nothing to share"), "{error}");
}

#[tokio::test]
async fn wrong_password_is_not_printed() {
    let Some(server) = RedisProcess::start(&["--requirepass", "not-a-real-password"]) else { return };
    let address = server.address();
    for user in ["", "canary-4711"] {
        let url = format!("redis://{user}:canary-4711@{address}");
        let limiter = limiter(&url, per_second(1));
        let error = send(&limiter, Bucket::General).await.unwrap_err();
        let text = format!("{error} {error:?} {limiter:?} {:?}", settings(&url, per_second(1)));
        assert!(!text.contains("canary"), "{text}");
        assert!(text.contains("does not respond: "), "{text}");
    }
    for url in ["canary-4711", "redis://canary:4711@[::1", "http://canary-4711"] {
        let error = Redis::new(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}

#[tokio::test]
async fn tls_server_with_self_signed_certificate_is_used() {
    let certificate = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [certificate_file, key_file] = ["redis.crt", "redis.key"].map(|name| folder.path().join(name));
    std::fs::write(&certificate_file, certificate.cert.pem()).unwrap();
    std::fs::write(&key_file, certificate.signing_key.serialize_pem()).unwrap();
    let [certificate_file, key_file] = [&certificate_file, &key_file].map(|file| file.to_str().unwrap());
    let arguments = ["--port", "0", "--tls-port", "{port}", "--tls-auth-clients", "no"];
    let files =
        ["--tls-cert-file", certificate_file, "--tls-key-file", key_file, "--tls-ca-cert-file", certificate_file];
    let Some(server) = RedisProcess::start(&[&arguments[..], &files].concat()) else { return };

    let url = server.url().replace("redis://127.0.0.1", "rediss://localhost");
    let trusted = Redis::new(url.as_str()).unwrap().with_root_certificate(certificate.cert.pem()).unwrap();
    let settings = |redis| RedisLimits::new(redis, KEY).rate_limits(per_second(5));
    send(&RateLimiter::redis(settings(trusted)).unwrap(), Bucket::General).await.unwrap();

    let limiter = RateLimiter::redis(settings(Redis::new(url.as_str()).unwrap())).unwrap();
    let error = send(&limiter, Bucket::General).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "an unknown certificate is refused: {error}");
    assert!(Redis::new(url).unwrap().with_root_certificate("no certificate").is_err());
}

#[tokio::test]
async fn unresponsive_server_is_an_error_after_timeout() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let limiter = limiter(&url, per_second(1));
    let error = send(&limiter, Bucket::General).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
}

/// The first runtime has a waiter and does not run; the others end.
#[test]
fn limiter_works_in_several_runtimes_and_after_they_end() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let limiter = limiter(&server.url(), per_second(5));
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let idle = runtime();
    let deadline = Instant::now() + 60 * SECOND;
    let mut unpolled = Box::pin(limiter.admit(Bucket::General, deadline));
    idle.block_on(async { assert!(futures::poll!(&mut unpolled).is_pending()) });
    for _ in 0..2 {
        runtime().block_on(async { timeout(10 * SECOND, send(&limiter, Bucket::General)).await.unwrap().unwrap() });
    }
    drop(unpolled);
}

#[test]
fn thread_ends_when_limiter_is_dropped() {
    let limiter = limiter("redis://127.0.0.1", per_second(1));
    let wake = Arc::downgrade(&limiter.0.wake);
    drop(limiter);
    while wake.strong_count() > 0 {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn waiters_of_one_process_are_admitted_in_order_of_arrival() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let limiter = limiter(&server.url(), per_second(10));
    let order = Mutex::new(Vec::new());
    let waiters = (0..25).map(|number| {
        let (limiter, order) = (&limiter, &order);
        async move {
            send(limiter, Bucket::General).await.unwrap();
            order.lock().unwrap().push(number);
        }
    });
    futures::future::join_all(waiters).await;
    assert_eq!(order.into_inner().unwrap(), (0..25).collect::<Vec<_>>());
}
