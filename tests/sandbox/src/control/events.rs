//! Controls for webhook events: sends an event, and returns the delivery attempts.

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Call;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::state::{Webhooks, event_types};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    #[serde(rename = "type")]
    event_type: String,
    #[serde(default = "no_data")]
    data: Value,
    /// The time in the signatures, in seconds since 1970. Defaults to the machine's time.
    signed_at: Option<u64>,
}

fn no_data() -> Value {
    json!({})
}

/// Returns the event's id, or null if no endpoint receives events of this type.
pub(super) fn deliver(call: &Call<'_>) -> HandlerResult {
    let Event { event_type, data, signed_at } = call.read()?;
    if !Webhooks::may_send(&event_type) {
        let known = event_types().join(", ");
        return Err(Refusal::invalid(format!(
            "type must be one of {known}, or belong to another group, such as workspace.renamed"
        )));
    }
    let id = call.service.state().emit_signed(&event_type, data, signed_at);
    let message = if id.is_some() { "Event queued" } else { "No active endpoint receives this type" };
    Ok(Success::data(message, json!({"event": id})))
}

pub(super) fn deliveries(call: &Call<'_>) -> HandlerResult {
    Ok(Success::data("Deliveries so far", json!(call.service.state().webhooks.log())))
}
