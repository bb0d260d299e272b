//! Web forwarding of domains.

use super::select::change;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Setting, State};

/// Sets the target, a domain or a URL, without resolving it. An empty string removes the forwarding.
pub(super) fn add_domain_forwarding(state: &mut State, request: &Request) -> HandlerResult {
    let forward_to: String = request.property("forwardTo")?;
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

/// Removes the forwarding of one domain, unlike `add_domain_forwarding`, which takes several.
pub(super) fn remove_domain_forwarding(state: &mut State, request: &Request) -> HandlerResult {
    let key = state.domain_by_id(request.workspace, &request.property::<String>("domainId")?)?;
    state.change_domain(key, request.now, |domain| domain.forwarding = None);
    Ok(Success::done("Domain forwarding removed"))
}
