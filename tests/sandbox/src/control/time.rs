//! Controls for the sandbox's time.

use serde::Deserialize;
use serde_json::json;

use super::call::Call;
use crate::clock::{Clock, Timestamp};
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::faults::seconds;

pub(super) fn now(call: &Call<'_>) -> HandlerResult {
    Ok(Success::data("Time of the sandbox", time_json(&call.service.state().clock)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

pub(super) fn advance(call: &Call<'_>) -> HandlerResult {
    let duration = seconds(call.read::<Advance>()?.seconds)?;
    let mut state = call.service.state();
    if duration > Timestamp::LAST.since(state.clock.now()) {
        return Err(Refusal::invalid("seconds must not advance the time beyond the year 9999"));
    }
    state.clock.advance(duration);
    Ok(Success::data("Time advanced", time_json(&state.clock)))
}

fn time_json(clock: &Clock) -> serde_json::Value {
    json!({"now": clock.now().to_json()})
}
