//! Workspaces, their members and the invitations to join them.

mod invitations;
mod members;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Table;
use crate::clock::Moment;
use crate::envelope::{Answer, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{State, Tally, Workspace, WorkspaceKey};

pub(super) const HANDLERS: Table = &[
    ("list_workspaces", list_workspaces),
    ("create_workspace", create_workspace),
    ("update_workspace", update_workspace),
    ("update_domain_renewal_settings", update_domain_renewal_settings),
    ("list_workspace_members", members::list_workspace_members),
    ("update_workspace_member", members::update_workspace_member),
    ("revoke_workspace_member", members::revoke_workspace_member),
    ("create_workspace_invitation", invitations::create_workspace_invitation),
    ("list_workspace_invitations", invitations::list_workspace_invitations),
    ("revoke_workspace_invitation", invitations::revoke_workspace_invitation),
];

/// As live: the workspace the call runs in, and beside it the others, page by page. The documentation shows a bare list of
/// all of them.
fn list_workspaces(state: &mut State, request: &Request) -> Answer {
    let paging = Paging::of(&request.query)?;
    let sought = request.query.get("contains").unwrap_or_default();
    let found = state.workspace_keys().filter(|key| state.workspace(*key).name.contains(sought));
    if state.shapes == Shapes::Documented {
        let rows = found.map(|key| documented_row(state, key, request)).collect();
        return Ok(Success::data("Workspaces fetched successfully", rows));
    }
    let others = found.clone().filter(|key| *key != request.workspace);
    let account = Tally::of_account(state, request.now);
    let more = json!({
        // Unlike the rows, the count has seen the current workspace among them.
        "totalSearchedCount": found.count(),
        "totalWorkspacesCount": state.workspaces().len(),
        "totalDomainsCountGoogle": account.google.domains,
        "totalDomainsCountMicrosoft": account.microsoft.domains,
        "totalPurchasedMailboxesCountGoogle": account.google_slots(),
        "totalPurchasedMailboxesCountMicrosoft": account.microsoft_slots(),
        "currentWorkspace": row(state, request.workspace, request),
    });
    let data = paging.cut(others).data_with("workspaces", |key| row(state, key, request), more);
    Ok(Success::data("Workspaces fetched successfully", data))
}

/// The counters of a workspace come as text, those of the account as numbers.
fn row(state: &State, key: WorkspaceKey, request: &Request) -> Value {
    let tally = Tally::of(state, key, request.now);
    let workspace = state.workspace(key);
    let mut row = json!({
        "id": workspace.id,
        "name": workspace.name,
        "user_id": state.account.id,
        // The key's owner calls.
        "role": "OWNER",
        "domainCountGoogle": tally.google.domains.to_string(),
        "domainCountMicrosoft": tally.microsoft.domains.to_string(),
        "totalMailboxesPurchasedGoogle": tally.google_slots().to_string(),
        "totalMailboxesPurchasedMicrosoft": tally.microsoft_slots().to_string(),
        "assignedMailboxesCountGoogle": tally.google.assigned.to_string(),
        "assignedMailboxesCountMicrosoft": tally.microsoft.assigned.to_string(),
        "activeMailboxCountGoogle": tally.google.active.to_string(),
        "activeMailboxCountMicrosoft": tally.microsoft.active.to_string(),
    });
    if let Some(billing) = &workspace.billing {
        row["billingDetails"] = billing.clone().into();
    }
    row
}

/// As the documentation shows it: both providers counted together, as text.
fn documented_row(state: &State, key: WorkspaceKey, request: &Request) -> Value {
    let tally = Tally::of(state, key, request.now);
    let workspace = state.workspace(key);
    let mut row = json!({
        "id": workspace.id,
        "name": workspace.name,
        "domainCount": (tally.google.domains + tally.microsoft.domains).to_string(),
        "mailboxCount": tally.assigned().to_string(),
    });
    if let Some(billing) = &workspace.billing {
        row["billingDetails"] = billing.clone().into();
    }
    row
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewWorkspace {
    name: String,
    billing_details: Option<Map<String, Value>>,
}

fn create_workspace(state: &mut State, request: &Request) -> Answer {
    let new: NewWorkspace = request.body()?;
    check_name(state, &new.name, None)?;
    let id = state.inventor.next_id();
    let mut workspace = Workspace::new(id, &*new.name, request.now);
    workspace.billing = new.billing_details;
    let data = record(state, &workspace, request.now);
    state.add_workspace(workspace);
    Ok(Success::data("Workspace created successfully", data))
}

/// The record of a workspace that has just been created or renamed.
fn record(state: &State, workspace: &Workspace, updated_at: Moment) -> Value {
    json!({
        "id": workspace.id,
        "name": workspace.name,
        "userId": state.account.id,
        "updatedAt": updated_at.to_json(),
        "createdAt": workspace.created_at.to_json(),
        "deletedAt": null,
    })
}

#[derive(Deserialize)]
struct WorkspaceRename {
    id: String,
    name: String,
}

fn update_workspace(state: &mut State, request: &Request) -> Answer {
    let WorkspaceRename { id, name } = request.body()?;
    let key = state.workspace_by_id(&id)?;
    check_name(state, &name, Some(state.workspace(key).id))?;
    state.workspace_mut(key).name = name;
    let data = record(state, state.workspace(key), request.now);
    Ok(Success::data("Workspace updated successfully", data))
}

/// A name has to be there, and to be no other workspace's.
fn check_name(state: &State, name: &str, own: Option<Uuid>) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(Refusal::invalid("name must not be empty"));
    }
    if state.workspaces().iter().any(|other| other.name == name && Some(other.id) != own) {
        return Err(Refusal::rule("A workspace with this name already exists"));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DomainRenewalSettings {
    domain_renewal_settings: bool,
}

/// No answer shows the setting.
fn update_domain_renewal_settings(state: &mut State, request: &Request) -> Answer {
    let DomainRenewalSettings { domain_renewal_settings } = request.body()?;
    state.workspace_mut(request.workspace).renews_domains = Some(domain_renewal_settings);
    Ok(Success::done("Domain renewal settings updated successfully"))
}
