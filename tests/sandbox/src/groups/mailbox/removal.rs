//! Removal of mailboxes, at the next renewal or instantly.

use serde::Deserialize;
use serde_json::json;

use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Domain, Mailbox, State};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScheduledRemoval {
    domain_ids: Vec<String>,
    remove: bool,
    #[serde(default)]
    status: String,
    #[serde(default)]
    contains: String,
}

/// Schedules the removal of the mailboxes that match both filters, or cancels it. The document refuses an empty list of
/// domains, which selected all mailboxes in an older version of the service.
pub(super) fn schedule_mailbox_removal(state: &mut State, request: &Request) -> HandlerResult {
    let removal: ScheduledRemoval = request.body()?;
    for key in state.domains_by_id(request.workspace, &removal.domain_ids)? {
        let domain = state.domain(key);
        let matches: Vec<_> =
            domain.mailboxes.iter().map(|mailbox| removal.matches(domain, mailbox, request.now)).collect();
        for (mailbox, _) in state.domain_mut(key).mailboxes.iter_mut().zip(matches).filter(|(_, matches)| *matches) {
            mailbox.removal_scheduled = removal.remove;
        }
    }
    let remove = removal.remove;
    Ok(Success::done(if remove {
        "Mailbox will be removed on next renewal"
    } else {
        "Mailbox removal has been undone"
    }))
}

impl ScheduledRemoval {
    /// Returns whether a mailbox matches the filters. The values of the status filter are not documented; the statuses
    /// of the list are assumed, ignoring case.
    fn matches(&self, domain: &Domain, mailbox: &Mailbox, now: Timestamp) -> bool {
        mailbox.address_contains(domain, &self.contains)
            && (self.status.is_empty() || self.status.eq_ignore_ascii_case(mailbox.status(now)))
    }
}

pub(super) fn remove_mailboxes_instantly(state: &mut State, request: &Request) -> HandlerResult {
    if !request.property::<bool>("remove")? {
        return Err(Refusal::invalid("remove must be true"));
    }
    let mailbox_ids: Vec<String> = request.property("mailboxIds")?;
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
