//! The requests that schedule and revert a removal, in batches of 50 domains, and the checks before them.

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
const BATCH_SIZE: usize = 50;

/// Schedules the removal of these domains.
pub(super) async fn schedule(zapmail: &Zapmail, domains: &[RemovedDomain]) -> Result<()> {
    check_not_empty(domains)?;
    let domains: Vec<_> = domains.iter().collect();
    for (done, batch) in batches(&domains) {
        let sent = async {
            // A mailbox can be added while earlier batches are sent.
            check_unchanged(&domains[done..], &Mailboxes::read(zapmail).await?)?;
            send(zapmail, batch, true).await
        };
        sent.await.map_err(|error| interrupted(error, &domains, done, true))?;
    }
    Ok(())
}

/// Checks that these domains have no mailboxes outside the plan.
pub(super) async fn check(zapmail: &Zapmail, domains: &[RemovedDomain]) -> Result<()> {
    check_not_empty(domains)?;
    check_unchanged(&domains.iter().collect::<Vec<_>>(), &Mailboxes::read(zapmail).await?)
}

/// Reverts the removal of the domains that still have planned mailboxes.
///
/// # Errors
///
/// [`ErrorKind::Conflict`] if planned mailboxes are gone, [`ErrorKind::NotFound`] if a domain has no mailboxes, since
/// their removal can no longer be reverted; and any error of a call.
pub(super) async fn undo(zapmail: &Zapmail, domains: &[RemovedDomain]) -> Result<()> {
    check_not_empty(domains)?;
    let mailboxes = Mailboxes::read(zapmail).await?;
    let (listed, unlisted): (Vec<_>, Vec<_>) =
        domains.iter().partition(|domain| mailboxes.domains.contains_key(&domain.id));
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    for domain in listed {
        let of_domain = gone_addresses(domain, &mailboxes);
        if of_domain.is_empty() || of_domain.len() < domain.mailboxes.len() {
            kept.push(domain);
        }
        gone.extend(of_domain);
    }
    for (done, batch) in batches(&kept) {
        send(zapmail, batch, false).await.map_err(|error| interrupted(error, &kept, done, false))?;
    }
    let gone_message =
        || format!("mailboxes that have expired or are no longer listed: {}", names::listed(&gone, ", "));
    let (kind, message) = match (unlisted.is_empty(), gone.is_empty()) {
        (true, true) => return Ok(()),
        (true, false) => (ErrorKind::Conflict, gone_message()),
        (false, true) => (ErrorKind::NotFound, unlisted_message(&unlisted)),
        (false, false) => (ErrorKind::NotFound, format!("{}; {}", unlisted_message(&unlisted), gone_message())),
    };
    let hint = match (kept.is_empty(), gone.is_empty()) {
        (true, true) => format!("{WORKSPACE_HINT}; after the billing date, nothing can be reverted"),
        (true, false) => "the billing date may have passed; nothing was sent".to_owned(),
        (false, _) => format!("the removal of the others was reverted, on {}", counted_names(&kept)),
    };
    Err(failed(kind, message).with_hint(hint))
}

const WORKSPACE_HINT: &str = "use a client for the workspace in which the removal was planned";

/// Checks that the plan has domains, because the service may treat an empty list as all mailboxes.
fn check_not_empty(domains: &[RemovedDomain]) -> Result<()> {
    if domains.is_empty() {
        return Err(invalid("`domains` is empty, so there is nothing to remove; plan the removal again".to_owned()));
    }
    Ok(())
}

/// Checks that no mailbox was added to a domain: the service removes all mailboxes that a domain has at the billing
/// date, including those that are not in the plan.
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
        let hint = format!("{WORKSPACE_HINT}, or plan it again");
        return Err(failed(ErrorKind::NotFound, unlisted_message(&unlisted)).with_hint(hint));
    }
    Ok(())
}

/// Returns the addresses of the planned mailboxes of a domain that have expired or are no longer listed.
fn gone_addresses(planned: &RemovedDomain, mailboxes: &Mailboxes) -> Vec<String> {
    let remaining: BTreeSet<_> = match mailboxes.domains.get(&planned.id) {
        Some(domain) => domain.remaining().map(|(id, _)| id).collect(),
        None => BTreeSet::new(),
    };
    let gone = planned.mailboxes.iter().filter(|mailbox| !remaining.contains(&mailbox.id));
    gone.map(|mailbox| mailbox.address.clone()).collect()
}

/// Splits the domains into batches, each with the number of domains before it.
fn batches<'a, 'b>(domains: &'a [&'b RemovedDomain]) -> impl Iterator<Item = (usize, &'a [&'b RemovedDomain])> {
    domains.chunks(BATCH_SIZE).enumerate().map(|(index, batch)| (index * BATCH_SIZE, batch))
}

async fn send(zapmail: &Zapmail, domains: &[&RemovedDomain], remove: bool) -> Result<()> {
    // Filters next to the ids could change what is selected.
    let body = ScheduledRemoval::new(domains.iter().map(|domain| &domain.id), remove);
    zapmail.schedule_mailbox_removal().body(body).send().await.map(drop)
}

/// Adds a hint with the domains that were scheduled or reverted before an error, since no operation reports them.
fn interrupted(error: Error, domains: &[&RemovedDomain], done: usize, remove: bool) -> Error {
    let may_have_been_processed = error.operation() == Some(ScheduleMailboxRemoval::OPERATION.id)
        && error.may_have_been_processed()
        && !is_rejection(&error);
    if done == 0 && !may_have_been_processed {
        return error;
    }
    let state = if remove { "scheduled for" } else { "reverted for" };
    let mut parts = Vec::new();
    if done > 0 {
        parts.push(format!("is {state} {}", counted_names(&domains[..done])));
    }
    if may_have_been_processed {
        let next = domains.len().min(done + BATCH_SIZE);
        parts.push(format!("may be {state} {}", counted_names(&domains[done..next])));
    }
    let advice = match error.kind() {
        ErrorKind::Conflict | ErrorKind::NotFound if remove => "plan the removal again, or call `undo`",
        _ if remove => "call `schedule` again to continue, or `undo`",
        _ => "call `undo` again to continue",
    };
    error.with_hint(format!("the removal {}; {advice}", parts.join(", and ")))
}

/// Returns whether the service rejected a request without executing it.
fn is_rejection(error: &Error) -> bool {
    use ErrorKind::{Conflict, Forbidden, Invalid, NotFound, RateLimited, Unauthorized};
    matches!(error.kind(), Invalid | Unauthorized | Forbidden | NotFound | Conflict | RateLimited)
}

fn unlisted_message(domains: &[&RemovedDomain]) -> String {
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
