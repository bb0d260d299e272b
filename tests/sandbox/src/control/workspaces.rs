//! The control that returns the workspaces of the account.

use serde_json::json;

use super::call::Call;
use crate::envelope::{HandlerResult, Success};

pub(super) fn workspaces(call: &Call<'_>) -> HandlerResult {
    Ok(Success::data("Workspaces", json!(call.service.state().workspace_entries())))
}
