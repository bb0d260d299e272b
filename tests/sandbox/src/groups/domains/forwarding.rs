//! Where the visitors of domains are sent.

use serde::Deserialize;

use super::select::change;
use crate::envelope::{Answer, Refusal, Success};
use crate::request::Request;
use crate::state::{Setting, State};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Destination {
    forward_to: String,
}

/// Sets a bare domain or a link, which is not looked up. An empty text clears the forwarding.
pub(super) fn add_domain_forwarding(state: &mut State, request: &Request) -> Answer {
    let Destination { forward_to } = request.body()?;
    if forward_to.is_empty() {
        change(state, request, |domain| domain.forwarding = None)?;
        return Ok(Success::done("Domain forwarding removed"));
    }
    if !forward_to.contains('.') || forward_to.contains(char::is_whitespace) {
        return Err(Refusal::invalid("forwardTo must be a domain or a link"));
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

/// From a single domain, unlike its counterpart.
pub(super) fn remove_domain_forwarding(state: &mut State, request: &Request) -> Answer {
    let ForwardingRemoval { domain_id } = request.body()?;
    let key = state.domain_by_id(request.workspace, &domain_id)?;
    let domain = state.domain_mut(key);
    domain.forwarding = None;
    domain.updated_at = request.now;
    state.tell_of_domain(key);
    Ok(Success::done("Domain forwarding removed"))
}
