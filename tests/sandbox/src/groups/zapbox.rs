//! Zapbox: the mail of the connected accounts, with bodies of its own: `{success, data, pagination}`.
//!
//! What it refuses as invalid is 400 instead of 422 (zapbox.yaml); the routes see to that.

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

/// No operation gives the consent: [`Sandbox::set_zapbox_consent`](crate::Sandbox::set_zapbox_consent) does.
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

/// The label operations answer with no data.
fn done() -> Success {
    Success::flat(json!({"success": true}))
}
