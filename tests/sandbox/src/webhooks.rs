//! Delivery of events to webhook endpoints, scheduled by the sandbox's clock.
//!
//! A timer exists only while an event is queued, or scheduled for an endpoint that receives it: in a test with a paused
//! clock, an idle timer would advance the time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::task::{Id, JoinSet};
use zapmail_sdk::{ReqwestTransport, clock};

use crate::service::Service;
use crate::state::{Attempt, DeliveryOutcome};

/// Timeout for the response of an endpoint (webhooks.yaml).
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

const SIGNATURE_HEADER: &str = "x-zapmail-signature";

/// Delivers events until the future is dropped.
pub(crate) async fn deliver(service: Arc<Service>) {
    let changes = service.state().clock.changes();
    let mut client = None;
    let mut in_flight = JoinSet::new();
    let mut attempts: HashMap<Id, Attempt> = HashMap::new();
    loop {
        let (due, delay) = {
            let mut state = service.state();
            let now = state.clock.now();
            let due: Vec<_> = state
                .due_deliveries()
                .into_iter()
                .map(|attempt| {
                    let endpoint = state.webhooks.endpoint_of(&attempt);
                    (endpoint.url.clone(), signature(&endpoint.secret, &attempt), attempt)
                })
                .collect();
            (due, state.webhooks.next_due().map(|time| time.since(now)))
        };
        for (url, signature, attempt) in due {
            // Created for the first event, because few sandboxes have an endpoint.
            let client = client.get_or_insert_with(new_client).clone();
            let body = attempt.event.body.clone();
            let task = in_flight.spawn(async move { send(client, &url, signature, body).await });
            attempts.insert(task.id(), attempt);
        }
        tokio::select! {
            () = changes.notified() => {}
            () = tokio::time::sleep(delay.unwrap_or_default()), if delay.is_some() => {}
            Some(done) = in_flight.join_next_with_id() => {
                let (id, outcome) = done.unwrap_or_else(|error| (error.id(), DeliveryOutcome::Unreachable));
                if let Some(attempt) = attempts.remove(&id) {
                    let mut state = service.state();
                    let now = state.clock.now();
                    state.webhooks.settle(attempt, outcome, now);
                }
            }
        }
    }
}

/// Creates a client that keeps no idle connections, so that a stopped sandbox leaves none open.
fn new_client() -> Option<reqwest::Client> {
    let transport =
        ReqwestTransport::configured(|builder| builder.no_proxy().pool_max_idle_per_host(0).timeout(RESPONSE_TIMEOUT));
    Some(transport.ok()?.client().clone())
}

async fn send(client: Option<reqwest::Client>, url: &str, signature: String, body: String) -> DeliveryOutcome {
    let Some(client) = client else { return DeliveryOutcome::Unreachable };
    let request = client.post(url).header(SIGNATURE_HEADER, signature).header("content-type", "application/json");
    match request.body(body).send().await {
        Ok(response) => DeliveryOutcome::Responded(response.status().as_u16()),
        Err(_) => DeliveryOutcome::Unreachable,
    }
}

/// Returns the signature `t=<unix seconds>,v1=<hex>`: `v1` is the HMAC-SHA256 of `<t>.<body>` with the endpoint's
/// secret.
///
/// `t` is the time that a test has set; otherwise the machine's time or, in a simulation, the simulated time, because a
/// receiver compares `t` with its own clock. The sandbox's clock can be far ahead.
fn signature(secret: &str, attempt: &Attempt) -> String {
    let body = &attempt.event.body;
    let seconds = attempt.event.signed_at.unwrap_or_else(|| seconds_of(clock::system_time()));
    let digest = hmac_sha256::HMAC::mac(format!("{seconds}.{body}"), secret);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={digest}")
}

fn seconds_of(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
