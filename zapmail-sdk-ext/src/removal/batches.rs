//! The requests that schedule and revert a removal: 50 domains each, and the checks before them.

use std::collections::BTreeSet;

use zapmail_sdk::builder::ScheduleMailboxRemoval;
use zapmail_sdk::types::ScheduledRemoval;
use zapmail_sdk::{Error, ErrorKind, Request, Result};

use super::RemovedDomain;
use super::listed::Mailboxes;
use super::selection::invalid;
use crate::client::Zapmail;
use crate::names;

/// Domains per request.
const BATCH: usize = 50;

/// Schedules the removal of these domains.
pub(super) async fn schedule(zapmail: &Zapmail, domains: &[RemovedDomain]) -> Result<()> {
    check_any(domains)?;
    let domains: Vec<_> = domains.iter().collect();
    for (done, batch) in batches(&domains) {
        let sent = async {
            // A mailbox can be added while the batches before this one are sent.
            check_unchanged(&domains[done..], &Mailboxes::read(zapmail).await?)?;
            send(zapmail, batch, true).await
        };
        sent.await.map_err(|error| interrupted(error, &domains, done, true))?;
    }
    Ok(())
}

/// Checks that these domains have no other mailboxes now.
pub(super) async fn check(zapmail: &Zapmail, domains: &[RemovedDomain]) -> Result<()> {
    check_any(domains)?;
    check_unchanged(&domains.iter().collect::<Vec<_>>(), &Mailboxes::read(zapmail).await?)
}

/// Reverts the removal of those of these domains that still have planned mailboxes.
///
/// # Errors
///
/// Also if planned mailboxes are gone: their removal cannot be reverted any more.
pub(super) async fn undo(zapmail: &Zapmail, domains: &[RemovedDomain]) -> Result<()> {
    check_any(domains)?;
    let mailboxes = Mailboxes::read(zapmail).await?;
    let (listed, unlisted): (Vec<_>, Vec<_>) =
        domains.iter().partition(|domain| mailboxes.domains.contains_key(&domain.id));
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    for domain in listed {
        let of_domain = addresses_gone(domain, &mailboxes);
        if of_domain.len() < domain.mailboxes.len() {
            kept.push(domain);
        }
        gone.extend(of_domain);
    }
    for (done, batch) in batches(&kept) {
        send(zapmail, batch, false).await.map_err(|error| interrupted(error, &kept, done, false))?;
    }
    let are_gone = || format!("mailboxes that have expired or are no longer listed: {}", names::listed(&gone, ", "));
    let (kind, message) = match (unlisted.is_empty(), gone.is_empty()) {
        (true, true) => return Ok(()),
        (true, false) => (ErrorKind::Conflict, are_gone()),
        (false, true) => (ErrorKind::NotFound, are_unlisted(&unlisted)),
        (false, false) => (ErrorKind::NotFound, format!("{}; {}", are_unlisted(&unlisted), are_gone())),
    };
    let hint = match (kept.is_empty(), gone.is_empty()) {
        (true, true) => format!("{IN_WORKSPACE}; after the billing date, nothing can be reverted"),
        (true, false) => "the billing date may have passed; nothing was sent".to_owned(),
        (false, _) => format!("the removal of the others is reverted, on {}", counted_names(&kept)),
    };
    Err(failed(kind, message).with_hint(hint))
}

const IN_WORKSPACE: &str = "use a client of the workspace that the removal was planned in";

/// The service can take an empty list for all mailboxes.
fn check_any(domains: &[RemovedDomain]) -> Result<()> {
    if domains.is_empty() {
        return Err(invalid("`domains` is empty, so there is nothing to remove; plan the removal again".to_owned()));
    }
    Ok(())
}

