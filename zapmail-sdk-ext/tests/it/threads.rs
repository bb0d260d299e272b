//! One client on several threads, and in several runtimes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Barrier;
use zapmail_sandbox::{Quota, Sandbox};
use zapmail_sdk_ext::{Error, RateLimits, RetryPolicy, Timeouts, Zapmail};

use crate::clients::{Kind, builder, ok};
use crate::server::Server;

async fn sandbox() -> Sandbox {
    Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap()
}

/// The service in a separate runtime, so that it keeps the connections of the other runtimes open.
fn sandbox_elsewhere() -> (Runtime, Sandbox) {
    let host = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sandbox = host.block_on(sandbox());
    (host, sandbox)
}

fn client(sandbox: &Sandbox) -> Zapmail {
    let builder = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    builder.rate_limits(RateLimits::unlimited()).build().unwrap()
}

/// Looks up the domain with this number by its name.
async fn find_domain(zapmail: Zapmail, number: usize) -> String {
    let name = format!("acme-{number:03}.example.com");
    let page = zapmail.list_domains().contains(name.as_str()).send().await.unwrap();
    assert_eq!(page.domains.len(), 1, "{name}");
    page.domains[0].domain.clone().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_calls_receive_their_own_responses() {
    let sandbox = sandbox().await;
    let zapmail = client(&sandbox);
    // The primary workspace has the first 16 domains.
    let numbers = (0..256).map(|call| call % 16 + 1);
    let calls: Vec<_> = numbers.clone().map(|number| tokio::spawn(find_domain(zapmail.clone(), number))).collect();
    for (call, number) in calls.into_iter().zip(numbers) {
        assert_eq!(call.await.unwrap(), format!("acme-{number:03}.example.com"));
    }
    assert_eq!(sandbox.requests_of("list_domains").len(), 256);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_on_several_threads_wait_for_one_rate_limiter() {
    let server = Server::acting(vec![ok()]);
    let zapmail = builder(&server.url()).rate_limits(RateLimits::unlimited().per_second(20)).build().unwrap();
    let started_at = Instant::now();
    let calls = (0..30).map(|_| {
        let zapmail = zapmail.clone();
        tokio::spawn(async move { Kind::Spend.call(&zapmail).await })
    });
    for outcome in try_join_all(calls).await.unwrap() {
        outcome.unwrap();
    }
    // The test uses real time, since the clock of several threads cannot be paused.
    assert!(started_at.elapsed() >= Duration::from_secs(1), "{:?}", started_at.elapsed());
    assert_eq!(server.requests().len(), 30);
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn client_works_in_successive_runtimes() {
    let (_host, sandbox) = sandbox_elsewhere();
    let zapmail = client(&sandbox);
    for calls in 1..=3 {
        let runtime = runtime();
        let found = runtime.block_on(async {
            try_join_all((1..=4).map(|number| tokio::spawn(find_domain(zapmail.clone(), number)))).await
        });
        assert_eq!(found.unwrap().len(), 4);
        // The connections of this runtime end with it, and the next runtime opens its own.
        drop(runtime);
        assert_eq!(sandbox.requests_of("list_domains").len(), 4 * calls);
        assert!(sandbox.requests().iter().all(|request| request.status == 200));
    }
}

#[test]
fn client_works_in_two_running_runtimes() {
    let (_host, sandbox) = sandbox_elsewhere();
    let zapmail = client(&sandbox);
    // Each runtime runs until the other has finished, since it may drive a connection that the other's call uses.
    let finished = Arc::new(Barrier::new(2));
    let threads = [(); 2].map(|()| {
        let (zapmail, finished) = (zapmail.clone(), Arc::clone(&finished));
        std::thread::spawn(move || {
            runtime().block_on(async {
                for number in 1..=16 {
                    find_domain(zapmail.clone(), number).await;
                }
                finished.wait().await;
            });
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(sandbox.requests_of("list_domains").len(), 32);
}

#[test]
fn call_on_a_connection_of_an_idle_runtime_ends_at_its_timeout() {
    let (_host, sandbox) = sandbox_elsewhere();
    let timeouts = Timeouts::default().attempt(Duration::from_millis(100));
    let zapmail = client(&sandbox).with_timeouts(timeouts).with_retry_policy(RetryPolicy::none());
    let (idle, driven) = (runtime(), runtime());
    idle.block_on(async {
        zapmail.get_user().send().await.unwrap();
        // The connection returns to the pool.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    });
    // A success means that the connection was not reused.
    let outcome = driven.block_on(zapmail.get_user().send());
    assert!(outcome.as_ref().err().is_none_or(Error::is_timeout), "{outcome:?}");

    drop(idle);
    driven.block_on(client(&sandbox).get_user().send()).unwrap();
    driven.block_on(zapmail.with_timeouts(Timeouts::default()).get_user().send()).unwrap();
}
