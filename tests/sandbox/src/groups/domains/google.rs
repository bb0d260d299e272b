//! Trusted Google apps of domains.

use serde::Deserialize;

use super::select::Selector;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Provider, State};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GoogleApp {
    client_id: String,
    app: String,
}

/// Adds a client id to domains. No response shows the client ids.
pub(super) fn add_google_client_id(state: &mut State, request: &Request) -> HandlerResult {
    let GoogleApp { client_id, app } = request.body()?;
    if client_id.trim().is_empty() {
        return Err(Refusal::invalid("clientId must not be empty"));
    }
    let keys = Selector::of(request)?.select(state, request)?;
    if keys.iter().any(|key| state.domain(*key).provider == Some(Provider::Microsoft)) {
        return Err(Refusal::rule("Client ID can be added to Google domains only"));
    }
    for key in keys {
        state.domain_mut(key).client_ids.push((client_id.clone(), app.clone()));
    }
    Ok(Success::done("Client ID will be added soon"))
}
