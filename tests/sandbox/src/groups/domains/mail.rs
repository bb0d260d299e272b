//! Mail settings of domains: DMARC reports, email forwarding and catch-all.

use super::select::change;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Setting, State};

/// Returns the address from a request, as a setting that takes effect after a while.
fn receiver(request: &Request) -> Result<Setting, Refusal> {
    let email: String = request.property("email")?;
    let parts = email.split_once('@');
    if parts.is_none_or(|(name, domain)| name.is_empty() || domain.is_empty()) {
        return Err(Refusal::invalid("email must be an email address"));
    }
    Ok(Setting { value: email, chosen_at: request.now })
}

pub(super) fn add_dmarc_record(state: &mut State, request: &Request) -> HandlerResult {
    let receiver = receiver(request)?;
    change(state, request, |domain| domain.dmarc = Some(receiver.clone()))?;
    Ok(Success::done("DMARC record will be added shortly"))
}

pub(super) fn enable_email_forwarding(state: &mut State, request: &Request) -> HandlerResult {
    let receiver = receiver(request)?;
    change(state, request, |domain| domain.email_forwarding = Some(receiver.clone()))?;
    Ok(Success::done("Email forwarding will be enabled shortly"))
}

pub(super) fn disable_email_forwarding(state: &mut State, request: &Request) -> HandlerResult {
    change(state, request, |domain| domain.email_forwarding = None)?;
    Ok(Success::done("Email forwarding removed"))
}

pub(super) fn enable_catch_all(state: &mut State, request: &Request) -> HandlerResult {
    let receiver = receiver(request)?;
    change(state, request, |domain| domain.catch_all = Some(receiver.clone()))?;
    Ok(Success::done("Catch all will be enabled shortly"))
}

pub(super) fn disable_catch_all(state: &mut State, request: &Request) -> HandlerResult {
    change(state, request, |domain| domain.catch_all = None)?;
    Ok(Success::done("Catch all removed"))
}
