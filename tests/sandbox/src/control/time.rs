//! The sandbox's time.

use serde::Deserialize;
use serde_json::json;

use super::call::Call;
use crate::clock::{Clock, Moment};
use crate::envelope::{Answer, Refusal, Success};
use crate::faults::seconds;

pub(super) fn now(call: &Call<'_>) -> Answer {
    Ok(Success::data("Time of the sandbox", shown(&call.service.state().clock)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

pub(super) fn advance(call: &Call<'_>) -> Answer {
    let time = seconds(call.read::<Advance>()?.seconds)?;
    let mut state = call.service.state();
    if time > Moment::LAST.since(state.clock.now()) {
        return Err(Refusal::invalid("seconds must not lead beyond the year 9999"));
    }
    state.clock.advance(time);
    Ok(Success::data("Time advanced", shown(&state.clock)))
}

fn shown(clock: &Clock) -> serde_json::Value {
    json!({"now": clock.now().to_json()})
}