/// The service removes all mailboxes that a domain has by then, including those that the plan does not show.
fn check_unchanged(domains: &[&RemovedDomain], mailboxes: &Mailboxes) -> Result<()> {
    let (mut added, mut unlisted) = (Vec::new(), Vec::new());
    for planned in domains {
        let Some(domain) = mailboxes.domains.get(&planned.id) else {
            unlisted.push(*planned);
            continue;
        };
        let known: BTreeSet<_> = planned.mailboxes.iter().map(|mailbox| &mailbox.id).collect();
        let others = domain.remaining().filter(|(id, _)| !known.contains(id));
        added.extend(others.map(|(_, mailbox)| mailbox.address.clone()));
    }
    if !added.is_empty() {
        let message = format!("mailboxes were added since the removal was planned: {}", names::listed(&added, ", "));
        let hint = "plan the removal again, with these addresses or without their domains";
        return Err(failed(ErrorKind::Conflict, message).with_hint(hint));
    }
    if !unlisted.is_empty() {
        let hint = format!("{IN_WORKSPACE}, or plan it again");
        return Err(failed(ErrorKind::NotFound, are_unlisted(&unlisted)).with_hint(hint));
    }
    Ok(())
}

/// The planned mailboxes of a domain that have expired or are no longer listed.
fn addresses_gone(planned: &RemovedDomain, mailboxes: &Mailboxes) -> Vec<String> {
    let remaining: BTreeSet<_> = match mailboxes.domains.get(&planned.id) {
        Some(domain) => domain.remaining().map(|(id, _)| id).collect(),
        None => BTreeSet::new(),
    };
    let gone = planned.mailboxes.iter().filter(|mailbox| !remaining.contains(&mailbox.id));
    gone.map(|mailbox| mailbox.address.clone()).collect()
}

/// The batches, each with the number of domains before it.
fn batches<'a, 'b>(domains: &'a [&'b RemovedDomain]) -> impl Iterator<Item = (usize, &'a [&'b RemovedDomain])> {
    domains.chunks(BATCH).enumerate().map(|(index, batch)| (index * BATCH, batch))
}

async fn send(zapmail: &Zapmail, domains: &[&RemovedDomain], remove: bool) -> Result<()> {
    // Filters next to the ids could change what is selected.
    let body = ScheduledRemoval::new(domains.iter().map(|domain| &domain.id), remove);
    zapmail.schedule_mailbox_removal().body(body).send().await.map(drop)
}

/// An error after which some domains are scheduled and others are not: it names the former, since no operation shows them.
fn interrupted(error: Error, domains: &[&RemovedDomain], done: usize, remove: bool) -> Error {
    let may_have_arrived = error.operation() == Some(ScheduleMailboxRemoval::OPERATION.id)
        && error.may_have_been_processed()
        && !is_refusal(&error);
    if done == 0 && !may_have_arrived {
        return error;
    }
    let state = if remove { "scheduled for" } else { "reverted for" };
    let mut parts = Vec::new();
    if done > 0 {
        parts.push(format!("is {state} {}", counted_names(&domains[..done])));
    }
    if may_have_arrived {
        let next = domains.len().min(done + BATCH);
        parts.push(format!("may be {state} {}", counted_names(&domains[done..next])));
    }
    let advice = match error.kind() {
        ErrorKind::Conflict | ErrorKind::NotFound if remove => "plan the removal again, or call `undo`",
        _ if remove => "call `schedule` again to continue, or `undo`",
        _ => "call `undo` again to continue",
    };
    error.with_hint(format!("the removal {}; {advice}", parts.join(", and ")))
}

/// Whether the service refused a request, and did not carry it out.
fn is_refusal(error: &Error) -> bool {
    use ErrorKind::{Conflict, Forbidden, Invalid, NotFound, RateLimited, Unauthorized};
    matches!(error.kind(), Invalid | Unauthorized | Forbidden | NotFound | Conflict | RateLimited)
}

fn are_unlisted(domains: &[&RemovedDomain]) -> String {
    format!("domains without mailboxes in this workspace: {}", listed_names(domains))
}

fn counted_names(domains: &[&RemovedDomain]) -> String {
    format!("{} ({})", names::counted(domains.len(), "domain", "domains"), listed_names(domains))
}

fn listed_names(domains: &[&RemovedDomain]) -> String {
    let names: Vec<_> = domains.iter().map(|domain| domain.name.clone()).collect();
    names::listed(&names, ", ")
}

fn failed(kind: ErrorKind, message: String) -> Error {
    Error::new(kind, message).with_operation(ScheduleMailboxRemoval::OPERATION)
}
