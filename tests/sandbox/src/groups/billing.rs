//! Billing records of workspaces. Both operations replace the whole record.

use serde_json::{Map, Value};

use super::Table;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::State;

pub(super) const HANDLERS: Table =
    &[("create_billing_details", create_billing_details), ("update_billing_details", update_billing_details)];

fn create_billing_details(state: &mut State, request: &Request) -> HandlerResult {
    store(state, request)?;
    Ok(Success::done("Billing details added successfully"))
}

fn update_billing_details(state: &mut State, request: &Request) -> HandlerResult {
    store(state, request)?;
    Ok(Success::done("Billing details updated successfully"))
}

/// Stores the record in the workspace that it names. Its fields have already been validated against the document.
fn store(state: &mut State, request: &Request) -> Result<(), Refusal> {
    let record: Map<String, Value> = request.body()?;
    let workspace = record.get("workspaceId").and_then(Value::as_str).unwrap_or_default();
    let workspace = state.workspace_by_id(workspace)?;
    state.workspace_mut(workspace).billing = Some(record);
    Ok(())
}
