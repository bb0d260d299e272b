//! Moves of domains to another workspace.

use serde::Deserialize;

use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::State;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Move {
    domain_ids: Vec<String>,
    workspace_id: String,
}

/// Moves domains with their mailboxes and slots, but without their tags, which is assumed.
pub(super) fn move_domains(state: &mut State, request: &Request) -> HandlerResult {
    let Move { domain_ids, workspace_id } = request.body()?;
    let target = state.workspace_by_id(&workspace_id)?;
    if target == request.workspace {
        return Err(Refusal::rule("The domains are already in this workspace"));
    }
    let ids = domain_ids.iter().map(|id| state.domain_by_id(request.workspace, id));
    let mut keys = ids.collect::<Result<Vec<_>, _>>()?;
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        state.move_domain(key, target);
        state.domain_mut(key).updated_at = request.now;
        state.emit_domain_updated(key);
    }
    Ok(Success::done("Domains moved successfully"))
}
