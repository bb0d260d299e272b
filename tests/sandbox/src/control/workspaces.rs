//! The control that returns the workspaces of the account.

use serde_json::json;

use super::call::Call;
use crate::envelope::{HandlerResult, Success};
use crate::sandbox::WorkspaceEntry;

pub(super) fn workspaces(call: &Call<'_>) -> HandlerResult {
    let workspaces: Vec<_> = call.service.state().workspaces().iter().map(WorkspaceEntry::from).collect();
    Ok(Success::data("Workspaces", json!(workspaces)))
}
