//! Controls that add and clear faults.

use serde_json::json;

use super::call::Call;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::faults::{FaultRequest, UnknownOperation};

/// Maximum number of faults that one request can add.
const MAX_FAULTS: usize = 1000;

pub(super) fn add(call: &Call<'_>) -> HandlerResult {
    let request: FaultRequest = call.read()?;
    let fault = request.fault()?;
    if request.times > MAX_FAULTS {
        return Err(Refusal::invalid(format!("times must not exceed {MAX_FAULTS}")));
    }
    let unknown_operation = |error: UnknownOperation| Refusal::invalid(error.to_string());
    call.service.fail_next(&request.operation, fault, request.times).map_err(unknown_operation)?;
    Ok(Success::data("Faults added", json!({"waiting": call.service.faults().pending()})))
}

pub(super) fn clear(call: &Call<'_>) -> HandlerResult {
    call.service.faults().clear();
    Ok(Success::done("Faults cleared"))
}
