//! Webhook endpoints. They belong to the account, regardless of the workspace.

use serde_json::{Value, json};

use super::Table;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Endpoint, State, event_types};

pub(super) const HANDLERS: Table = &[
    ("list_webhook_event_types", list_webhook_event_types),
    ("list_webhook_endpoints", list_webhook_endpoints),
    ("create_webhook_endpoint", create_webhook_endpoint),
    ("update_webhook_endpoint", update_webhook_endpoint),
];

const ACTIVE: &str = "active";

/// The status of a disabled endpoint. Assumed, because the documentation does not name it.
const DISABLED: &str = "disabled";

/// Lists the event types as strings. Assumption: they are not objects, as in the document's example.
fn list_webhook_event_types(_: &mut State, _: &Request) -> HandlerResult {
    Ok(Success::data("Events fetched successfully", json!(event_types())))
}

fn list_webhook_endpoints(state: &mut State, _: &Request) -> HandlerResult {
    let rows = state.webhooks.endpoints.iter().map(row).collect();
    Ok(Success::data("Endpoints fetched successfully", rows))
}

fn row(endpoint: &Endpoint) -> Value {
    json!({
        "id": endpoint.id,
        "url": endpoint.url,
        "status": if endpoint.active { ACTIVE } else { DISABLED },
        "enabled_events": endpoint.events,
    })
}

/// Creates an endpoint. Only this response contains the secret.
fn create_webhook_endpoint(state: &mut State, request: &Request) -> HandlerResult {
    let (url, events) = subscription(request)?;
    state.emit_planned();
    let endpoint = Endpoint {
        id: format!("we_{}", state.webhooks.endpoints.len() + 1),
        url,
        active: true,
        events,
        // The service's secrets have a fixed prefix, which the documentation does not show.
        secret: format!("not-a-real-secret-{}", state.id_generator.next_id().simple()),
        failures: 0,
    };
    let mut data = row(&endpoint);
    data["secret"] = endpoint.secret.as_str().into();
    state.webhooks.endpoints.push(endpoint);
    state.clock.notify();
    Ok(Success::data("Webhook endpoint created successfully", data))
}

/// Updates an endpoint. Enabling it again resets its failure count.
fn update_webhook_endpoint(state: &mut State, request: &Request) -> HandlerResult {
    let (url, events) = subscription(request)?;
    let active = match &*request.property::<String>("status")? {
        ACTIVE => true,
        DISABLED => false,
        _ => return Err(Refusal::invalid(format!("status must be {ACTIVE} or {DISABLED}"))),
    };
    state.emit_planned();
    let found = state.webhooks.endpoints.iter_mut().find(|endpoint| endpoint.id == request.path_id);
    let endpoint = found.ok_or_else(|| Refusal::not_found("Webhook endpoint"))?;
    if active && !endpoint.active {
        endpoint.failures = 0;
    }
    (endpoint.url, endpoint.events, endpoint.active) = (url, events, active);
    let data = row(endpoint);
    state.clock.notify();
    Ok(Success::data("Webhook endpoint updated successfully", data))
}

/// Returns the URL and the events of a request.
fn subscription(request: &Request) -> Result<(String, Vec<String>), Refusal> {
    let (url, events): (String, Vec<String>) = (request.property("url")?, request.property("enabled_events")?);
    // The service requires a public HTTPS URL. The sandbox delivers only to HTTP on this machine, so it accepts both.
    if !reqwest::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        return Err(Refusal::invalid("url is not a valid http or https URL"));
    }
    let known = event_types();
    if events.iter().any(|event| !known.contains(&&**event)) {
        let known = known.join(", ");
        return Err(Refusal::invalid(format!("enabled_events contains an unknown event. Allowed events: {known}")));
    }
    Ok((url, events))
}
