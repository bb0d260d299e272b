//! Tests of requests with an unknown outcome, and of a service that lists new mailboxes with a delay: no request is
//! repeated too early.

use std::sync::Mutex;

use futures::future::BoxFuture;
use http::HeaderMap;
use zapmail_sandbox::InProcess;

use super::*;
use crate::{BufferedResponse, Operation, Result, Transport};

/// The user name of the new mailboxes.
const NEW: &str = "noa.vale";

/// A sandbox that lists new mailboxes only `lag` after the first request for them.
#[derive(Debug)]
struct DelayedList {
    sandbox: InProcess,
    lag: Duration,
    requested_at: Mutex<Option<Instant>>,
}

impl Transport for DelayedList {
    fn send<'a>(
        &'a self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, Result<BufferedResponse>> {
        Box::pin(async move {
            if operation.id == "assign_mailboxes" {
                self.requested_at.lock().unwrap().get_or_insert(Instant::now());
            }
            let response = self.sandbox.send(request, operation).await?;
            let is_late = self.requested_at.lock().unwrap().is_none_or(|at| at.elapsed() < self.lag);
            if operation.id != "list_mailboxes" || !is_late {
                return Ok(response);
            }
            let mut body: Value = serde_json::from_slice(response.bytes()).unwrap();
            for domain in body["data"]["domains"].as_array_mut().unwrap() {
                domain["mailboxes"].as_array_mut().unwrap().retain(|mailbox| mailbox["username"] != NEW);
            }
            Ok(BufferedResponse::new(response.status(), HeaderMap::new(), body.to_string()))
        })
    }
}

/// A sandbox with this lag, its client, and a swap of the first domain's mailboxes for one new mailbox on each of
/// `domains`.
async fn delayed_list(lag: Duration, domains: &[usize]) -> (Sandbox, Zapmail, Swap) {
    let sandbox = Sandbox::builder().latency(SECOND).build().unwrap();
    let transport = DelayedList { sandbox: sandbox.transport(), lag, requested_at: Mutex::default() };
    let builder = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    let zapmail = builder.transport(transport).retry_policy(RetryPolicy::none()).build().unwrap();
    let new = new_mailboxes(&zapmail, domains.iter().copied(), &[NEW]).await;
    let swap = zapmail.plan_swap(FIRST, new).await.unwrap().interval(MINUTE);
    (sandbox, zapmail, swap)
}

