//! The quota under paused time: never exceeded, hardly wasted, and fair.

use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use zapmail_sdk::operations::Bucket;

use super::{Limiter, Quota};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HALF_HOUR: Duration = Duration::from_secs(30 * 60);

/// A deadline that nobody reaches.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(365 * 24 * 60 * 60)
}

/// Somebody who wants to send.
#[derive(Debug, Clone)]
struct Caller {
    arrives: Duration,
    bucket: Bucket,
    /// Does not wait longer than this.
    patience: Option<Duration>,
}

/// A pause of the whole client.
#[derive(Debug, Clone)]
struct Pause {
    starts: Duration,
    length: Duration,
}

/// When a caller was let through, if it was.
type Admitted = Option<Duration>;

fn milliseconds(range: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_millis)
}

fn quotas() -> impl Strategy<Value = Quota> {
    let limit = |most: u32| option::weighted(0.8, 1..most);
    (limit(8), limit(40), limit(6)).prop_map(|(second, minute, availability)| Quota { second, minute, availability })
}

fn callers() -> impl Strategy<Value = Vec<Caller>> {
    let bucket = prop_oneof![3 => Just(Bucket::General), 1 => Just(Bucket::DomainAvailability)];
    // Many in a short time, so that they queue.
    let caller = (milliseconds(0..20_000), bucket, option::weighted(0.3, milliseconds(0..5_000)));
    vec(caller.prop_map(|(arrives, bucket, patience)| Caller { arrives, bucket, patience }), 1..120)
}

fn pauses() -> impl Strategy<Value = Vec<Pause>> {
    let pause = (milliseconds(0..30_000), milliseconds(0..10_000));
    vec(pause.prop_map(|(starts, length)| Pause { starts, length }), 0..4)
}

fn paused_time() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Lets all of them try, each in a task of its own.
async fn admit(quota: Quota, callers: &[Caller], pauses: &[Pause]) -> Vec<Admitted> {
    let (limiter, started_at) = (Arc::new(Limiter::new(quota)), Instant::now());
    let mut tasks = JoinSet::new();
    for Pause { starts, length } in pauses.iter().cloned() {
        let limiter = Arc::clone(&limiter);
        tasks.spawn(async move {
            sleep(starts).await;
            limiter.pause_until(Bucket::General, started_at + starts + length);
            None
        });
    }
    for (place, caller) in callers.iter().cloned().enumerate() {
        let limiter = Arc::clone(&limiter);
        tasks.spawn(async move {
            sleep(caller.arrives).await;
            let patience = caller.patience.unwrap_or(Duration::MAX);
            let admitted = timeout(patience, limiter.admit(caller.bucket, far())).await;
            admitted.ok().flatten().map(|_| (place, started_at.elapsed()))
        });
    }
    let mut admitted = vec![None; callers.len()];
    for (place, moment) in tasks.join_all().await.into_iter().flatten() {
        admitted[place] = Some(moment);
    }
    admitted
}

/// Whether no window of this length holds more than so many of the moments.
fn holds(mut moments: Vec<Duration>, most: Option<u32>, length: Duration) -> bool {
    let Some(most) = most else { return true };
    moments.sort();
    moments.windows(most as usize + 1).all(|window| window[most as usize] - window[0] >= length)
}

