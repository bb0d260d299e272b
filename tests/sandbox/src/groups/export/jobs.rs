//! Exports, and how they stand.

use std::collections::HashSet;
use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::accounts;
use super::apps::{APPS, MANUAL};
use crate::clock::Moment;
use crate::envelope::{Answer, Refusal, Success};
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{Domain, Mailbox, State, WorkspaceKey, export_json};

/// How often a mailbox may be exported to an app in any seven days, the first time included. Another source says ten
/// (export.yaml).
const CAP: usize = 3;

const CAP_PERIOD: Duration = Duration::from_secs(7 * 24 * 60 * 60);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Export {
    apps: Vec<String>,
    #[serde(default)]
    ids: Vec<String>,
    #[serde(default)]
    exclude_ids: HashSet<String>,
    #[serde(default)]
    tag_ids: Vec<String>,
    #[serde(default)]
    contains: String,
    #[serde(default)]
    status: String,
    third_party_account_id: Option<String>,
}

pub(super) fn export_mailboxes(state: &mut State, request: &Request) -> Answer {
    let export: Export = request.body()?;
    if export.apps.is_empty() {
        return Err(Refusal::invalid("apps must name an app"));
    }
    let account = export.third_party_account_id.as_deref();
    let failure = failure(state, request.workspace, &export.apps, account)?;
    let mailboxes = export.mailboxes(state, request)?;
    if mailboxes.is_empty() {
        return Err(Refusal::rule("There is no active mailbox to export"));
    }
    check_cap(state, &export.apps, &mailboxes, request.now)?;
    let id = state.start_export(request.workspace, export.apps, mailboxes, request.now, failure);
    let message = "Mailboxes export is started. It may take sometime to export";
    // The documentation shows null; the id comes by the vendor's word.
    Ok(match state.shapes {
        Shapes::Documented => Success::done(message),
        Shapes::Live => Success::data(message, json!({"exportId": id})),
    })
}

impl Export {
    /// The mailboxes that all filters leave; whatever they say, only active ones are exported.
    fn mailboxes(&self, state: &State, request: &Request) -> Result<Vec<Uuid>, Refusal> {
        let ids = self.ids.iter().map(|id| Ok(state.locate_mailbox(request.workspace, id)?.1));
        let ids = ids.collect::<Result<HashSet<_>, Refusal>>()?;
        let chosen = |domain: &Domain, mailbox: &Mailbox| {
            (ids.is_empty() || ids.contains(&mailbox.id))
                && !self.exclude_ids.contains(&mailbox.id.to_string())
                && (self.tag_ids.is_empty()
                    || domain.tags.iter().any(|tag| self.tag_ids.iter().any(|id| *id == tag.to_string())))
                && mailbox.address_contains(domain, &self.contains)
                && (self.status.is_empty() || self.status.eq_ignore_ascii_case("ACTIVE"))
                && mailbox.is_active(request.now)
        };
        let domains = state.domains_of(request.workspace);
        let found = domains.flat_map(|domain| {
            let chosen = &chosen;
            let mailboxes = domain.mailboxes.iter().filter(move |mailbox| chosen(domain, mailbox));
            mailboxes.map(|mailbox| mailbox.id)
        });
        Ok(found.collect())
    }
}

/// Whether an export to these apps can start, and then why it will fail, if it will: an account may have expired, which
/// shows only when the job is done.
pub(in crate::groups) fn failure(
    state: &State,
    workspace: WorkspaceKey,
    apps: &[String],
    account: Option<&str>,
) -> Result<Option<String>, Refusal> {
    let mut failure = None;
    for app in apps.iter().filter(|app| *app != MANUAL) {
        if !APPS.contains(&&**app) {
            return Err(Refusal::invalid("apps holds an unknown app"));
        }
        let id = accounts::choose(state, workspace, app, account)?;
        let account = state.exports.accounts.iter().find(|account| account.id == id);
        failure = failure.or_else(|| account.and_then(|account| account.error.clone()));
    }
    Ok(failure.map(|_| "Invalid account credentials".to_owned()))
}

/// Only what has arrived counts.
fn check_cap(state: &State, apps: &[String], mailboxes: &[Uuid], now: Moment) -> Result<(), Refusal> {
    let since = now.before(CAP_PERIOD);
    let spent = |app: &str, mailbox: &Uuid| state.exports.arrivals(*mailbox, app, since, now) >= CAP;
    // A file is no app that a mailbox could be exported to again.
    let mut apps = apps.iter().filter(|app| *app != MANUAL);
    if apps.any(|app| mailboxes.iter().any(|mailbox| spent(app, mailbox))) {
        let message = format!("A mailbox can be exported to an app {CAP} times in 7 days");
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, message));
    }
    Ok(())
}

/// Also for consent jobs. Without the header of the workspace the service refuses, although the page does not list it.
pub(super) fn get_export_status(state: &mut State, request: &Request) -> Answer {
    if !request.has_workspace_key {
        return Err(Refusal::rule("Workspace key is required"));
    }
    let id = request.query.get("exportId").ok_or_else(|| Refusal::rule("exportId is required"))?;
    let id = id.parse().map_err(|_| Refusal::invalid("exportId must be an integer"))?;
    let job = state.exports.job(request.workspace, id).ok_or_else(|| Refusal::not_found("Export"))?;
    Ok(Success::data("Export status fetched successfully", export_json(job, request.now)))
}
