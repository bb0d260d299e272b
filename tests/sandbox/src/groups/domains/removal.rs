//! Removal of domains from the account.

use serde::Deserialize;

use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::State;

#[derive(Deserialize)]
struct Removal {
    ids: Vec<String>,
}

/// Removes all of the domains or none. Inferred: domains with mailboxes are refused (domains.yaml).
pub(super) fn remove_domains(state: &mut State, request: &Request) -> HandlerResult {
    let Removal { ids } = request.body()?;
    let keys = ids.iter().map(|id| state.domain_by_id(request.workspace, id)).collect::<Result<Vec<_>, _>>()?;
    if keys.iter().any(|key| !state.domain(*key).mailboxes.is_empty()) {
        return Err(Refusal::rule("Domains with mailboxes cannot be removed"));
    }
    for key in keys {
        state.remove_domain(key);
    }
    Ok(Success::done("Domains removed successfully"))
}
