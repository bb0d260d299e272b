//! Domains that leave the account.

use serde::Deserialize;

use crate::envelope::{Answer, Refusal, Success};
use crate::request::Request;
use crate::state::State;

#[derive(Deserialize)]
struct Removal {
    ids: Vec<String>,
}

/// Unused ones only: that one with mailboxes is refused is inferred (domains.yaml), and then all stay.
pub(super) fn remove_domains(state: &mut State, request: &Request) -> Answer {
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
