//! Tests of the rate limiter under paused time: no window is exceeded, the limits are used almost fully, and the order
//! is fair.

use std::task::Poll;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::{bool, option};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use zapmail_sdk::operations::Bucket;

use super::{Admission, RateLimiter, RateLimits};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HALF_HOUR: Duration = Duration::from_secs(30 * 60);

fn limiter(limits: RateLimits) -> RateLimiter {
    RateLimiter::new(limits).unwrap()
}

/// Waits for a slot. A limiter without Redis never fails.
async fn admitted(limiter: &RateLimiter, bucket: Bucket, deadline: Instant) -> Option<Admission> {
    limiter.admit(bucket, deadline).await.unwrap()
}

/// Sends a request over a network without latency. Returns when it was sent.
async fn send(limiter: &RateLimiter, bucket: Bucket, deadline: Instant) -> Option<Instant> {
    let admission = admitted(limiter, bucket, deadline).await?;
    limiter.record_response(admission, "get_user", None);
    Some(admission.sent_at)
}

/// A deadline that no test reaches.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(365 * 24 * 60 * 60)
}

/// The limits of a [`RateLimits`], whose fields are private.
#[derive(Debug, Clone, Copy)]
struct Expected {
    second: Option<u32>,
    minute: Option<u32>,
    availability: Option<u32>,
}

impl From<Expected> for RateLimits {
    fn from(expected: Expected) -> Self {
        let Expected { second, minute, availability } = expected;
        let limits = Self::unlimited();
        let limits = second.map_or(limits, |requests| limits.per_second(requests));
        let limits = minute.map_or(limits, |requests| limits.per_minute(requests));
        availability.map_or(limits, |requests| limits.availability_checks_per_30_min(requests))
    }
}

/// A task that wants to send one request.
#[derive(Debug, Clone)]
struct Caller {
    arrives: Duration,
    bucket: Bucket,
    /// Cancels the request after this time.
    patience: Option<Duration>,
    /// Polls once, and then not again for this time.
    unpolled: Option<Duration>,
    /// The time until the request arrives, including the connection, and the time from then until the response.
    network: (Duration, Duration),
    /// Cancels the request immediately after sending it, so that it has no response.
    abandons: bool,
}

/// A delay of the whole client.
#[derive(Debug, Clone)]
struct Delay {
    starts: Duration,
    length: Duration,
}

/// When a request was sent and when it arrived; `None` if the caller canceled it before it was sent.
type Sent = Option<(Duration, Duration)>;

fn milliseconds(range: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_millis)
}

fn limits() -> impl Strategy<Value = Expected> {
    let limit = |max: u32| option::weighted(0.8, 1..max);
    (limit(8), limit(40), limit(6)).prop_map(|(second, minute, availability)| Expected { second, minute, availability })
}

fn callers() -> impl Strategy<Value = Vec<Caller>> {
    let bucket = prop_oneof![3 => Just(Bucket::General), 1 => Just(Bucket::DomainAvailability)];
    // Many callers in a short time, so that they queue.
    let patience = option::weighted(0.3, milliseconds(0..5_000));
    let unpolled = option::weighted(0.1, milliseconds(0..30_000));
    let network = prop_oneof![
        // A connection is open, or must be opened first.
        2 => (milliseconds(0..100), milliseconds(0..100)),
        1 => (milliseconds(0..700), milliseconds(0..300)),
    ];
    let caller = (milliseconds(0..20_000), bucket, patience, unpolled, network, bool::weighted(0.1));
    let caller = caller.prop_map(|(arrives, bucket, patience, unpolled, (up, down), abandons)| {
        // A request without a response has at least this allowance.
        let up = if abandons { up.min(Duration::from_millis(200)) } else { up };
        Caller { arrives, bucket, patience, unpolled, network: (up, down), abandons }
    });
    vec(caller, 1..120)
}

fn delays() -> impl Strategy<Value = Vec<Delay>> {
    let delay = (milliseconds(0..30_000), milliseconds(0..10_000));
    vec(delay.prop_map(|(starts, length)| Delay { starts, length }), 0..4)
}

