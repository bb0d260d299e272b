//! The workspaces of the account.

use serde_json::json;

use super::call::Call;
use crate::envelope::{Answer, Success};
use crate::sandbox::WorkspaceEntry;

pub(super) fn workspaces(call: &Call<'_>) -> Answer {
    let workspaces: Vec<_> = call.service.state().workspaces().iter().map(WorkspaceEntry::from).collect();
    Ok(Success::data("Workspaces", json!(workspaces)))
}
