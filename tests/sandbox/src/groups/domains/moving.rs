//! Moves of domains to another workspace.

use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::State;

/// Moves domains with their mailboxes and slots, but without their tags, which is assumed.
pub(super) fn move_domains(state: &mut State, request: &Request) -> HandlerResult {
    let target = state.workspace_by_id(&request.property::<String>("workspaceId")?)?;
    if target == request.workspace {
        return Err(Refusal::rule("The domains are already in this workspace"));
    }
    let mut keys = state.domains_by_id(request.workspace, &request.property::<Vec<String>>("domainIds")?)?;
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        state.move_domain(key, target);
        state.domain_mut(key).updated_at = request.now;
        state.emit_domain_updated(key);
    }
    Ok(Success::done("Domains moved successfully"))
}
