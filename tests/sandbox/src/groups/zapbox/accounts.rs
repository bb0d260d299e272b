//! The connected accounts: the active and the failed mailboxes of the workspace.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{check_consent, page};
use crate::envelope::{HandlerResult, Refusal};
use crate::request::{Query, Request};
use crate::state::{Mailbox, State};

/// The maximum page size.
const MAX_LIMIT: usize = 100;

/// The default page size.
const DEFAULT_LIMIT: usize = 50;

pub(super) fn list_connected_accounts(state: &mut State, request: &Request) -> HandlerResult {
    check_consent(state)?;
    let (number, limit) = (positive(&request.query, "page", 1)?, limit(&request.query, DEFAULT_LIMIT)?);
    let connected = state.mailboxes_of(request.workspace);
    let connected = connected.filter_map(|(domain, mailbox)| Some((domain, mailbox, connection(mailbox, request)?)));
    let total = connected.clone().count();
    let rows = connected.skip((number - 1).saturating_mul(limit)).take(limit).map(|(domain, mailbox, status)| {
        json!({
            "id": mailbox.id,
            "emailAccount": mailbox.address(domain),
            "status": status,
            "provider": domain.provider.map(|provider| provider.as_str().to_lowercase()),
        })
    });
    let rows: Value = rows.collect();
    let pages = total.div_ceil(limit);
    let pagination =
        json!({"page": number, "limit": limit, "total": total, "totalPages": pages, "hasNextPage": number < pages});
    Ok(page(rows, pagination))
}

/// Returns the status of a connected account; `None` if it is not connected. Assumption: it is in lower case.
fn connection(mailbox: &Mailbox, request: &Request) -> Option<&'static str> {
    match mailbox.status(request.now) {
        "ACTIVE" => Some("active"),
        "FAILED" => Some("disconnected"),
        _ => None,
    }
}

/// Returns the active connected account with an address.
pub(super) fn find(state: &State, request: &Request, address: &str) -> Result<Uuid, Refusal> {
    let mut accounts = state.mailboxes_of(request.workspace);
    let found = accounts.find(|(domain, mailbox)| {
        mailbox.address(domain).eq_ignore_ascii_case(address) && mailbox.is_active(request.now)
    });
    found.map(|(_, mailbox)| mailbox.id).ok_or_else(|| Refusal::not_found("Account"))
}

/// Returns the requested page size, up to 100.
pub(super) fn limit(query: &Query, default: usize) -> Result<usize, Refusal> {
    match positive(query, "limit", default)? {
        limit @ ..=MAX_LIMIT => Ok(limit),
        _ => Err(Refusal::rule(format!("limit must not exceed {MAX_LIMIT}"))),
    }
}

fn positive(query: &Query, name: &str, default: usize) -> Result<usize, Refusal> {
    let Some(text) = query.get(name) else { return Ok(default) };
    let number = text.parse::<u32>().ok().filter(|number| *number > 0);
    number.map(|number| number as usize).ok_or_else(|| Refusal::rule(format!("{name} must be a positive integer")))
}
