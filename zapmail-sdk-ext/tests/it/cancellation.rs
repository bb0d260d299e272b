//! Calls that are dropped after each of their polls: nothing is sent later, nothing is bought twice, no slot of the
//! rate limiter is lost, and the next call works.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};
use zapmail_sdk_ext::{Error, RateLimits, Secret, Zapmail};

use crate::clients::{KEY, Kind, builder, ok};
use crate::server::{Act, Server};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Polls a future `polls` times, and drops it.
pub async fn polled<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Pending if left == 0 => Poll::Ready(None),
            polled => polled.map(Some),
        }
    })
    .await
}

/// Runs a test that drops a call after zero polls, one poll, two polls and so on, until the call ends. Returns the
/// number of polls that the call took.
async fn after_each_poll<T>(mut test: impl AsyncFnMut(usize) -> Option<T>) -> usize {
    for polls in 0..1000 {
        if test(polls).await.is_some() {
            return polls;
        }
    }
    panic!("the call does not end");
}

fn too_many() -> Act {
    Act::answer(429, "retry-after: 2\r\n", b"")
}

/// The server's behavior for the first connections; it accepts all later requests.
fn scripts() -> [(&'static str, Vec<Act>); 5] {
    [
        ("a success", vec![]),
        ("a 429", vec![too_many()]),
        ("two 429s", vec![too_many(), too_many()]),
        ("a 503", vec![Act::json(503, &json!({}))]),
        ("a reset connection", vec![Act::Reset]),
    ]
}

/// A client whose key provider takes a second at its first use.
fn with_slow_key(url: &str, limits: RateLimits) -> Zapmail {
    let provider = || async {
        sleep(SECOND).await;
        Ok::<_, Error>(Secret::from(KEY))
    };
    let builder = Zapmail::builder().api_key_provider(provider).base_url(url).rate_limits(limits);
    builder.allow_spending().build().unwrap()
}

async fn purchase(zapmail: &Zapmail, quantity: u32) -> Result<(), Error> {
    zapmail.purchase_addon_mailboxes().quantity(quantity).send().await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn canceled_purchase_is_not_sent_later_and_next_purchase_works() {
    for (what, script) in scripts() {
        let refused =
            script.iter().filter(|act| matches!(act, Act::Answer(answer) if answer.starts_with(b"HTTP/1.1 429")));
        let refused = refused.count();
        let polls = after_each_poll(async |polls| {
            let server = Server::acting([script.clone(), vec![ok()]].concat());
            let zapmail = with_slow_key(&server.url(), RateLimits::unlimited());
            let outcome = polled(purchase(&zapmail, 2), polls).await;
            let sent = |quantity: u32| {
                let requests = server.requests();
                requests.iter().filter(|request| request.contains(&format!("quantity={quantity}"))).count()
            };
            // A request in flight arrives, and nothing is sent in the background after any delay of the client.
            sleep(SECOND / 20).await;
            let before = sent(2);
            sleep(HOUR).await;
            assert_eq!(sent(2), before, "{what}, {polls} polls");
            assert!(before <= refused + 1, "{what}, {polls} polls: {:?}", server.requests());

            // The remaining acts of the script apply to this purchase.
            while server.connections() < script.len() {
                _ = Kind::Read.call(&zapmail).await;
            }
            purchase(&zapmail, 3).await.unwrap_or_else(|error| panic!("{what}, {polls} polls: {error}"));
            assert_eq!((sent(2), sent(3)), (before, 1), "{what}, {polls} polls");
            outcome
        });
        let polls = polls.await;
        assert!(polls > 3, "{what}: the call ended after {polls} polls, so the test covers little");
    }
}

#[tokio::test(start_paused = true)]
async fn client_works_after_canceled_call_of_each_kind() {
    for kind in Kind::ALL {
        after_each_poll(async |polls| {
            let server = Server::acting(vec![too_many(), ok()]);
            let zapmail = builder(&server.url()).build().unwrap();
            let outcome = polled(kind.call(&zapmail), polls).await;
            for kind in Kind::ALL {
                kind.call(&zapmail).await.unwrap_or_else(|error| panic!("{kind:?}, {polls} polls: {error}"));
            }
            outcome
        })
        .await;
    }
}

/// Two calls per second: a canceled call takes one slot if it was sent, and none if it was not.
#[tokio::test(start_paused = true)]
async fn canceled_call_loses_no_slot_of_the_rate_limiter() {
    let mut canceled_in_queue = 0;
    after_each_poll(async |polls| {
        let server = Server::acting(vec![ok()]);
        let zapmail = with_slow_key(&server.url(), RateLimits::unlimited().per_second(2));
        let (first, second) = tokio::join!(Kind::Read.call(&zapmail), Kind::Read.call(&zapmail));
        first.and(second).unwrap();
        let started_at = Instant::now();
        let mut call = Box::pin(Kind::Spend.call(&zapmail));
        let outcome = polled(&mut call, polls).await;
        // The window of the first two calls ends after a second.
        let was_admitted = started_at.elapsed() >= SECOND;
        if outcome.is_none() {
            sleep(SECOND / 2).await;
        }
        drop(call);

        let calls = [zapmail.get_user(), zapmail.get_user(), zapmail.get_user()];
        let [first, second, third] = calls.map(|call| async {
            let response = call.send_with_response().await.unwrap();
            (response.sent_at() - started_at).as_secs_f64()
        });
        let (first, second, third) = tokio::join!(first, second, third);
        let expected = match (was_admitted, outcome.is_some()) {
            (false, _) => [1.0, 1.0, 2.0],
            (true, true) => [1.0, 2.0, 2.0],
            // The canceled request may still reach the service, 200 ms after it was sent.
            (true, false) => [1.5, 2.2, 2.5],
        };
        for (sent, expected) in [first, second, third].into_iter().zip(expected) {
            let range = expected..expected + 0.1;
            assert!(range.contains(&sent), "{polls} polls: sent after {first}, {second} and {third} s");
        }
        canceled_in_queue += usize::from(!was_admitted);
        outcome
    })
    .await;
    assert!(canceled_in_queue > 1, "no call was canceled while it waited");
}
