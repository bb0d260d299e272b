//! Members of a workspace. The fields of a row are assumed, because only the total of the list has been seen.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::envelope::{HandlerResult, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{Member, State};

/// Lists the members. The owner is not listed (team management page).
pub(super) fn list_workspace_members(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of(&request.query)?;
    let members = &state.workspace(request.workspace).members;
    Ok(Success::data("Workspace members fetched successfully", paging.paginate(members.iter()).data("members", row)))
}

fn row(member: &Member) -> Value {
    json!({
        "id": member.id,
        "firstName": member.first_name,
        "lastName": member.last_name,
        "email": member.email,
        "role": member.role,
    })
}

pub(super) fn update_workspace_member(state: &mut State, request: &Request) -> HandlerResult {
    let id = request.query.require("memberId")?;
    let role: String = request.property("role")?;
    check_role(&role)?;
    let position = position(state, request, id)?;
    let member = &mut state.workspace_mut(request.workspace).members[position];
    member.role = role;
    Ok(Success::data("User role updated successfully", row(member)))
}

pub(super) fn revoke_workspace_member(state: &mut State, request: &Request) -> HandlerResult {
    let id = request.query.require("memberId")?;
    let position = position(state, request, id)?;
    state.workspace_mut(request.workspace).members.remove(position);
    Ok(Success::done("User access revoked successfully"))
}

fn position(state: &State, request: &Request, id: &str) -> Result<usize, Refusal> {
    let id = Uuid::try_parse(id).ok();
    let members = &state.workspace(request.workspace).members;
    members.iter().position(|member| Some(member.id) == id).ok_or_else(|| Refusal::not_found("Member"))
}

/// Checks that a role can be assigned. The role of the owner cannot.
pub(super) fn check_role(role: &str) -> Result<(), Refusal> {
    if role == "OWNER" { Err(Refusal::rule("The role OWNER cannot be assigned")) } else { Ok(()) }
}
