//! Removal of domains from the account.

use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::State;

/// Removes all of the domains or none. Inferred: domains with mailboxes are refused (domains.yaml).
pub(super) fn remove_domains(state: &mut State, request: &Request) -> HandlerResult {
    let keys = state.domains_by_id(request.workspace, &request.property::<Vec<String>>("ids")?)?;
    if keys.iter().any(|key| !state.domain(*key).mailboxes.is_empty()) {
        return Err(Refusal::rule("Domains with mailboxes cannot be removed"));
    }
    for key in keys {
        state.remove_domain(key);
    }
    Ok(Success::done("Domains removed successfully"))
}
