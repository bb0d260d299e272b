//! Deliveries of events to webhook endpoints, which are due by the sandbox's clock.
//!
//! There is no timer unless an event is on its way or expected by an endpoint: in a test with a paused clock an idle timer
//! would let the time jump.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use tokio::task::{Id, JoinSet};
use zapmail_sdk::{ReqwestTransport, clock};

use crate::service::Service;
use crate::state::{Attempt, DeliveryOutcome};

/// An endpoint has to answer within this time (webhooks.yaml).
const PATIENCE: Duration = Duration::from_secs(10);

const SIGNATURE_HEADER: &str = "x-zapmail-signature";

/// Delivers until it is dropped.
pub(crate) async fn deliver(service: Arc<Service>) {
    let alarm = service.state().clock.alarm();
    let mut client = None;
    let mut under_way = JoinSet::new();
    let mut attempts: HashMap<Id, Attempt> = HashMap::new();
    loop {
        let (due, pause) = {
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
            (due, state.webhooks.next_due().map(|moment| moment.since(now)))
        };
        for (url, signature, attempt) in due {
            // Made when it is needed first: few sandboxes have an endpoint.
            let client = client.get_or_insert_with(client_of_own).clone();
            let body = attempt.event.body.clone();
            let task = under_way.spawn(async move { send(client, &url, signature, body).await });
            attempts.insert(task.id(), attempt);
        }
        tokio::select! {
            () = alarm.notified() => {}
            () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            Some(done) = under_way.join_next_with_id() => {
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

/// Keeps no connection open: a stopped sandbox is to leave none behind.
fn client_of_own() -> Option<reqwest::Client> {
    let transport =
        ReqwestTransport::configured(|builder| builder.no_proxy().pool_max_idle_per_host(0).timeout(PATIENCE));
    Some(transport.ok()?.client().clone())
}

async fn send(client: Option<reqwest::Client>, url: &str, signature: String, body: String) -> DeliveryOutcome {
    let Some(client) = client else { return DeliveryOutcome::Unreachable };
    let request = client.post(url).header(SIGNATURE_HEADER, signature).header("content-type", "application/json");
    match request.body(body).send().await {
        Ok(response) => DeliveryOutcome::Answered(response.status().as_u16()),
        Err(_) => DeliveryOutcome::Unreachable,
    }
}

/// `t=<unix seconds>,v1=<hex>`, where v1 is the HMAC-SHA256 of `<t>.<body>` under the endpoint's secret.
///
/// Unless a test has chosen the time, it is the machine's, or that of a simulation, since a receiver compares it with its own
/// clock. The sandbox's clock can be far ahead.
fn signature(secret: &str, attempt: &Attempt) -> String {
    let body = &attempt.event.body;
    let seconds = attempt.event.signed_at.unwrap_or_else(|| seconds_of(clock::system_time()));
    let mut digest = String::new();
    // A key of any length is taken.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        mac.update(format!("{seconds}.{body}").as_bytes());
        digest = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    }
    format!("t={seconds},v1={digest}")
}

fn seconds_of(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
