//! Who may call, and for which workspace.

use axum::http::{HeaderMap, StatusCode};
use uuid::Uuid;

use crate::envelope::Refusal;
use crate::state::{State, WorkspaceKey};

/// The one key that opens the sandbox. It is invented and opens nothing else.
pub(crate) const API_KEY: &str = "5a9d0b0c-5a9d-4b0c-8e57-5a9db0c0ffee";

/// The header with the key.
const KEY_HEADER: &str = "x-auth-zapmail";

const WORKSPACE_KEY_HEADER: &str = "x-workspace-key";

/// The headers with the workspace: some pages of the documentation name one, some the other.
pub(crate) const WORKSPACE_HEADERS: [&str; 2] = [WORKSPACE_KEY_HEADER, "x-workspace-id"];

/// Lets a request through that has the key.
pub(crate) fn check_key(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get(KEY_HEADER) {
        Some(key) if key == API_KEY => Ok(()),
        _ => Err(Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized")),
    }
}

/// Whether a request has the one header that an operation cannot do without.
pub(crate) fn has_workspace_key(headers: &HeaderMap) -> bool {
    headers.contains_key(WORKSPACE_KEY_HEADER)
}

/// The workspace that a request runs in: the primary one unless a header names another.
pub(crate) fn workspace(headers: &HeaderMap, state: &State) -> Result<WorkspaceKey, Refusal> {
    let Some(id) = WORKSPACE_HEADERS.iter().find_map(|name| headers.get(*name)) else {
        return Ok(WorkspaceKey::PRIMARY);
    };
    let id = id.to_str().ok().and_then(|id| Uuid::try_parse(id).ok());
    id.and_then(|id| state.find_workspace(id)).ok_or_else(|| Refusal::not_found("Workspace"))
}
