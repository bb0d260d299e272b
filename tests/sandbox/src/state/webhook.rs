//! Webhook endpoints, their events, and pending deliveries.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Delivery, DeliveryOutcome, State};
use crate::clock::Timestamp;
use crate::document::enum_values;

/// Returns the known event types, to which an endpoint can subscribe.
pub(crate) fn event_types() -> Vec<&'static str> {
    enum_values("WebhookEventType")
}

/// The API version in events. The service's value is not documented.
const API_VERSION: &str = "v2";

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// The delays between the 8 delivery attempts. Only the first and the last are documented; the others are assumed.
const RETRY_DELAYS: [Duration; 7] = [
    Duration::from_secs(MINUTE),
    Duration::from_secs(5 * MINUTE),
    Duration::from_secs(30 * MINUTE),
    Duration::from_secs(2 * HOUR),
    Duration::from_secs(6 * HOUR),
    Duration::from_secs(12 * HOUR),
    Duration::from_secs(24 * HOUR),
];

/// The number of consecutive failures after which an endpoint is disabled.
const MAX_FAILURES: u32 = 20;

/// The maximum number of attempts in the log; the oldest are dropped.
const LOG_CAPACITY: usize = 10_000;

/// A webhook endpoint.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) active: bool,
    pub(crate) events: Vec<String>,
    /// Key with which the events are signed.
    pub(crate) secret: String,
    /// Consecutive failures since the last success.
    pub(crate) failures: u32,
}

/// An event, ready to be delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) event_type: String,
    /// Body, serialized once: the signature covers exactly the bytes that are sent.
    pub(crate) body: String,
    /// Time in all signatures, in seconds since the Unix epoch; `None` for the time of each attempt.
    pub(crate) signed_at: Option<u64>,
}

/// A scheduled event.
#[derive(Debug, Serialize, Deserialize)]
struct Planned {
    at: Timestamp,
    event_type: String,
    data: Value,
}

/// An attempt to deliver an event to an endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Attempt {
    due: Timestamp,
    /// Position of the endpoint. It stays valid, because endpoints are never deleted.
    endpoint: usize,
    pub(crate) event: Event,
    /// Number of the attempt, starting at 1.
    number: u32,
}

/// Endpoints, scheduled events, pending deliveries and the log of deliveries.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Webhooks {
    pub(crate) endpoints: Vec<Endpoint>,
    planned: Vec<Planned>,
    queue: Vec<Attempt>,
    log: VecDeque<Delivery>,
}

impl Webhooks {
    /// Checks the deliveries of a state file.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.queue.iter().any(|attempt| attempt.endpoint >= self.endpoints.len()) {
            return Err("a delivery is for a webhook endpoint that does not exist");
        }
        if self.queue.iter().any(|attempt| attempt.number == 0) {
            return Err("a delivery has no attempt number");
        }
        Ok(())
    }

    /// Returns whether events of this type can exist: the known types, and any type of a group without known types,
    /// such as `workspace.*`.
    pub(crate) fn may_send(event_type: &str) -> bool {
        event_types().contains(&event_type) || is_unlisted(event_type)
    }

    pub(crate) fn log(&self) -> Vec<Delivery> {
        self.log.iter().cloned().collect()
    }

    pub(crate) fn endpoint_of(&self, attempt: &Attempt) -> &Endpoint {
        &self.endpoints[attempt.endpoint]
    }

    /// Returns the time of the next delivery or scheduled event. Ignores scheduled events without a subscribed
    /// endpoint.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let planned = self.planned.iter().filter(|planned| self.has_subscriber(&planned.event_type));
        planned.map(|planned| planned.at).chain(self.queue.iter().map(|attempt| attempt.due)).min()
    }

    /// Records the outcome of an attempt. After a failure, schedules the next attempt and disables an endpoint that has
    /// failed too often.
    pub(crate) fn settle(&mut self, attempt: Attempt, outcome: DeliveryOutcome, now: Timestamp) {
        self.log_delivery(&attempt, outcome);
        let endpoint = &mut self.endpoints[attempt.endpoint];
        if outcome.is_success() {
            endpoint.failures = 0;
            return;
        }
        endpoint.failures = endpoint.failures.saturating_add(1);
        endpoint.active &= endpoint.failures < MAX_FAILURES;
        if let Some(delay) = RETRY_DELAYS.get(attempt.number as usize - 1) {
            self.queue.push(Attempt { due: now.plus(*delay), number: attempt.number + 1, ..attempt });
        }
    }

    fn log_delivery(&mut self, attempt: &Attempt, outcome: DeliveryOutcome) {
        if self.log.len() == LOG_CAPACITY {
            self.log.pop_front();
        }
        self.log.push_back(Delivery {
            endpoint: self.endpoint_of(attempt).id.clone(),
            event: attempt.event.id.clone(),
            event_type: attempt.event.event_type.clone(),
            attempt: attempt.number,
            outcome,
        });
    }

    /// Cancels the scheduled events that match a condition.
    pub(crate) fn cancel_planned(&mut self, is_canceled: impl Fn(&str, &Value) -> bool) {
        self.planned.retain(|event| !is_canceled(&event.event_type, &event.data));
    }

    fn has_subscriber(&self, event_type: &str) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.receives(event_type))
    }
}

