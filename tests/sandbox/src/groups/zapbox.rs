//! Zapbox: emails of the connected accounts. Its responses have a different envelope: `{success, data, pagination}`.
//!
//! Invalid requests are refused with 400 instead of 422 (zapbox.yaml); the routes convert the status.

mod accounts;
mod labels;
mod mails;
mod outgoing;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Table;
use crate::envelope::{Refusal, Success};
use crate::state::State;

pub(super) const HANDLERS: Table = &[
    ("list_connected_accounts", accounts::list_connected_accounts),
    ("list_emails", mails::list_emails),
    ("list_thread_emails", mails::list_thread_emails),
    ("search_emails", mails::search_emails),
    ("send_email", outgoing::send_email),
    ("download_attachment", outgoing::download_attachment),
    ("create_label", labels::create_label),
    ("delete_label", labels::delete_label),
    ("rename_label", labels::rename_label),
];

/// Refuses the request without the account owner's consent. No operation changes the consent, only
/// [`Sandbox::set_zapbox_consent`](crate::Sandbox::set_zapbox_consent).
fn check_consent(state: &State) -> Result<(), Refusal> {
    if state.zapbox.consent {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::FORBIDDEN, "The account owner has not given consent to Zapbox"))
}

fn success(data: Value) -> Success {
    Success::flat(json!({"success": true, "data": data}))
}

fn page(data: Value, pagination: Value) -> Success {
    Success::flat(json!({"success": true, "data": data, "pagination": pagination}))
}

/// Returns the response of the label operations, which contains no data.
fn done() -> Success {
    Success::flat(json!({"success": true}))
}