#[tokio::test(start_paused = true)]
async fn lost_response_causes_no_second_request() {
    let (sandbox, zapmail, swap) = delayed_list(5 * MINUTE, &[2, 3]).await;
    sandbox.fail_next("assign_mailboxes", Fault::DropAfterRequest).unwrap();
    let started_at = Instant::now();
    let created = swap.run(&zapmail).await.unwrap();
    assert_eq!((created.len(), count(&sandbox, "assign_mailboxes")), (2, 1));
    assert!((5 * MINUTE..8 * MINUTE).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn lost_request_is_sent_again_after_settle_time() {
    for (settle_time, min_elapsed) in [(None, 10 * MINUTE), (Some(2 * MINUTE), 2 * MINUTE)] {
        let (sandbox, zapmail, swap) = delayed_list(Duration::ZERO, &[2]).await;
        let swap = match settle_time {
            Some(time) => swap.settle_time(time),
            None => swap,
        };
        sandbox.fail_next("assign_mailboxes", Fault::status(500)).unwrap();
        let started_at = Instant::now();
        swap.run(&zapmail).await.unwrap();
        assert_eq!(count(&sandbox, "assign_mailboxes"), 2);
        // A new mailbox of the sandbox is active after two minutes.
        assert!((min_elapsed..min_elapsed + 5 * MINUTE).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn run_ends_after_three_lost_requests() {
    let (sandbox, zapmail, swap) = delayed_list(Duration::ZERO, &[2]).await;
    sandbox.fail_next_n("assign_mailboxes", Fault::status(500), 3).unwrap();
    let failed = swap.run(&zapmail).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(failed.report().iter().map(|(_, outcome)| outcome).collect::<Vec<_>>(), [&AssignState::Unknown]);
    assert_eq!(writes(&sandbox), (3, 0));
    // The next run also waits for the settle time.
    let started_at = Instant::now();
    swap.run(&zapmail).await.unwrap();
    assert!(started_at.elapsed() >= 10 * MINUTE, "{:?}", started_at.elapsed());
    assert_eq!(count(&sandbox, "assign_mailboxes"), 4);
}

#[tokio::test(start_paused = true)]
async fn rejection_after_lost_response_is_not_a_failure() {
    // The mailboxes are listed only after the settle time, so they are requested again, which the sandbox rejects.
    let (sandbox, zapmail, swap) = delayed_list(15 * MINUTE, &[2]).await;
    sandbox.fail_next("assign_mailboxes", Fault::DropAfterRequest).unwrap();
    swap.run(&zapmail).await.unwrap();
    assert_eq!(writes(&sandbox), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn dropped_run_or_swap_from_file_is_continued_without_second_request() {
    // The request is in flight, or its response has arrived.
    for time in [Duration::from_millis(4500), 30 * SECOND] {
        for is_stored in [false, true] {
            let (sandbox, zapmail, swap) = delayed_list(5 * MINUTE, &[2]).await;
            let stored = serde_json::to_string(&swap).unwrap();
            timeout(time, swap.run(&zapmail)).await.unwrap_err();
            assert_eq!(count(&sandbox, "assign_mailboxes"), 1, "{time:?}, {is_stored}");
            let next = if is_stored { serde_json::from_str(&stored).unwrap() } else { swap.clone() };
            drop(swap);
            next.run(&zapmail).await.unwrap();
            assert_eq!(count(&sandbox, "assign_mailboxes"), 1, "{time:?}, {is_stored}");
        }
    }
    // If there was no earlier run, the mailboxes are requested after the settle time.
    let (sandbox, zapmail, swap) = delayed_list(Duration::ZERO, &[2]).await;
    let swap: Swap = serde_json::from_str(&serde_json::to_string(&swap).unwrap()).unwrap();
    timeout(10 * MINUTE, swap.run(&zapmail)).await.unwrap_err();
    assert_eq!(count(&sandbox, "assign_mailboxes"), 0);
    swap.run(&zapmail).await.unwrap();
    assert_eq!(count(&sandbox, "assign_mailboxes"), 1);
}

#[tokio::test(start_paused = true)]
async fn accepted_mailboxes_are_never_requested_again() {
    // The mailboxes are listed long after the settle time.
    let (sandbox, zapmail, swap) = delayed_list(40 * MINUTE, &[2]).await;
    let swap = swap.timeout(15 * MINUTE);
    assert_eq!(swap.run(&zapmail).await.unwrap_err().error().kind(), ErrorKind::Timeout);
    assert_eq!(swap.run(&zapmail).await.unwrap_err().error().kind(), ErrorKind::Timeout);
    let stored = serde_json::to_string(&swap).unwrap();
    assert!(stored.contains("accepted"), "{stored}");
    let swap: Swap = serde_json::from_str(&stored).unwrap();
    swap.run(&zapmail).await.unwrap();
    assert_eq!(writes(&sandbox), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn unsent_batches_need_no_settle_time() {
    let requests = super::super::requests::Requests::none();
    let report = json!({"first": "accepted", "second": "unknown", "third": "not_sent"});
    requests.record(&serde_json::from_value(report).unwrap());
    assert_eq!(requests.unsettled(10 * MINUTE), Some((vec!["second".into()], 10 * MINUTE)));
    tokio::time::sleep(4 * MINUTE).await;
    assert_eq!(requests.unsettled(10 * MINUTE).unwrap().1, 6 * MINUTE);
    tokio::time::sleep(6 * MINUTE).await;
    assert_eq!(requests.unsettled(10 * MINUTE), None);
    assert_eq!(requests.report().iter().count(), 3);
}