fn paused_time() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Runs all callers, each in its own task.
async fn admit(limits: RateLimits, callers: &[Caller], delays: &[Delay]) -> Vec<Sent> {
    let (limiter, started_at) = (limiter(limits), Instant::now());
    let mut tasks = JoinSet::new();
    for Delay { starts, length } in delays.iter().cloned() {
        let limiter = limiter.clone();
        tasks.spawn(async move {
            sleep(starts).await;
            limiter.delay_until(Bucket::General, started_at + starts + length);
            None
        });
    }
    for (index, caller) in callers.iter().cloned().enumerate() {
        let limiter = limiter.clone();
        tasks.spawn(async move {
            sleep(caller.arrives).await;
            let patience = caller.patience.unwrap_or(Duration::MAX);
            let mut waiting = Box::pin(admitted(&limiter, caller.bucket, far()));
            let admission = match caller.unpolled {
                Some(unpolled) => match futures::poll!(&mut waiting) {
                    Poll::Ready(admitted) => admitted,
                    Poll::Pending => {
                        sleep(unpolled).await;
                        timeout(patience, waiting).await.ok().flatten()
                    }
                },
                None => timeout(patience, waiting).await.ok().flatten(),
            };
            let (admission, sent_at) = (admission?, started_at.elapsed());
            let (up, down) = caller.network;
            if !caller.abandons {
                sleep(up + down).await;
                // The connection is new, or the transport does not report it.
                let connect = (index % 3 > 0).then(|| up.saturating_sub(Duration::from_millis(100)));
                limiter.record_response(admission, if index % 2 == 0 { "get_user" } else { "list_domains" }, connect);
            }
            Some((index, (sent_at, sent_at + up)))
        });
    }
    let mut sent = vec![None; callers.len()];
    for (index, instants) in tasks.join_all().await.into_iter().flatten() {
        sent[index] = Some(instants);
    }
    sent
}

/// Returns whether no window of this length contains more than `max` of the instants.
fn is_inside(mut instants: Vec<Duration>, max: Option<u32>, length: Duration) -> bool {
    let Some(max) = max else { return true };
    instants.sort();
    instants.windows(max as usize + 1).all(|window| window[max as usize] - window[0] >= length)
}

