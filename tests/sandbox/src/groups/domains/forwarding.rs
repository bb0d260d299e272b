//! Web forwarding of domains.

use serde::Deserialize;

use super::select::change;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Setting, State};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Destination {
    forward_to: String,
}

/// Sets the target, a domain or a URL, without resolving it. An empty string removes the forwarding.
pub(super) fn add_domain_forwarding(state: &mut State, request: &Request) -> HandlerResult {
    let Destination { forward_to } = request.body()?;
    if forward_to.is_empty() {
        change(state, request, |domain| domain.forwarding = None)?;
        return Ok(Success::done("Domain forwarding removed"));
    }
    if !forward_to.contains('.') || forward_to.contains(char::is_whitespace) {
        return Err(Refusal::invalid("forwardTo must be a domain or a URL"));
    }
    let setting = Setting { value: forward_to, chosen_at: request.now };
    change(state, request, |domain| domain.forwarding = Some(setting.clone()))?;
    Ok(Success::done("Domain forwarding added"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ForwardingRemoval {
    domain_id: String,
}

/// Removes the forwarding of one domain, unlike `add_domain_forwarding`, which takes several.
pub(super) fn remove_domain_forwarding(state: &mut State, request: &Request) -> HandlerResult {
    let ForwardingRemoval { domain_id } = request.body()?;
    let key = state.domain_by_id(request.workspace, &domain_id)?;
    let domain = state.domain_mut(key);
    domain.forwarding = None;
    domain.updated_at = request.now;
    state.emit_domain_updated(key);
    Ok(Success::done("Domain forwarding removed"))
}
