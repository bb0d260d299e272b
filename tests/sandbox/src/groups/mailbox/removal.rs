//! Removal of mailboxes, at the next renewal or at once.

use serde::Deserialize;
use serde_json::json;

use crate::clock::Moment;
use crate::envelope::{Answer, Refusal, Success};
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

/// The mailboxes of the domains that fit both filters. The document refuses an empty list of domains, which meant all
/// mailboxes to an older version of the service.
pub(super) fn schedule_mailbox_removal(state: &mut State, request: &Request) -> Answer {
    let removal: ScheduledRemoval = request.body()?;
    let ids = removal.domain_ids.iter().map(|id| state.domain_by_id(request.workspace, id));
    let keys = ids.collect::<Result<Vec<_>, _>>()?;
    for key in keys {
        let domain = state.domain(key);
        let fits: Vec<_> = domain.mailboxes.iter().map(|mailbox| removal.fits(domain, mailbox, request.now)).collect();
        for (mailbox, _) in state.domain_mut(key).mailboxes.iter_mut().zip(fits).filter(|(_, fits)| *fits) {
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
    /// Returns whether the filters leave a mailbox. The statuses of this filter are not documented; they are taken to be
    /// those that the list shows, in upper or lower case.
    fn fits(&self, domain: &Domain, mailbox: &Mailbox, now: Moment) -> bool {
        mailbox.address_contains(domain, &self.contains)
            && (self.status.is_empty() || self.status.eq_ignore_ascii_case(mailbox.status(now)))
    }
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