/// Returns whether no caller was admitted before an earlier caller of the same queue, apart from those that were not
/// polled.
fn is_fair(callers: &[Caller], sent: &[Sent], bucket: Bucket) -> bool {
    let mut queue: Vec<_> = callers
        .iter()
        .zip(sent)
        .filter(|(caller, _)| caller.bucket == bucket && caller.unpolled.is_none())
        .filter_map(|(caller, sent)| Some((caller.arrives, (*sent)?.0)))
        .collect();
    queue.sort();
    queue.is_sorted_by(|one, other| one.0 == other.0 || one.1 <= other.1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_demand_stays_inside_windows_of_the_service_in_order(
        limits in limits(), callers in callers(), delays in delays(),
    ) {
        let sent = paused_time().block_on(admit(limits.into(), &callers, &delays));
        let arrived: Vec<_> = sent.iter().flatten().map(|(_, arrived)| *arrived).collect();
        let checks = callers.iter().zip(&sent).filter(|(caller, _)| caller.bucket == Bucket::DomainAvailability);
        let checks: Vec<_> = checks.filter_map(|(_, sent)| Some((*sent)?.1)).collect();
        prop_assert!(is_inside(arrived.clone(), limits.second, SECOND), "the second: {arrived:?}");
        prop_assert!(is_inside(arrived.clone(), limits.minute, MINUTE), "the minute: {arrived:?}");
        prop_assert!(is_inside(checks.clone(), limits.availability, HALF_HOUR), "the half hour: {checks:?}");

        for bucket in [Bucket::General, Bucket::DomainAvailability] {
            prop_assert!(is_fair(&callers, &sent, bucket), "{bucket:?}: {sent:?}");
        }
        for delay in delays {
            let starts = delay.starts + Duration::from_millis(1);
            let mut sent = sent.iter().flatten().map(|(sent, _)| sent);
            prop_assert!(!sent.any(|sent| (starts..delay.starts + delay.length).contains(sent)), "{delay:?}");
        }
        for (caller, sent) in callers.iter().zip(sent) {
            prop_assert!(sent.is_some() || caller.patience.is_some(), "{caller:?} was never admitted");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn constant_demand_uses_98_percent_of_limits() {
    let documented = RateLimits::default();
    let per_second = RateLimits::unlimited().per_second(5).availability_checks_per_30_min(100);
    let availability = RateLimits::unlimited().availability_checks_per_30_min(100);
    let rows = [
        ("5 per second", per_second, Bucket::General, 5 * MINUTE, 5 * 60 * 5),
        ("200 per minute", RateLimits::unlimited().per_minute(200), Bucket::General, 10 * MINUTE, 2000),
        ("both", documented, Bucket::General, 10 * MINUTE, 2000),
        ("100 per half hour", availability, Bucket::DomainAvailability, 10 * HALF_HOUR, 1000),
        ("all", documented, Bucket::DomainAvailability, 10 * HALF_HOUR, 1000),
    ];
    for (name, limits, bucket, time, allowed) in rows {
        let (limiter, started_at) = (limiter(limits), Instant::now());
        let mut tasks = JoinSet::new();
        for _ in 0..20 {
            let limiter = limiter.clone();
            tasks.spawn(async move {
                let mut sent = 0;
                // Just before the end, because the next window begins there.
                let ends_at = started_at + time - Duration::from_millis(1);
                while timeout_at(ends_at, send(&limiter, bucket, far())).await.is_ok() {
                    sent += 1;
                }
                sent
            });
        }
        let sent: u32 = tasks.join_all().await.into_iter().sum();
        assert!(f64::from(sent) >= 0.98 * f64::from(allowed), "{name}: {sent} of {allowed}");
        assert!(sent <= allowed, "{name}: {sent} of {allowed}");
    }
}

#[tokio::test(start_paused = true)]
async fn full_availability_window_does_not_delay_other_calls() {
    let limiter = limiter(RateLimits::default().availability_checks_per_30_min(1));
    send(&limiter, Bucket::DomainAvailability, far()).await;
    let started_at = Instant::now();
    let check = async {
        send(&limiter, Bucket::DomainAvailability, far()).await;
        started_at.elapsed()
    };
    let others = async {
        sleep(SECOND).await;
        for _ in 0..5 {
            send(&limiter, Bucket::General, far()).await;
        }
        started_at.elapsed()
    };
    let (check, others) = tokio::join!(check, others);
    assert!(check >= HALF_HOUR, "{check:?}");
    assert!(others < SECOND + SECOND / 10, "{others:?}");
}

#[tokio::test(start_paused = true)]
async fn delay_applies_to_every_bucket_and_is_never_shortened() {
    for limits in [RateLimits::default(), RateLimits::unlimited()] {
        let limiter = limiter(limits);
        let started_at = Instant::now();
        limiter.delay_until(Bucket::General, started_at + 2 * SECOND);
        let changes = async {
            sleep(SECOND).await;
            limiter.delay_until(Bucket::General, started_at + 6 * SECOND);
            limiter.delay_until(Bucket::General, started_at + 3 * SECOND);
        };
        tokio::join!(
            send(&limiter, Bucket::General, far()),
            send(&limiter, Bucket::DomainAvailability, far()),
            changes
        );
        assert!((6 * SECOND..7 * SECOND).contains(&started_at.elapsed()), "{limits:?}: {:?}", started_at.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn unpolled_waiters_do_not_block_any_queue() {
    let buckets = [Bucket::General, Bucket::DomainAvailability];
    for (kept, called) in buckets.into_iter().flat_map(|kept| buckets.map(|called| (kept, called))) {
        let limiter = limiter(RateLimits::default().per_second(1));
        send(&limiter, Bucket::General, far()).await;
        // These waiters enter the queue, and are not polled again.
        let mut unpolled: Vec<_> = (0..20).map(|_| Box::pin(send(&limiter, kept, far()))).collect();
        for waiter in &mut unpolled {
            assert!(futures::poll!(waiter).is_pending());
        }
        let started_at = Instant::now();
        for _ in 0..3 {
            send(&limiter, called, far()).await;
        }
        // Polled waiters would have been admitted first, which would have taken 20 seconds.
        let elapsed = started_at.elapsed();
        assert!(elapsed < 14 * SECOND, "{kept:?}, {called:?}: {elapsed:?}");
        let last = Instant::now();
        assert!(unpolled.remove(7).await.unwrap() >= last + SECOND, "an unpolled waiter is admitted in a later slot");
    }
}

/// The 30-minute window of availability checks is full, and the first check that waits for it is not polled.
#[tokio::test(start_paused = true)]
async fn unpolled_availability_check_does_not_block_others() {
    let limiter = limiter(RateLimits::default().availability_checks_per_30_min(1));
    send(&limiter, Bucket::DomainAvailability, far()).await;
    let started_at = Instant::now();
    let mut unpolled = Box::pin(send(&limiter, Bucket::DomainAvailability, far()));
    assert!(futures::poll!(&mut unpolled).is_pending());
    send(&limiter, Bucket::DomainAvailability, far()).await;
    assert!((HALF_HOUR..HALF_HOUR + SECOND).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
    unpolled.await.unwrap();
    assert!((2 * HALF_HOUR..2 * HALF_HOUR + SECOND).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}

/// Other requests have been sent since the unpolled check entered its queue.
#[tokio::test(start_paused = true)]
async fn unpolled_availability_check_does_not_block_others_after_many_requests() {
    let limiter = limiter(RateLimits::unlimited().availability_checks_per_30_min(1));
    send(&limiter, Bucket::DomainAvailability, far()).await;
    let started_at = Instant::now();
    let mut unpolled = Box::pin(send(&limiter, Bucket::DomainAvailability, far()));
    assert!(futures::poll!(&mut unpolled).is_pending());
    for _ in 0..1000 {
        send(&limiter, Bucket::General, far()).await;
    }
    send(&limiter, Bucket::DomainAvailability, far()).await;
    assert!((HALF_HOUR..HALF_HOUR + SECOND).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}

/// The network takes 50 ms each way. The first request of each task opens a connection, which takes another 300 ms. The
/// service takes three seconds to process some of the requests.
#[tokio::test(start_paused = true)]
async fn slow_network_and_slow_operations_use_95_percent_of_limits() {
    let (limiter, started_at, time) = (limiter(RateLimits::default()), Instant::now(), 10 * MINUTE);
    let mut tasks = JoinSet::new();
    for task in 0..64 {
        let limiter = limiter.clone();
        tasks.spawn(async move {
            let mut arrived = Vec::new();
            let (operation, processing) = if task % 4 == 0 { ("get_user", 0) } else { ("find_domains_with_ai", 3) };
            while started_at.elapsed() < time
                && let Some(admission) = admitted(&limiter, Bucket::General, started_at + time).await
            {
                let connects = if arrived.is_empty() { Duration::from_millis(300) } else { Duration::ZERO };
                let network = Duration::from_millis(50);
                arrived.push(started_at.elapsed() + connects + network);
                sleep(connects + 2 * network + processing * SECOND).await;
                limiter.record_response(admission, operation, Some(connects));
            }
            arrived
        });
    }
    let arrived = tasks.join_all().await.concat();
    assert!(arrived.len() >= 2000 * 95 / 100, "{} of 2000", arrived.len());
    assert!(is_inside(arrived.clone(), Some(5), SECOND) && is_inside(arrived, Some(200), MINUTE));
}

#[test]
fn waiter_of_idle_runtime_does_not_block_waiter_of_another_runtime() {
    let limiter = limiter(RateLimits::default().per_second(1));
    let idle = paused_time();
    let mut unpolled = Box::pin(send(&limiter, Bucket::General, idle.block_on(async { far() })));
    idle.block_on(async {
        send(&limiter, Bucket::General, far()).await;
        assert!(futures::poll!(&mut unpolled).is_pending());
    });
    let running = paused_time();
    running.block_on(async {
        let started_at = Instant::now();
        send(&limiter, Bucket::General, far()).await;
        assert!(started_at.elapsed() < 2 * SECOND, "{:?}", started_at.elapsed());
    });
}

#[tokio::test(start_paused = true)]
async fn deadline_before_next_slot_is_reported_without_waiting_beyond_it() {
    let limiter = limiter(RateLimits::default().per_second(1));
    let started_at = Instant::now();
    for bucket in [Bucket::General, Bucket::DomainAvailability] {
        send(&limiter, bucket, far()).await;
        assert_eq!(send(&limiter, bucket, Instant::now() + SECOND / 2).await, None, "{bucket:?}");
    }
    // A delay that ends after the deadline is reported immediately.
    limiter.delay_until(Bucket::General, Instant::now() + 10 * SECOND);
    let asked_at = Instant::now();
    assert_eq!(send(&limiter, Bucket::General, asked_at + 5 * SECOND).await, None);
    assert_eq!((asked_at.elapsed(), started_at.elapsed() < 3 * SECOND), (Duration::ZERO, true));
}

#[tokio::test(start_paused = true)]
async fn long_delay_after_availability_check_applies_only_to_availability_checks() {
    let limiter = limiter(RateLimits::default());
    let started_at = Instant::now();
    limiter.delay_until(Bucket::DomainAvailability, started_at + 1500 * SECOND);
    send(&limiter, Bucket::General, far()).await;
    assert_eq!(started_at.elapsed(), Duration::ZERO);
    send(&limiter, Bucket::DomainAvailability, far()).await;
    assert!((1500 * SECOND..1501 * SECOND).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn unlimited_limiter_admits_immediately() {
    let limiter = limiter(RateLimits::unlimited());
    let started_at = Instant::now();
    for _ in 0..10_000 {
        send(&limiter, Bucket::General, far()).await;
        send(&limiter, Bucket::DomainAvailability, far()).await;
    }
    assert_eq!(started_at.elapsed(), Duration::ZERO);
}
