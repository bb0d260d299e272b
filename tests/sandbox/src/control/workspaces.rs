//! The workspaces of the account.

use serde_json::json;

use super::call::Call;
use crate::envelope::{Answer, Success};
use crate::state::Workspace;

pub(super) fn workspaces(call: &Call<'_>) -> Answer {
    let row = |workspace: &Workspace| json!({"id": workspace.id, "name": workspace.name});
    Ok(Success::data("Workspaces", call.service.state().workspaces().iter().map(row).collect()))
}
