//! The requests and the charges so far.

use serde_json::{Value, json};

use super::call::Call;
use crate::clock::Moment;
use crate::envelope::{Answer, Success};
use crate::log::LoggedRequest;
use crate::state::LedgerEntry;

/// All requests, or those for one operation. Their bodies are shown without credentials.
pub(super) fn requests(call: &Call<'_>) -> Answer {
    let log = call.service.log();
    let requests = call.query.get("operation").map_or_else(|| log.all(), |operation| log.of(operation));
    let row = |request: LoggedRequest| {
        json!({
            "operation": request.operation,
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "workspace": request.workspace,
            "body": request.shown_body(),
            "status": request.status,
        })
    };
    Ok(Success::data("Requests so far", requests.into_iter().map(row).collect()))
}

pub(super) fn request_counts(call: &Call<'_>) -> Answer {
    let counts: Value = call.service.log().counts().into_iter().collect();
    Ok(Success::data("Requests so far, by operation", counts))
}

pub(super) fn ledger(call: &Call<'_>) -> Answer {
    let row = |entry: LedgerEntry| {
        json!({
            "operation": entry.operation,
            "cents": entry.cents,
            "balanceAfter": entry.balance_after,
            "time": Moment::from_system_time(entry.time).to_json(),
        })
    };
    Ok(Success::data("Charges so far", call.service.state().ledger.entries().into_iter().map(row).collect()))
}
