//! Workspaces, their members and their invitations.

mod invitations;
mod members;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Table;
use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{Counters, State, Workspace, WorkspaceKey};

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

/// Lists workspaces like the live service: the current workspace, and the others in pages. The documentation shows an
/// array of all workspaces instead.
fn list_workspaces(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of(&request.query)?;
    let term = request.query.get("contains").unwrap_or_default();
    let found = state.workspace_keys().filter(|key| state.workspace(*key).name.contains(term));
    if state.shapes == Shapes::Documented {
        let rows = found.map(|key| row(state, key, request)).collect();
        return Ok(Success::data("Workspaces fetched successfully", rows));
    }
    let others = found.clone().filter(|key| *key != request.workspace);
    let account = Counters::of_account(state, request.now);
    let more = json!({
        // Unlike the rows, the count includes the current workspace.
        "totalSearchedCount": found.count(),
        "totalWorkspacesCount": state.workspaces().len(),
        "totalDomainsCountGoogle": account.google.domains,
        "totalDomainsCountMicrosoft": account.microsoft.domains,
        "totalPurchasedMailboxesCountGoogle": account.google_slots(),
        "totalPurchasedMailboxesCountMicrosoft": account.microsoft_slots(),
        "currentWorkspace": row(state, request.workspace, request),
    });
    let data = paging.paginate(others).data_with("workspaces", |key| row(state, key, request), more);
    Ok(Success::data("Workspaces fetched successfully", data))
}

/// Returns the row of a workspace. Its counters are strings, unlike those of the account.
fn row(state: &State, key: WorkspaceKey, request: &Request) -> Value {
    let counters = Counters::of(state, key, request.now);
    let workspace = state.workspace(key);
    let mut row = match state.shapes {
        // Both providers are counted together.
        Shapes::Documented => json!({
            "id": workspace.id,
            "name": workspace.name,
            "domainCount": (counters.google.domains + counters.microsoft.domains).to_string(),
            "mailboxCount": counters.assigned().to_string(),
        }),
        Shapes::Live => json!({
            "id": workspace.id,
            "name": workspace.name,
            "user_id": state.account.id,
            // The caller is the owner of the API key.
            "role": "OWNER",
            "domainCountGoogle": counters.google.domains.to_string(),
            "domainCountMicrosoft": counters.microsoft.domains.to_string(),
            "totalMailboxesPurchasedGoogle": counters.google_slots().to_string(),
            "totalMailboxesPurchasedMicrosoft": counters.microsoft_slots().to_string(),
            "assignedMailboxesCountGoogle": counters.google.assigned.to_string(),
            "assignedMailboxesCountMicrosoft": counters.microsoft.assigned.to_string(),
            "activeMailboxCountGoogle": counters.google.active.to_string(),
            "activeMailboxCountMicrosoft": counters.microsoft.active.to_string(),
        }),
    };
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

fn create_workspace(state: &mut State, request: &Request) -> HandlerResult {
    let new: NewWorkspace = request.body()?;
    check_name(state, &new.name, None)?;
    let id = state.id_generator.next_id();
    let mut workspace = Workspace::new(id, &*new.name, request.now);
    workspace.billing = new.billing_details;
    let data = record(state, &workspace, request.now);
    state.add_workspace(workspace);
    Ok(Success::data("Workspace created successfully", data))
}

/// Returns the record of a workspace after its creation or renaming.
fn record(state: &State, workspace: &Workspace, updated_at: Timestamp) -> Value {
    json!({
        "id": workspace.id,
        "name": workspace.name,
        "userId": state.account.id,
        "updatedAt": updated_at.to_json(),
        "createdAt": workspace.created_at.to_json(),
        "deletedAt": null,
    })
}

fn update_workspace(state: &mut State, request: &Request) -> HandlerResult {
    let name: String = request.property("name")?;
    let key = state.workspace_by_id(&request.property::<String>("id")?)?;
    check_name(state, &name, Some(state.workspace(key).id))?;
    state.workspace_mut(key).name = name;
    let data = record(state, state.workspace(key), request.now);
    Ok(Success::data("Workspace updated successfully", data))
}

/// Checks that a name is not empty and not used by another workspace.
fn check_name(state: &State, name: &str, own: Option<Uuid>) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(Refusal::invalid("name must not be empty"));
    }
    if state.workspaces().iter().any(|other| other.name == name && Some(other.id) != own) {
        return Err(Refusal::rule("A workspace with this name already exists"));
    }
    Ok(())
}

/// Stores the setting. No response shows it.
fn update_domain_renewal_settings(state: &mut State, request: &Request) -> HandlerResult {
    state.workspace_mut(request.workspace).renews_domains = Some(request.property("domainRenewalSettings")?);
    Ok(Success::done("Domain renewal settings updated successfully"))
}
