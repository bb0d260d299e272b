//! Export jobs and their status.

use std::collections::HashSet;
use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{MANUAL, accounts};
use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{Domain, Mailbox, State, WorkspaceKey, export_json};

/// The maximum number of exports per mailbox and app within 7 days, including the first. Another source says 10
/// (export.yaml).
const MAX_EXPORTS: usize = 3;

const LIMIT_PERIOD: Duration = Duration::from_secs(7 * 24 * 60 * 60);

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

pub(super) fn export_mailboxes(state: &mut State, request: &Request) -> HandlerResult {
    let export: Export = request.body()?;
    let account = export.third_party_account_id.as_deref();
    let failure = failure(state, request.workspace, &export.apps, account)?;
    let mailboxes = export.mailboxes(state, request)?;
    if mailboxes.is_empty() {
        return Err(Refusal::rule("There is no active mailbox to export"));
    }
    check_limit(state, &export.apps, &mailboxes, request.now)?;
    let id = state.start_export(request.workspace, export.apps, mailboxes, request.now, failure);
    let message = "Mailboxes export is started. It may take sometime to export";
    // The documentation shows null; according to the vendor, the response contains the id.
    Ok(match state.shapes {
        Shapes::Documented => Success::done(message),
        Shapes::Live => Success::data(message, json!({"exportId": id})),
    })
}

impl Export {
    /// Returns the mailboxes that match all filters. Only active mailboxes are exported, whatever the filters select.
    fn mailboxes(&self, state: &State, request: &Request) -> Result<Vec<Uuid>, Refusal> {
        let ids = self.ids.iter().map(|id| Ok(state.locate_mailbox(request.workspace, id)?.1));
        let ids = ids.collect::<Result<HashSet<_>, Refusal>>()?;
        let is_selected = |domain: &Domain, mailbox: &Mailbox| {
            (ids.is_empty() || ids.contains(&mailbox.id))
                && !self.exclude_ids.contains(&mailbox.id.to_string())
                && (self.tag_ids.is_empty() || domain.has_tag(&self.tag_ids))
                && mailbox.address_contains(domain, &self.contains)
                && (self.status.is_empty() || self.status.eq_ignore_ascii_case("ACTIVE"))
                && mailbox.is_active(request.now)
        };
        let domains = state.domains_of(request.workspace);
        let found = domains.flat_map(|domain| {
            let is_selected = &is_selected;
            let mailboxes = domain.mailboxes.iter().filter(move |mailbox| is_selected(domain, mailbox));
            mailboxes.map(|mailbox| mailbox.id)
        });
        Ok(found.collect())
    }
}

/// Checks whether an export to these apps can start, and returns the reason for its later failure, if any. An expired
/// account is reported only at the end of the job.
pub(in crate::groups) fn failure(
    state: &State,
    workspace: WorkspaceKey,
    apps: &[String],
    account: Option<&str>,
) -> Result<Option<String>, Refusal> {
    let mut failure = None;
    for app in apps.iter().filter(|app| *app != MANUAL) {
        let account = accounts::find_account(state, workspace, app, account)?;
        failure = failure.or_else(|| account.error.clone());
    }
    Ok(failure.map(|_| "Invalid account credentials".to_owned()))
}

/// Refuses an export that would exceed the limit. Only completed exports count.
fn check_limit(state: &State, apps: &[String], mailboxes: &[Uuid], now: Timestamp) -> Result<(), Refusal> {
    let since = now.minus(LIMIT_PERIOD);
    let is_exhausted =
        |app: &str, mailbox: &Uuid| state.exports.completed_exports(*mailbox, app, since, now) >= MAX_EXPORTS;
    // The limit does not apply to CSV files.
    let mut apps = apps.iter().filter(|app| *app != MANUAL);
    if apps.any(|app| mailboxes.iter().any(|mailbox| is_exhausted(app, mailbox))) {
        let message = format!("A mailbox can be exported to an app at most {MAX_EXPORTS} times in 7 days");
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, message));
    }
    Ok(())
}

/// Returns the status of an export or consent job. The workspace header is required, although the documentation does
/// not list it.
pub(super) fn get_export_status(state: &mut State, request: &Request) -> HandlerResult {
    if !request.has_workspace_key {
        return Err(Refusal::rule("Workspace key is required"));
    }
    let id = request.query.get("exportId").ok_or_else(|| Refusal::rule("exportId is required"))?;
    let id = id.parse().map_err(|_| Refusal::invalid("exportId must be an integer"))?;
    let job = state.exports.job(request.workspace, id).ok_or_else(|| Refusal::not_found("Export"))?;
    Ok(Success::data("Export status fetched successfully", export_json(job, request.now)))
}
