//! Controls that return the workspaces, and the requests, charges and exports so far.

use serde_json::json;

use super::call::Call;
use crate::envelope::{HandlerResult, Success};
use crate::log::LoggedRequest;

/// Returns all requests, or those for one operation, without credentials.
pub(super) fn requests(call: &Call<'_>) -> HandlerResult {
    let log = call.service.log();
    let requests = call.query.get("operation").map_or_else(|| log.all(), |operation| log.of(operation));
    let requests: Vec<_> = requests.into_iter().map(LoggedRequest::redacted).collect();
    Ok(Success::data("Requests so far", json!(requests)))
}

pub(super) fn request_counts(call: &Call<'_>) -> HandlerResult {
    Ok(Success::data("Requests so far, by operation", json!(call.service.log().counts())))
}

pub(super) fn ledger(call: &Call<'_>) -> HandlerResult {
    Ok(Success::data("Charges so far", json!(call.service.state().ledger.entries())))
}

pub(super) fn exports(call: &Call<'_>) -> HandlerResult {
    Ok(Success::data("Exports so far", json!(call.service.state().export_entries())))
}

pub(super) fn workspaces(call: &Call<'_>) -> HandlerResult {
    Ok(Success::data("Workspaces", json!(call.service.state().workspace_entries())))
}
