//! The end of mailboxes, at the next renewal or at once.

use serde::Deserialize;
use serde_json::json;

use crate::envelope::{Answer, Refusal, Success};
use crate::request::Request;
use crate::state::State;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScheduledRemoval {
    domain_ids: Vec<String>,
    remove: bool,
}

/// Whole domains. An empty list, which once meant all mailboxes, has been refused by the document's check.
pub(super) fn schedule_mailbox_removal(state: &mut State, request: &Request) -> Answer {
    let ScheduledRemoval { domain_ids, remove } = request.body()?;
    let ids = domain_ids.iter().map(|id| state.domain_by_id(request.workspace, id));
    let keys = ids.collect::<Result<Vec<_>, _>>()?;
    for key in keys {
        state.domain_mut(key).removal_scheduled = remove;
    }
    Ok(Success::done(if remove {
        "Mailbox will be removed on next renewal"
    } else {
        "Mailbox removal has been undone"
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstantRemoval {
    mailbox_ids: Vec<String>,
    remove: bool,
}

pub(super) fn remove_mailboxes_instantly(state: &mut State, request: &Request) -> Answer {
    let InstantRemoval { mailbox_ids, remove } = request.body()?;
    if !remove {
        return Err(Refusal::invalid("remove must be true"));
    }
    let located = mailbox_ids.iter().map(|id| state.locate_mailbox(request.workspace, id));
    let mut located = located.collect::<Result<Vec<_>, _>>()?;
    located.sort_unstable();
    located.dedup();
    for (domain, id) in &located {
        state.remove_mailbox(*domain, *id);
    }
    let removed = located.len() as u64;
    state.workspace_mut(request.workspace).blocked_slots += removed;
    Ok(Success::data("Mailbox will be removed shortly", json!({"totalMailboxesQueued": removed})))
}
