//! Webhook events and the attempts to deliver them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Call;
use crate::envelope::{Answer, Refusal, Success};
use crate::state::{EVENT_TYPES, Webhooks};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    #[serde(rename = "type")]
    event_type: String,
    #[serde(default = "no_data")]
    data: Value,
    /// The time in the signatures, in seconds since 1970, instead of the machine's.
    signed_at: Option<u64>,
}

fn no_data() -> Value {
    json!({})
}

/// Returns the event's id, or null if no endpoint receives events of this type.
pub(super) fn deliver(call: &Call<'_>) -> Answer {
    let Event { event_type, data, signed_at } = call.read()?;
    if !Webhooks::may_send(&event_type) {
        let known = EVENT_TYPES.join(", ");
        return Err(Refusal::invalid(format!(
            "type must be one of {known}, or of another group, as workspace.renamed is"
        )));
    }
    let id = call.service.state().emit_signed(&event_type, data, signed_at);
    let message = if id.is_some() { "Event queued" } else { "No active endpoint receives this type" };
    Ok(Success::data(message, json!({"event": id})))
}

pub(super) fn deliveries(call: &Call<'_>) -> Answer {
    Ok(Success::data("Deliveries so far", json!(call.service.state().webhooks.log())))
}
