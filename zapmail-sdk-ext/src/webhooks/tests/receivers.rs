//! Tests of receivers: each event is handled once, again after a failure, and by only one receiver at a time.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, join_all, ready};
use http::HeaderMap;
use tokio::time::advance;
use uuid::Uuid;
use zapmail_sdk::{Error, ErrorKind, Result};

use super::{TIME, headers, verifier};
#[cfg(feature = "redis")]
use crate::redis_server::Redis;
#[cfg(feature = "redis")]
use crate::testing::redis_process::RedisProcess;
#[cfg(feature = "redis")]
use crate::webhooks::SeenInRedis;
use crate::webhooks::{ReceiveError, Received, Rejected, Seen, SeenEvents, SeenInMemory, WebhookReceiver};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const BODY: &[u8] = br#"{"id":"evt_1","type":"export.completed","data":{"export_id":10421}}"#;

fn receiver(store: impl SeenEvents) -> WebhookReceiver {
    verifier(TIME).replay_protection(store)
}

/// Receives a delivery; returns the status of an error.
async fn receive(receiver: &WebhookReceiver) -> Result<Received, u16> {
    receiver.receive(&headers(BODY), BODY).await.map_err(|error| error.status().as_u16())
}

async fn claimed(receiver: &WebhookReceiver) -> crate::webhooks::ClaimedEvent {
    match receive(receiver).await {
        Ok(Received::New(claimed)) => claimed,
        other => panic!("{other:?}"),
    }
}

async fn is_duplicate(receiver: &WebhookReceiver) -> bool {
    matches!(receive(receiver).await, Ok(Received::Duplicate(event)) if event.id == "evt_1")
}

#[tokio::test(start_paused = true)]
async fn confirmed_event_is_a_duplicate_for_a_week() {
    let receiver = receiver(SeenInMemory::new());
    let event = claimed(&receiver).await.confirm().await.unwrap();
    assert_eq!(event.id, "evt_1");
    for _ in 0..7 {
        assert!(is_duplicate(&receiver).await);
        advance(DAY - SECOND).await;
    }
    assert!(is_duplicate(&receiver).await);
    advance(7 * SECOND).await;
    drop(claimed(&receiver).await);
}

#[tokio::test(start_paused = true)]
async fn released_event_is_new_again() {
    let receiver = receiver(SeenInMemory::new());
    for _ in 0..3 {
        assert_eq!(claimed(&receiver).await.release().await.unwrap().id, "evt_1");
    }
}

#[tokio::test(start_paused = true)]
async fn event_belongs_to_one_delivery_until_its_claim_expires() {
    let receiver = receiver(SeenInMemory::new());
    // As if the receiver had crashed.
    drop(claimed(&receiver).await);
    assert_eq!(receive(&receiver).await.unwrap_err(), 503);
    advance(29 * SECOND).await;
    assert_eq!(receive(&receiver).await.unwrap_err(), 503);
    advance(SECOND).await;
    let late = claimed(&receiver).await;
    advance(30 * SECOND).await;
    let current = claimed(&receiver).await;
    // The claim of another delivery is not released.
    late.release().await.unwrap();
    assert_eq!(receive(&receiver).await.unwrap_err(), 503);
    current.confirm().await.unwrap();
    assert!(is_duplicate(&receiver).await);
}

#[tokio::test(start_paused = true)]
async fn event_confirmed_after_its_claim_expired_is_handled() {
    let receiver = receiver(SeenInMemory::new()).handling_time(SECOND);
    let slow = claimed(&receiver).await;
    advance(SECOND).await;
    let current = claimed(&receiver).await;
    slow.confirm().await.unwrap();
    assert!(is_duplicate(&receiver).await);
    current.release().await.unwrap();
    assert!(is_duplicate(&receiver).await);
}

