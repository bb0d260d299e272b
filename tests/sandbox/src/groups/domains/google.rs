//! Trusted Google apps of domains.

use super::select::Selector;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Provider, State};

/// Checks that the domains accept a client id. No response shows the client ids, so they are not stored.
pub(super) fn add_google_client_id(state: &mut State, request: &Request) -> HandlerResult {
    let keys = Selector::of(request)?.select(state, request)?;
    if keys.iter().any(|key| state.domain(*key).provider == Some(Provider::Microsoft)) {
        return Err(Refusal::rule("Client ID can be added to Google domains only"));
    }
    Ok(Success::done("Client ID will be added soon"))
}
