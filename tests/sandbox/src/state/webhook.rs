//! Webhook endpoints, the events for them, and the deliveries that are still to be made.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Delivery, DeliveryOutcome, State};
use crate::clock::Moment;

/// The events that an endpoint can ask for: those that are known (webhooks.yaml).
pub(crate) const EVENT_TYPES: [&str; 10] = [
    "domain.updated",
    "domain.connection_status_changed",
    "mailbox.updated",
    "subscription.status_changed",
    "subscription.billing_changed",
    "export.started",
    "export.completed",
    "export.failed",
    "export.reconnected",
    "placement_test.status_changed",
];

/// Version that the events name; which one the service writes is not documented.
const API_VERSION: &str = "v2";

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Pauses between the 8 deliveries. Only the first and the last are documented; those between are assumed.
const PAUSES: [Duration; 7] = [
    Duration::from_secs(MINUTE),
    Duration::from_secs(5 * MINUTE),
    Duration::from_secs(30 * MINUTE),
    Duration::from_secs(2 * HOUR),
    Duration::from_secs(6 * HOUR),
    Duration::from_secs(12 * HOUR),
    Duration::from_secs(24 * HOUR),
];

/// So many failures in a row switch an endpoint off.
const FAILURES: u32 = 20;

/// Attempts that are remembered; a long run forgets the oldest.
const LOG_CAPACITY: usize = 10_000;

/// An address that gets events.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) active: bool,
    pub(crate) events: Vec<String>,
    /// Key that its events are signed with.
    pub(crate) secret: String,
    /// Failures since the last success.
    pub(crate) failures: u32,
}

/// Something that happened, as it is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) event_type: String,
    /// The body: what is signed is what is sent, each time.
    pub(crate) body: String,
    /// The time that all its signatures contain, in seconds since 1970; `None` is the time of each attempt.
    #[serde(default)]
    pub(crate) signed_at: Option<u64>,
}

/// An event that is known to come.
#[derive(Debug, Serialize, Deserialize)]
struct Planned {
    moment: Moment,
    event_type: String,
    data: Value,
}

/// An event on its way to an endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Attempt {
    due: Moment,
    /// Position of the endpoint; none is ever deleted.
    endpoint: usize,
    pub(crate) event: Event,
    /// 1 for the first.
    number: u32,
}

/// Endpoints, events to come, deliveries to make and deliveries made.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Webhooks {
    pub(crate) endpoints: Vec<Endpoint>,
    planned: Vec<Planned>,
    queue: Vec<Attempt>,
    log: VecDeque<Delivery>,
}

impl Webhooks {
    /// What is wrong with deliveries that come from a file.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.queue.iter().any(|attempt| attempt.endpoint >= self.endpoints.len()) {
            return Err("a delivery is for a webhook endpoint that is not there");
        }
        if self.queue.iter().any(|attempt| attempt.number == 0) {
            return Err("a delivery has no number");
        }
        Ok(())
    }

    /// Whether there may be events of this type: those that are known, and those of the groups from which no name is known
    /// (`workspace.*` and others).
    pub(crate) fn may_send(event_type: &str) -> bool {
        EVENT_TYPES.contains(&event_type) || is_unlisted(event_type)
    }

    pub(crate) fn log(&self) -> Vec<Delivery> {
        self.log.iter().cloned().collect()
    }

    pub(crate) fn endpoint_of(&self, attempt: &Attempt) -> &Endpoint {
        &self.endpoints[attempt.endpoint]
    }

    /// When there is something to be done next; never, as long as nobody wants to hear.
    pub(crate) fn next_due(&self) -> Option<Moment> {
        let planned = self.planned.iter().filter(|planned| self.is_wanted(&planned.event_type));
        planned.map(|planned| planned.moment).chain(self.queue.iter().map(|attempt| attempt.due)).min()
    }

    /// Writes down what came of an attempt, and what follows from it.
    pub(crate) fn settle(&mut self, attempt: Attempt, outcome: DeliveryOutcome, now: Moment) {
        self.note(&attempt, outcome);
        let endpoint = &mut self.endpoints[attempt.endpoint];
        if outcome.is_success() {
            endpoint.failures = 0;
            return;
        }
        endpoint.failures = endpoint.failures.saturating_add(1);
        endpoint.active &= endpoint.failures < FAILURES;
        if let Some(pause) = PAUSES.get(attempt.number as usize - 1) {
            self.queue.push(Attempt { due: now.after(*pause), number: attempt.number + 1, ..attempt });
        }
    }

    fn note(&mut self, attempt: &Attempt, outcome: DeliveryOutcome) {
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

    /// Takes back what was planned.
    pub(crate) fn forget_planned(&mut self, is_meant: impl Fn(&str, &Value) -> bool) {
        self.planned.retain(|event| !is_meant(&event.event_type, &event.data));
    }

    fn is_wanted(&self, event_type: &str) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.wants(event_type))
    }
}