#[tokio::test(start_paused = true)]
async fn event_is_remembered_while_its_signature_is_valid() {
    let receiver = receiver(SeenInMemory::new()).keep_for(Duration::ZERO);
    claimed(&receiver).await.confirm().await.unwrap();
    advance(10 * MINUTE - SECOND).await;
    assert!(is_duplicate(&receiver).await);
    advance(SECOND).await;
    drop(claimed(&receiver).await);

    let forever = verifier(TIME).tolerance(Duration::MAX).replay_protection(SeenInMemory::new());
    claimed(&forever).await.confirm().await.unwrap();
    advance(300 * DAY).await;
    assert!(is_duplicate(&forever).await);
}

#[tokio::test(start_paused = true)]
async fn rejected_delivery_does_not_reach_the_store() {
    let receiver = receiver(UnusableStore);
    let error = receiver.receive(&HeaderMap::new(), BODY).await.unwrap_err();
    assert!(matches!(error, ReceiveError::Rejected(Rejected::HeaderMissing)), "{error:?}");
    assert_eq!((error.status().as_u16(), Error::from(error).kind()), (400, ErrorKind::Invalid));
    let error = receiver.receive(&headers(b"{}"), BODY).await.unwrap_err();
    assert_eq!(error.to_string(), Rejected::SignatureMismatch.to_string());
}

#[tokio::test(start_paused = true)]
async fn unusable_store_responds_with_503() {
    let error = receiver(UnusableStore).receive(&headers(BODY), BODY).await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.to_string().as_str()), (503, "the disk is full"));
    assert_eq!(Error::from(error).kind(), ErrorKind::Connection);
}

/// A store that cannot be used.
#[derive(Debug)]
struct UnusableStore;

impl SeenEvents for UnusableStore {
    fn claim<'a>(&'a self, _: &'a str, _: Uuid, _: Duration) -> BoxFuture<'a, Result<Seen>> {
        ready(Err(Error::new(ErrorKind::Connection, "the disk is full"))).boxed()
    }

    fn confirm<'a>(&'a self, _: &'a str, _: Duration) -> BoxFuture<'a, Result<()>> {
        ready(Ok(())).boxed()
    }

    fn release<'a>(&'a self, _: &'a str, _: Uuid) -> BoxFuture<'a, Result<()>> {
        ready(Ok(())).boxed()
    }
}

