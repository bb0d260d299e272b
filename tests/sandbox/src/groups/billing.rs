//! The billing records of workspaces. Both operations write the same record, whole.

use serde_json::{Map, Value};

use super::Table;
use crate::envelope::{Answer, Refusal, Success};
use crate::request::Request;
use crate::state::State;

pub(super) const HANDLERS: Table =
    &[("create_billing_details", create_billing_details), ("update_billing_details", update_billing_details)];

fn create_billing_details(state: &mut State, request: &Request) -> Answer {
    store(state, request)?;
    Ok(Success::done("Billing details added successfully"))
}

fn update_billing_details(state: &mut State, request: &Request) -> Answer {
    store(state, request)?;
    Ok(Success::done("Billing details updated successfully"))
}

/// The record says itself which workspace it is of; the document has heard that all its parts are there.
fn store(state: &mut State, request: &Request) -> Result<(), Refusal> {
    let record: Map<String, Value> = request.body()?;
    let workspace = record.get("workspaceId").and_then(Value::as_str).unwrap_or_default();
    let workspace = state.workspace_by_id(workspace)?;
    state.workspace_mut(workspace).billing = Some(record);
    Ok(())
}
