//! The accounts that are connected: the mailboxes of the workspace that are ready, and those that have failed.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{check_consent, page};
use crate::envelope::{Answer, Refusal};
use crate::request::{Query, Request};
use crate::state::{Mailbox, State};

/// The largest page, and the usual one.
const MOST: usize = 100;
const USUAL: usize = 50;

pub(super) fn list_connected_accounts(state: &mut State, request: &Request) -> Answer {
    check_consent(state)?;
    let (number, limit) = (positive(&request.query, "page", 1)?, limit(&request.query, USUAL)?);
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

/// Lower case is assumed; which letters the service writes is uncertain.
fn connection(mailbox: &Mailbox, request: &Request) -> Option<&'static str> {
    match mailbox.status(request.now) {
        "ACTIVE" => Some("active"),
        "FAILED" => Some("disconnected"),
        _ => None,
    }
}

/// The connected account with an address, which can be used.
pub(super) fn find(state: &State, request: &Request, address: &str) -> Result<Uuid, Refusal> {
    let mut accounts = state.mailboxes_of(request.workspace);
    let found = accounts.find(|(domain, mailbox)| {
        mailbox.address(domain).eq_ignore_ascii_case(address) && mailbox.is_active(request.now)
    });
    found.map(|(_, mailbox)| mailbox.id).ok_or_else(|| Refusal::not_found("Account"))
}

/// How many rows are asked for, up to 100.
pub(super) fn limit(query: &Query, usual: usize) -> Result<usize, Refusal> {
    match positive(query, "limit", usual)? {
        limit @ ..=MOST => Ok(limit),
        _ => Err(Refusal::rule(format!("limit must not be above {MOST}"))),
    }
}

fn positive(query: &Query, name: &str, usual: usize) -> Result<usize, Refusal> {
    let Some(text) = query.get(name) else { return Ok(usual) };
    let number = text.parse::<u32>().ok().filter(|number| *number > 0);
    number.map(|number| number as usize).ok_or_else(|| Refusal::rule(format!("{name} must be a positive integer")))
}
