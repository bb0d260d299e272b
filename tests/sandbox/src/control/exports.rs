//! The control that returns the exports so far.

use serde_json::json;

use super::call::Call;
use crate::envelope::{HandlerResult, Success};

pub(super) fn exports(call: &Call<'_>) -> HandlerResult {
    Ok(Success::data("Exports so far", json!(call.service.state().export_entries())))
}