/// Whether nobody was let through before one who came earlier to the same queue.
fn is_fair(callers: &[Caller], admitted: &[Admitted], bucket: Bucket) -> bool {
    let mut queue: Vec<_> = callers
        .iter()
        .zip(admitted)
        .filter(|(caller, _)| caller.bucket == bucket)
        .filter_map(|(caller, admitted)| Some((caller.arrives, (*admitted)?)))
        .collect();
    queue.sort();
    queue.is_sorted_by(|one, other| one.0 == other.0 || one.1 <= other.1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_window_is_exceeded_and_nobody_is_overtaken(quota in quotas(), callers in callers(), pauses in pauses()) {
        let admitted = paused_time().block_on(admit(quota, &callers, &pauses));
        let all: Vec<_> = admitted.iter().flatten().copied().collect();
        let look_ups = callers.iter().zip(&admitted).filter(|(caller, _)| caller.bucket == Bucket::DomainAvailability);
        let look_ups: Vec<_> = look_ups.filter_map(|(_, admitted)| *admitted).collect();
        prop_assert!(holds(all.clone(), quota.second, SECOND), "the second: {all:?}");
        prop_assert!(holds(all.clone(), quota.minute, MINUTE), "the minute: {all:?}");
        prop_assert!(holds(look_ups.clone(), quota.availability, HALF_HOUR), "the half hour: {look_ups:?}");

        for bucket in [Bucket::General, Bucket::DomainAvailability] {
            prop_assert!(is_fair(&callers, &admitted, bucket), "{bucket:?}: {admitted:?}");
        }
        for pause in pauses {
            let within = |moment: &Duration| (pause.starts + Duration::from_millis(1)..pause.starts + pause.length).contains(moment);
            prop_assert!(!all.iter().any(within), "{pause:?}: {all:?}");
        }
        for (caller, admitted) in callers.iter().zip(admitted) {
            prop_assert!(admitted.is_some() || caller.patience.is_some(), "{caller:?} was forgotten");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn constant_demand_uses_nearly_all_of_the_quota() {
    let documented = Quota::documented();
    let availability = Quota::unlimited().availability_per_half_hour(100);
    let rows = [
        ("5 a second", Quota::per_second(5), Bucket::General, 5 * MINUTE, 5 * 60 * 5),
        ("200 a minute", Quota::unlimited().per_minute(200), Bucket::General, 10 * MINUTE, 2000),
        ("both", documented, Bucket::General, 10 * MINUTE, 2000),
        ("100 a half hour", availability, Bucket::DomainAvailability, 10 * HALF_HOUR, 1000),
        ("all", documented, Bucket::DomainAvailability, 10 * HALF_HOUR, 1000),
    ];
    for (name, quota, bucket, time, allowed) in rows {
        let (limiter, started_at) = (Arc::new(Limiter::new(quota)), Instant::now());
        let mut tasks = JoinSet::new();
        for _ in 0..20 {
            let limiter = Arc::clone(&limiter);
            tasks.spawn(async move {
                let mut sent = 0;
                while timeout(time.saturating_sub(started_at.elapsed()), limiter.admit(bucket, far())).await.is_ok() {
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
async fn a_cancelled_waiter_gives_its_place_back() {
    let limiter = Limiter::new(Quota::per_second(1));
    let started_at = Instant::now();
    limiter.admit(Bucket::General, far()).await;
    let (first, second, _) = tokio::join!(
        timeout(SECOND / 2, limiter.admit(Bucket::General, far())),
        timeout(SECOND / 2, limiter.admit(Bucket::General, far())),
        limiter.admit(Bucket::General, far()),
    );
    assert!(first.is_err() && second.is_err());
    // Behind two who left: one second after the first, not three.
    assert!((SECOND..SECOND + SECOND / 10).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_full_half_hour_of_look_ups_does_not_hold_up_other_calls() {
    let limiter = Limiter::new(Quota::documented().availability_per_half_hour(1));
    limiter.admit(Bucket::DomainAvailability, far()).await;
    let started_at = Instant::now();
    let look_up = async {
        limiter.admit(Bucket::DomainAvailability, far()).await;
        started_at.elapsed()
    };
    let others = async {
        sleep(SECOND).await;
        for _ in 0..5 {
            limiter.admit(Bucket::General, far()).await;
        }
        started_at.elapsed()
    };
    let (look_up, others) = tokio::join!(look_up, others);
    assert!(look_up >= HALF_HOUR, "{look_up:?}");
    assert!(others < SECOND + SECOND / 10, "{others:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_everybody_and_may_grow_but_not_shrink() {
    for quota in [Quota::documented(), Quota::unlimited()] {
        let limiter = Limiter::new(quota);
        let started_at = Instant::now();
        limiter.pause_until(Bucket::General, started_at + 2 * SECOND);
        let grows = async {
            sleep(SECOND).await;
            limiter.pause_until(Bucket::General, started_at + 6 * SECOND);
            limiter.pause_until(Bucket::General, started_at + 3 * SECOND);
        };
        tokio::join!(limiter.admit(Bucket::General, far()), limiter.admit(Bucket::DomainAvailability, far()), grows);
        assert!((6 * SECOND..7 * SECOND).contains(&started_at.elapsed()), "{quota:?}: {:?}", started_at.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_not_polled_holds_up_nobody() {
    let limiter = Limiter::new(Quota::per_second(1));
    limiter.admit(Bucket::General, far()).await;
    // Asks for the next moment, and then nobody looks after it.
    let mut asleep = Box::pin(limiter.admit(Bucket::General, far()));
    assert!(futures::poll!(&mut asleep).is_pending());

    let started_at = Instant::now();
    for _ in 0..3 {
        limiter.admit(Bucket::General, far()).await;
    }
    // The moment that was lost, and three more.
    assert!(started_at.elapsed() < 4 * SECOND + SECOND / 10, "{:?}", started_at.elapsed());
    let last = Instant::now();
    assert!(asleep.await.unwrap() >= last + SECOND, "it is given another moment");
}

#[tokio::test(start_paused = true)]
async fn who_would_wait_too_long_is_told() {
    let limiter = Limiter::new(Quota::per_second(1));
    let started_at = Instant::now();
    for bucket in [Bucket::General, Bucket::DomainAvailability] {
        limiter.admit(bucket, far()).await;
        assert_eq!(limiter.admit(bucket, Instant::now() + SECOND / 2).await, None, "{bucket:?}");
    }
    // A pause beyond the deadline is told at once.
    limiter.pause_until(Bucket::General, Instant::now() + 10 * SECOND);
    let asked_at = Instant::now();
    assert_eq!(limiter.admit(Bucket::General, asked_at + 5 * SECOND).await, None);
    assert_eq!((asked_at.elapsed(), started_at.elapsed() < 3 * SECOND), (Duration::ZERO, true));
}

#[tokio::test(start_paused = true)]
async fn the_pause_of_a_half_hour_is_the_look_ups_own() {
    let limiter = Limiter::new(Quota::documented());
    let started_at = Instant::now();
    limiter.pause_until(Bucket::DomainAvailability, started_at + 1500 * SECOND);
    limiter.admit(Bucket::General, far()).await;
    assert_eq!(started_at.elapsed(), Duration::ZERO);
    limiter.admit(Bucket::DomainAvailability, far()).await;
    assert!((1500 * SECOND..1501 * SECOND).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn no_pause_lasts_longer_than_half_an_hour() {
    let limiter = Limiter::new(Quota::documented());
    let started_at = Instant::now();
    limiter.pause_until(Bucket::General, far());
    limiter.admit(Bucket::General, far()).await;
    assert!(started_at.elapsed() <= HALF_HOUR + SECOND / 10, "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_nobody_waits() {
    let limiter = Limiter::new(Quota::unlimited());
    let started_at = Instant::now();
    for _ in 0..10_000 {
        limiter.admit(Bucket::General, far()).await;
        limiter.admit(Bucket::DomainAvailability, far()).await;
    }
    assert_eq!(started_at.elapsed(), Duration::ZERO);
}