impl Endpoint {
    /// Nobody can ask for an event without a known name, so every endpoint gets it. That is assumed.
    fn wants(&self, event_type: &str) -> bool {
        self.active && (is_unlisted(event_type) || self.events.iter().any(|event| event == event_type))
    }
}

/// Whether it is of a group from which no event is known by its name. Another event of a known group is a typing error.
fn is_unlisted(event_type: &str) -> bool {
    let group = |event_type: &'static str| event_type.split('.').next();
    match event_type.split_once('.') {
        Some((unknown, name)) if !unknown.is_empty() && !name.is_empty() => {
            EVENT_TYPES.into_iter().all(|known| group(known) != Some(unknown))
        }
        _ => false,
    }
}

impl State {
    /// Tells the webhooks that something has happened; the event's id, if anybody wants to hear of it.
    pub(crate) fn emit(&mut self, event_type: &str, data: Value) -> Option<String> {
        self.emit_signed(event_type, data, None)
    }

    /// The same, signed as at this time, in seconds since 1970.
    pub(crate) fn emit_signed(&mut self, event_type: &str, data: Value, signed_at: Option<u64>) -> Option<String> {
        let now = self.clock.now();
        let id = self.enqueue(now, event_type, &data, signed_at);
        self.clock.ring();
        id
    }

    /// Tells them of something that is to happen, once it has.
    pub(crate) fn emit_at(&mut self, moment: Moment, event_type: &str, data: Value) {
        self.webhooks.planned.push(Planned { moment, event_type: event_type.to_owned(), data });
        self.clock.ring();
    }

    /// What has come about by now becomes events. Called before the endpoints change: a new one hears of nothing old.
    pub(crate) fn emit_planned(&mut self) {
        let now = self.clock.now();
        let (mut due, later) =
            std::mem::take(&mut self.webhooks.planned).into_iter().partition::<Vec<_>, _>(|event| event.moment <= now);
        self.webhooks.planned = later;
        due.sort_by_key(|event| event.moment);
        for Planned { moment, event_type, data } in due {
            self.enqueue(moment, &event_type, &data, None);
        }
    }

    /// The deliveries that are to be made now.
    pub(crate) fn due_deliveries(&mut self) -> Vec<Attempt> {
        self.emit_planned();
        let now = self.clock.now();
        let webhooks = &mut self.webhooks;
        let (due, later) =
            std::mem::take(&mut webhooks.queue).into_iter().partition::<Vec<_>, _>(|attempt| attempt.due <= now);
        webhooks.queue = later;
        // What an endpoint has not got before it was switched off it does not get.
        due.into_iter().filter(|attempt| webhooks.endpoint_of(attempt).active).collect()
    }

    fn enqueue(&mut self, created: Moment, event_type: &str, data: &Value, signed_at: Option<u64>) -> Option<String> {
        if !self.webhooks.is_wanted(event_type) {
            return None;
        }
        let id = format!("evt_{}", self.inventor.next_id().simple());
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
            if !endpoint.wants(event_type) {
                continue;
            }
            let attempt = Attempt { due, endpoint: position, event: event.clone(), number: 1 };
            if is_on_this_machine(&endpoint.url) {
                self.webhooks.queue.push(attempt);
            } else {
                self.webhooks.note(&attempt, DeliveryOutcome::Skipped);
            }
        }
        Some(id)
    }
}

/// Whether an address is plain HTTP on the loopback interface: the sandbox sends nothing anywhere else.
fn is_on_this_machine(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    url.scheme() == "http" && (host == "localhost" || address.is_ok_and(|address| address.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::{EVENT_TYPES, Webhooks, is_on_this_machine, is_unlisted};

    #[test]
    fn event_of_an_unknown_group_may_be_sent() {
        for event_type in EVENT_TYPES {
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
    fn only_loopback_is_on_this_machine() {
        for url in ["http://127.0.0.1:1/a", "http://127.8.0.1/", "http://localhost:3000/hook", "http://[::1]:80/"] {
            assert!(is_on_this_machine(url), "{url}");
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
            assert!(!is_on_this_machine(url), "{url}");
        }
    }
}
