//! Invitations to join a workspace. In the sandbox, nobody accepts or rejects them. The fields of a row are assumed,
//! because no row has been seen.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::members::check_role;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{Invitation, State};

const PENDING: &str = "PENDING";
const REVOKED: &str = "REVOKED";

/// The statuses of an invitation, according to the documentation of the list.
const STATUSES: [&str; 4] = [PENDING, "ACCEPTED", "REJECTED", REVOKED];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewInvitation {
    email: String,
    role: String,
    workspace_id: String,
}

/// Invites to the workspace in the body, regardless of the request's workspace.
pub(super) fn create_workspace_invitation(state: &mut State, request: &Request) -> HandlerResult {
    let NewInvitation { email, role, workspace_id } = request.body()?;
    check_role(&role)?;
    if !email.contains('@') {
        return Err(Refusal::invalid("email must be an email address"));
    }
    let workspace = state.workspace_by_id(&workspace_id)?;
    let id = state.id_generator.next_id();
    let invitation = Invitation { id, email, role, status: PENDING.into(), created_at: request.now };
    let data = row(&invitation);
    state.workspace_mut(workspace).invitations.push(invitation);
    Ok(Success::data("Invitation sent successfully", data))
}

/// Lists the invitations with one status. Ignores the case of the status: which case the service expects is not known.
pub(super) fn list_workspace_invitations(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of(&request.query)?;
    let name = request.query.require("status")?;
    let status = STATUSES.into_iter().find(|status| status.eq_ignore_ascii_case(name));
    let status = status.ok_or_else(|| Refusal::invalid(format!("status must be one of {}", STATUSES.join(", "))))?;
    let invitations = &state.workspace(request.workspace).invitations;
    let found = invitations.iter().filter(|invitation| invitation.status == status);
    Ok(Success::data("Invitations fetched successfully", paging.paginate(found).data("invitations", row)))
}

pub(super) fn revoke_workspace_invitation(state: &mut State, request: &Request) -> HandlerResult {
    let id = Uuid::try_parse(request.query.require("invitationId")?).ok();
    let mut invitations = state.workspace_mut(request.workspace).invitations.iter_mut();
    let found = invitations.find(|invitation| Some(invitation.id) == id);
    let invitation = found.ok_or_else(|| Refusal::not_found("Invitation"))?;
    if invitation.status != PENDING {
        return Err(Refusal::rule("Only pending invitations can be revoked"));
    }
    invitation.status = REVOKED.into();
    Ok(Success::done("Invitation revoked successfully"))
}

fn row(invitation: &Invitation) -> Value {
    json!({
        "id": invitation.id,
        "email": invitation.email,
        "role": invitation.role,
        "status": invitation.status,
        "createdAt": invitation.created_at.to_json(),
    })
}