impl Endpoint {
    /// Returns whether the endpoint receives events of this type. No endpoint can subscribe to an unlisted type, so all
    /// endpoints receive its events, which is assumed.
    fn receives(&self, event_type: &str) -> bool {
        self.active && (self.events.iter().any(|event| event == event_type) || is_unlisted(event_type))
    }
}

/// Returns whether the type belongs to a group without known types. An unknown type of a known group is a typo.
fn is_unlisted(event_type: &str) -> bool {
    let group = |event_type: &'static str| event_type.split('.').next();
    match event_type.split_once('.') {
        Some((unknown, name)) if !unknown.is_empty() && !name.is_empty() => {
            event_types().into_iter().all(|known| group(known) != Some(unknown))
        }
        _ => false,
    }
}

impl State {
    /// Emits an event now. Returns its id, or `None` if no endpoint receives it.
    pub(crate) fn emit(&mut self, event_type: &str, data: Value) -> Option<String> {
        self.emit_signed(event_type, data, None)
    }

    /// Like [`emit`](Self::emit), with a fixed time in the signatures, in seconds since the Unix epoch.
    pub(crate) fn emit_signed(&mut self, event_type: &str, data: Value, signed_at: Option<u64>) -> Option<String> {
        let now = self.clock.now();
        let id = self.enqueue(now, event_type, &data, signed_at);
        self.clock.notify();
        id
    }

    /// Schedules an event for a later time.
    pub(crate) fn emit_at(&mut self, at: Timestamp, event_type: &str, data: Value) {
        self.webhooks.planned.push(Planned { at, event_type: event_type.to_owned(), data });
        self.clock.notify();
    }

    /// Emits the scheduled events that are due. Called before the endpoints change, so that a new endpoint does not
    /// receive earlier events.
    pub(crate) fn emit_planned(&mut self) {
        let now = self.clock.now();
        let (mut due, later) =
            std::mem::take(&mut self.webhooks.planned).into_iter().partition::<Vec<_>, _>(|event| event.at <= now);
        self.webhooks.planned = later;
        due.sort_by_key(|event| event.at);
        for Planned { at, event_type, data } in due {
            self.enqueue(at, &event_type, &data, None);
        }
    }

    /// Removes the deliveries that are due from the queue and returns them.
    pub(crate) fn due_deliveries(&mut self) -> Vec<Attempt> {
        self.emit_planned();
        let now = self.clock.now();
        let webhooks = &mut self.webhooks;
        let (due, later) =
            std::mem::take(&mut webhooks.queue).into_iter().partition::<Vec<_>, _>(|attempt| attempt.due <= now);
        webhooks.queue = later;
        // A disabled endpoint does not receive its pending deliveries.
        due.into_iter().filter(|attempt| webhooks.endpoint_of(attempt).active).collect()
    }

    fn enqueue(
        &mut self,
        created: Timestamp,
        event_type: &str,
        data: &Value,
        signed_at: Option<u64>,
    ) -> Option<String> {
        if !self.webhooks.has_subscriber(event_type) {
            return None;
        }
        let id = format!("evt_{}", self.id_generator.next_id().simple());
        let body = json!({
            "id": id,
            "created": created.since_epoch().as_secs(),
            "api_version": API_VERSION,
            "type": event_type,
            "data": data,
        });
        let event = Event { id: id.clone(), event_type: event_type.to_owned(), body: body.to_string(), signed_at };
        let due = self.clock.now();
        for position in 0..self.webhooks.endpoints.len() {
            let endpoint = &self.webhooks.endpoints[position];
            if !endpoint.receives(event_type) {
                continue;
            }
            let attempt = Attempt { due, endpoint: position, event: event.clone(), number: 1 };
            if is_loopback(&endpoint.url) {
                self.webhooks.queue.push(attempt);
            } else {
                self.webhooks.log_delivery(&attempt, DeliveryOutcome::Skipped);
            }
        }
        Some(id)
    }
}

/// Returns whether a URL is plain HTTP on the loopback interface. The sandbox sends nothing to other URLs.
fn is_loopback(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    url.scheme() == "http" && (host == "localhost" || address.is_ok_and(|address| address.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::{Webhooks, event_types, is_loopback, is_unlisted};

    #[test]
    fn event_of_unlisted_group_can_be_sent() {
        for event_type in event_types() {
            assert!(Webhooks::may_send(event_type) && !is_unlisted(event_type), "{event_type}");
        }
        for event_type in ["workspace.renamed", "workspace.member.added", "email_filter.changed", "exports.failed"] {
            assert!(Webhooks::may_send(event_type), "{event_type}");
        }
        for event_type in
            ["", ".", "export", "export.", ".failed", "workspace", "export.fail", "mailbox.status_changed"]
        {
            assert!(!Webhooks::may_send(event_type), "{event_type}");
        }
    }

    #[test]
    fn only_plain_http_on_loopback_is_loopback() {
        for url in ["http://127.0.0.1:1/a", "http://127.8.0.1/", "http://localhost:3000/hook", "http://[::1]:80/"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in [
            "https://127.0.0.1/",
            "http://10.0.0.1/",
            "http://example.com/",
            "http://127.0.0.1.example.com/",
            "http://localhost.example.com/",
            "http://user@example.com:80/127.0.0.1",
            "ftp://127.0.0.1/",
            "127.0.0.1",
        ] {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
