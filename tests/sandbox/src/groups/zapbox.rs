//! Zapbox. The fields of an email are not known, so there is only a simple email for each mailbox. Invalid requests are
//! refused with 400 instead of 422 (zapbox.yaml); the routes convert the status.

use serde_json::{Value, json};

use super::Table;
use crate::envelope::{HandlerResult, Success};
use crate::request::Request;
use crate::state::State;

pub(super) const HANDLERS: Table = &[("list_emails", list_emails)];

/// The default page size. The service's default is not known.
const DEFAULT_LIMIT: usize = 10;

/// Lists one email with an attachment for each active mailbox, in a single page.
fn list_emails(state: &mut State, request: &Request) -> HandlerResult {
    let limit = request.query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(DEFAULT_LIMIT);
    let mailboxes = state.mailboxes_of(request.workspace).filter(|(_, mailbox)| mailbox.is_active(request.now));
    let mailboxes = mailboxes.map(|(domain, mailbox)| (mailbox.id, mailbox.address(domain)));
    let account = request.query.get("account");
    let found = mailboxes.filter(|(_, address)| account.is_none_or(|account| account.eq_ignore_ascii_case(address)));
    let row = |(id, address)| {
        json!({
            "messageId": format!("message_{id}"),
            "account": address,
            "subject": "Our order",
            "attachments": [{"attachmentId": "attachment_1", "filename": "order.pdf"}],
        })
    };
    let rows: Value = found.take(limit).map(row).collect();
    Ok(Success::flat(json!({"success": true, "data": rows, "pagination": {}})))
}
