//! Requests with an unknown outcome, and a service that lists new mailboxes with a delay: no mailbox is requested twice.

use std::fmt;
use std::sync::Mutex;

use futures::future::BoxFuture;
use http::HeaderMap;
use zapmail_sandbox::InProcess;

use super::*;
use crate::{BufferedResponse, Operation, Result, Transport};

/// The user name of the new mailboxes.
const NEW: &str = "noa.vale";

/// A sandbox that lists new mailboxes only `lag` after the first request for them.
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

impl fmt::Debug for DelayedList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DelayedList")
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
    for _ in 0..3 {
        sandbox.fail_next("assign_mailboxes", Fault::status(500)).unwrap();
    }
    let failed = swap.run(&zapmail).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(failed.report().iter().map(|(_, outcome)| outcome).collect::<Vec<_>>(), [&AssignState::Unknown]);
    assert_eq!((count(&sandbox, "assign_mailboxes"), count(&sandbox, "schedule_mailbox_removal")), (3, 0));
    // The next run also waits for the settle time.
    let started_at = Instant::now();
    swap.run(&zapmail).await.unwrap();
    assert!(started_at.elapsed() >= 10 * MINUTE, "{:?}", started_at.elapsed());
    assert_eq!(count(&sandbox, "assign_mailboxes"), 4);
}

#[tokio::test(start_paused = true)]
async fn refusal_after_lost_response_is_not_a_failure() {
    // The mailboxes are listed only after the settle time, so they are requested again, which the sandbox refuses.
    let (sandbox, zapmail, swap) = delayed_list(15 * MINUTE, &[2]).await;
    sandbox.fail_next("assign_mailboxes", Fault::DropAfterRequest).unwrap();
    swap.run(&zapmail).await.unwrap();
    assert_eq!((count(&sandbox, "assign_mailboxes"), count(&sandbox, "schedule_mailbox_removal")), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn dropped_run_is_continued_without_second_request() {
    // The request is in flight, or its response has arrived.
    for time in [Duration::from_millis(4500), 30 * SECOND] {
        let (sandbox, zapmail, swap) = delayed_list(5 * MINUTE, &[2]).await;
        timeout(time, swap.run(&zapmail)).await.unwrap_err();
        assert_eq!(count(&sandbox, "assign_mailboxes"), 1, "{time:?}");
        swap.clone().run(&zapmail).await.unwrap();
        assert_eq!(count(&sandbox, "assign_mailboxes"), 1, "{time:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn swap_from_file_is_continued_without_second_request() {
    for time in [Duration::from_millis(4500), 30 * SECOND] {
        let (sandbox, zapmail, swap) = delayed_list(5 * MINUTE, &[2]).await;
        let stored = serde_json::to_string(&swap).unwrap();
        timeout(time, swap.run(&zapmail)).await.unwrap_err();
        drop(swap);
        assert_eq!(count(&sandbox, "assign_mailboxes"), 1, "{time:?}");
        let swap: Swap = serde_json::from_str(&stored).unwrap();
        swap.run(&zapmail).await.unwrap();
        assert_eq!(count(&sandbox, "assign_mailboxes"), 1, "{time:?}");
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
    assert_eq!((count(&sandbox, "assign_mailboxes"), count(&sandbox, "schedule_mailbox_removal")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn unsent_batches_need_no_settle_time() {
    // 20 domains per request: the first is accepted, the second has an unknown outcome, and the third was not sent.
    let sandbox = Sandbox::builder().domains(75).mailboxes_per_domain(0).build().unwrap();
    let zapmail = client(&sandbox);
    let requests = super::super::requests::Requests::none();
    let plan = new_mailboxes(&zapmail, 1..=3, &[NEW]).await;
    let ids: Vec<_> = plan.domains().map(|(id, _)| id.clone()).collect();
    let report = serde_json::from_value(
        json!({ids[0].as_str(): "accepted", ids[1].as_str(): "unknown", ids[2].as_str(): "not_sent"}),
    );
    requests.record(&report.unwrap());
    let (unknown, remaining) = requests.unsettled(10 * MINUTE).unwrap();
    assert_eq!((unknown, remaining), (vec![ids[1].clone()], 10 * MINUTE));
    tokio::time::sleep(4 * MINUTE).await;
    assert_eq!(requests.unsettled(10 * MINUTE).unwrap().1, 6 * MINUTE);
    tokio::time::sleep(6 * MINUTE).await;
    assert_eq!(requests.unsettled(10 * MINUTE), None);
    assert_eq!(requests.report().iter().count(), 3);
}
