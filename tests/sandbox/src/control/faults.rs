//! Faults that requests are to meet.

use serde_json::json;

use super::call::Call;
use crate::envelope::{Answer, Refusal, Success};
use crate::faults::{FaultRequest, UnknownOperation};

/// Maximum number of faults that one request can add.
const MOST_FAULTS: usize = 1000;

pub(super) fn add(call: &Call<'_>) -> Answer {
    let request: FaultRequest = call.read()?;
    let fault = request.fault()?;
    if request.times > MOST_FAULTS {
        return Err(Refusal::invalid(format!("times must not be more than {MOST_FAULTS}")));
    }
    let unknown = |error: UnknownOperation| Refusal::invalid(error.to_string());
    call.service.fail_next(&request.operation, fault, request.times).map_err(unknown)?;
    Ok(Success::data("Faults added", json!({"waiting": call.service.faults().waiting()})))
}

pub(super) fn clear(call: &Call<'_>) -> Answer {
    call.service.faults().clear();
    Ok(Success::done("Faults cleared"))
}
