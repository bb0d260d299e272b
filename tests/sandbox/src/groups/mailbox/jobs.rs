//! Background jobs for mailboxes: retries of failed creations, and consent to OAuth apps.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Life, State};

/// Restarts the creation of all failed mailboxes of the domains.
pub(super) fn retry_failed_mailboxes(state: &mut State, request: &Request) -> HandlerResult {
    for key in state.domains_by_id(request.workspace, &request.property::<Vec<String>>("domainIds")?)? {
        let mailboxes = state.domain_mut(key).mailboxes.iter_mut();
        for mailbox in mailboxes.filter(|mailbox| mailbox.life == Life::Failed) {
            mailbox.life = Life::CreatedFrom(request.now);
        }
    }
    Ok(Success::done("Failed mailboxes will be retried shortly"))
}

#[derive(Deserialize)]
struct CustomOauth {
    google: Option<OauthApp>,
    microsoft: Option<OauthApp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OauthApp {
    /// Sorted, so that a request with two errors always gets the same message.
    mailboxes_per_domain: BTreeMap<String, Vec<OauthMailbox>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OauthMailbox {
    mailbox_id: String,
    oauth_link: String,
}

pub(super) fn start_custom_oauth(state: &mut State, request: &Request) -> HandlerResult {
    let apps: CustomOauth = request.body()?;
    if apps.google.is_none() && apps.microsoft.is_none() {
        return Err(Refusal::invalid("google or microsoft is required"));
    }
    let mut consenting = Vec::new();
    for (domain, mailboxes) in [apps.google, apps.microsoft].iter().flatten().flat_map(|app| &app.mailboxes_per_domain)
    {
        let key = state.domain_by_id(request.workspace, domain)?;
        for mailbox in mailboxes {
            if !mailbox.oauth_link.starts_with("https://") && !mailbox.oauth_link.starts_with("http://") {
                return Err(Refusal::invalid("oauthLink is not a valid URL"));
            }
            // Status 400 instead of 404, as in the service (mailbox.yaml).
            let found = state.locate_mailbox(request.workspace, &mailbox.mailbox_id).ok();
            let found = found.filter(|(owner, _)| *owner == key);
            let (_, id) = found.ok_or_else(|| Refusal::rule("Mailboxes not found"))?;
            consenting.push(id);
        }
    }
    let export_id = state.start_export(request.workspace, Vec::new(), consenting, request.now, None);
    Ok(Success::data("Custom OAuth has been started", json!({"exportId": export_id})))
}