/// Checks the behavior of a store, using two handles as two processes would.
async fn check_store(one: impl SeenEvents, other: impl SeenEvents) {
    let [first, second] = [Uuid::from_u128(1), Uuid::from_u128(2)];
    assert_eq!(one.claim("evt_1", first, MINUTE).await.unwrap(), Seen::New);
    for store in [&one as &dyn SeenEvents, &other] {
        for claim in [first, second] {
            assert_eq!(store.claim("evt_1", claim, MINUTE).await.unwrap(), Seen::InProgress);
        }
    }
    assert_eq!(other.claim("evt_2", second, MINUTE).await.unwrap(), Seen::New, "another event");
    other.release("evt_1", second).await.unwrap();
    assert_eq!(other.claim("evt_1", second, MINUTE).await.unwrap(), Seen::InProgress, "of another claim");
    one.release("evt_1", first).await.unwrap();
    assert_eq!(other.claim("evt_1", second, MINUTE).await.unwrap(), Seen::New);
    one.confirm("evt_1", MINUTE).await.unwrap();
    other.release("evt_1", second).await.unwrap();
    for claim in [first, second] {
        assert_eq!(other.claim("evt_1", claim, MINUTE).await.unwrap(), Seen::Handled);
    }
    // Without a claim, for example after it has expired.
    one.confirm("evt_3", Duration::MAX).await.unwrap();
    assert_eq!(other.claim("evt_3", first, Duration::MAX).await.unwrap(), Seen::Handled);
    one.release("evt_4", first).await.unwrap();

    let claims = (0..20).map(|claim| one.claim("evt_5", Uuid::from_u128(claim), MINUTE));
    let seen: Vec<_> = join_all(claims).await.into_iter().map(|seen| seen.unwrap()).collect();
    assert_eq!(seen.iter().filter(|seen| **seen == Seen::New).count(), 1, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn memory_store_remembers_events() {
    let store = Arc::new(SeenInMemory::new());
    check_store(Arc::clone(&store), Arc::clone(&store)).await;
    assert_eq!(format!("{store:?}"), "SeenInMemory(4 of 100000)");
    advance(MINUTE).await;
    assert_eq!(format!("{store:?}"), "SeenInMemory(1 of 100000)");
}

#[tokio::test(start_paused = true)]
async fn full_memory_store_removes_handled_events_first() {
    let store = SeenInMemory::new().capacity(3);
    let claim = Uuid::from_u128(1);
    store.claim("in progress", claim, 30 * SECOND).await.unwrap();
    store.confirm("later", 2 * DAY).await.unwrap();
    store.confirm("sooner", DAY).await.unwrap();
    assert_eq!(store.claim("new", claim, 30 * SECOND).await.unwrap(), Seen::New);
    let seen = async |id: &'static str| {
        let seen = store.claim(id, claim, 30 * SECOND).await.unwrap();
        // The check itself must not claim the event.
        if seen == Seen::New {
            store.release(id, claim).await.unwrap();
        }
        seen
    };
    assert_eq!([seen("in progress").await, seen("later").await], [Seen::InProgress, Seen::Handled]);
    assert_eq!(seen("sooner").await, Seen::New);
    // The check has displaced a handled event. Claimed events are removed last.
    assert_eq!([seen("in progress").await, seen("new").await], [Seen::InProgress, Seen::InProgress]);
    for nth in 0..10 {
        store.claim(&format!("evt_{nth}"), claim, MINUTE).await.unwrap();
        assert!(format!("{store:?}").ends_with(" of 3)"));
    }
    assert_eq!(format!("{store:?}"), "SeenInMemory(3 of 3)");
    let store = SeenInMemory::new().capacity(0);
    store.confirm("evt_1", DAY).await.unwrap();
    assert_eq!(store.claim("evt_1", claim, MINUTE).await.unwrap(), Seen::Handled);
}

#[cfg(feature = "redis")]
#[tokio::test]
async fn redis_shares_events_between_receivers_with_the_same_name() {
    let Some(mut server) = RedisProcess::start(&[]) else { return };
    let store = |name: &str| SeenInRedis::new(Redis::new(server.url()).unwrap(), name);
    check_store(store("billing"), store("billing")).await;
    assert_eq!(store("crm").claim("evt_1", Uuid::from_u128(1), MINUTE).await.unwrap(), Seen::New);
    assert_eq!(format!("{:?}", store("crm")), format!("crm in Redis({})", server.address()));

    let [one, other] = [receiver(store("receivers")), receiver(store("receivers"))];
    let event = claimed(&one).await;
    assert_eq!(receive(&other).await.unwrap_err(), 503);
    event.confirm().await.unwrap();
    assert!(is_duplicate(&other).await);

    let store = store("billing");
    server.kill();
    let error = receiver(store).receive(&headers(BODY), BODY).await.unwrap_err();
    let start = format!("the store of webhook events cannot be used: the Redis server at {}", server.address());
    assert!(error.to_string().starts_with(&start), "{error}");
    assert_eq!(error.status(), 503);
}

#[cfg(feature = "redis")]
#[tokio::test]
async fn claim_and_event_in_redis_expire() {
    let Some(server) = RedisProcess::start(&[]) else { return };
    let store = SeenInRedis::new(Redis::new(server.url()).unwrap(), "billing");
    let claim = Uuid::from_u128(1);
    // Redis has its own clock, so this takes real time.
    let short = Duration::from_millis(20);
    assert_eq!(store.claim("evt_1", claim, short).await.unwrap(), Seen::New);
    while store.claim("evt_1", claim, MINUTE).await.unwrap() != Seen::New {}
    store.confirm("evt_1", short).await.unwrap();
    while store.claim("evt_1", claim, MINUTE).await.unwrap() != Seen::New {}
    // A duration of zero is converted to one that Redis accepts.
    store.confirm("evt_2", Duration::ZERO).await.unwrap();
    while store.claim("evt_2", claim, Duration::ZERO).await.unwrap() == Seen::Handled {}
}
