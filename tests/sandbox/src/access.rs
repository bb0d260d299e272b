//! Authentication, and the workspace of a request.

use axum::http::{HeaderMap, StatusCode};
use uuid::Uuid;

use crate::envelope::Refusal;
use crate::state::{State, WorkspaceKey};

/// The only API key that the sandbox accepts. It is invented and valid for sandboxes only.
pub(crate) const API_KEY: &str = "5a9d0b0c-5a9d-4b0c-8e57-5a9db0c0ffee";

/// The header that contains the API key.
const KEY_HEADER: &str = "x-auth-zapmail";

const WORKSPACE_KEY_HEADER: &str = "x-workspace-key";

/// The headers that can contain the workspace id: some pages of the documentation name the first, others the second.
pub(crate) const WORKSPACE_HEADERS: [&str; 2] = [WORKSPACE_KEY_HEADER, "x-workspace-id"];

/// Refuses a request without the API key.
pub(crate) fn check_key(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get(KEY_HEADER) {
        Some(key) if key == API_KEY => Ok(()),
        _ => Err(Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized")),
    }
}

/// Whether a request has the header `x-workspace-key`, which one operation requires.
pub(crate) fn has_workspace_key(headers: &HeaderMap) -> bool {
    headers.contains_key(WORKSPACE_KEY_HEADER)
}

/// Returns the workspace that a request runs in: the one that a header names, otherwise the primary one.
pub(crate) fn workspace(headers: &HeaderMap, state: &State) -> Result<WorkspaceKey, Refusal> {
    let Some(id) = WORKSPACE_HEADERS.iter().find_map(|name| headers.get(*name)) else {
        return Ok(WorkspaceKey::PRIMARY);
    };
    let id = id.to_str().ok().and_then(|id| Uuid::try_parse(id).ok());
    id.and_then(|id| state.find_workspace(id)).ok_or_else(|| Refusal::not_found("Workspace"))
}
