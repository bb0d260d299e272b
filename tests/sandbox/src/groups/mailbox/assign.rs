//! Creation of mailboxes, now or at the next renewal. A request creates all of its mailboxes or none.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;
use zapmail_sdk::Secret;

use super::username;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{Counters, DOMAIN_LIMIT, Domain, DomainKey, Life, Mailbox, Provider, State};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::groups) struct NewMailbox {
    pub(in crate::groups) first_name: String,
    pub(in crate::groups) last_name: String,
    pub(in crate::groups) mailbox_username: String,
    pub(in crate::groups) domain_name: String,
    pub(in crate::groups) password: Option<Secret>,
}

/// The whole body: a map from domain id to new mailboxes. It is sorted, so that a request with two errors always gets
/// the same message.
type Assignments = BTreeMap<String, Vec<NewMailbox>>;

/// Creates mailboxes. The live service returns their ids; the documentation shows null.
pub(super) fn assign_mailboxes(state: &mut State, request: &Request) -> HandlerResult {
    let assignments: Assignments = request.body()?;
    for mailbox in assignments.values().flatten() {
        username::check(&mailbox.mailbox_username)?;
    }
    let mut accepted = BTreeMap::new();
    for (id, mailboxes) in assignments {
        let key = state.domain_by_id(request.workspace, &id)?;
        check_domain(state.domain(key), &mailboxes, request)?;
        // The same id can be spelled in several ways.
        if accepted.insert(key, mailboxes).is_some() {
            return Err(Refusal::invalid("the body contains a domain twice"));
        }
    }
    let wanted = accepted.values().map(|mailboxes| mailboxes.len() as u64).sum::<u64>();
    let free = Counters::of(state, request.workspace, request.now).free_slots;
    if wanted > free {
        let message = format!("You do not have enough purchased mailboxes. Mailboxes left to assign: {free}");
        return Err(Refusal::rule(message));
    }
    let mut ids = Vec::new();
    for (key, mailboxes) in accepted {
        ids.extend(create(state, request, key, mailboxes, Life::CreatedFrom(request.now)));
    }
    let data = match state.shapes {
        Shapes::Documented => Value::Null,
        Shapes::Live => ids.iter().map(Uuid::to_string).collect(),
    };
    Ok(Success::queued("Mailboxes will be assigned shortly", data))
}

/// Checks whether the new mailboxes can be created on a domain.
pub(in crate::groups) fn check_domain(
    domain: &Domain,
    mailboxes: &[NewMailbox],
    request: &Request,
) -> Result<(), Refusal> {
    mailboxes.iter().try_for_each(|mailbox| check_domain_name(domain, &mailbox.domain_name))?;
    if domain.mailboxes.len() + mailboxes.len() > DOMAIN_LIMIT {
        return Err(Refusal::rule(format!("A domain can have a max of {DOMAIN_LIMIT} mailboxes")));
    }
    let mut taken: HashSet<&str> = domain.mailboxes.iter().map(|mailbox| &*mailbox.username).collect();
    if mailboxes.iter().any(|mailbox| !taken.insert(&mailbox.mailbox_username)) {
        return Err(Refusal::rule("A mailbox with this username already exists on the domain"));
    }
    if domain.provider == Some(Provider::Microsoft)
        && !domain.mailboxes.iter().all(|mailbox| mailbox.is_settled(request.now))
    {
        return Err(Refusal::rule("Previously assigned mailboxes are not active yet"));
    }
    Ok(())
}

fn check_domain_name(domain: &Domain, name: &str) -> Result<(), Refusal> {
    if name.eq_ignore_ascii_case(&domain.name) {
        return Ok(());
    }
    Err(Refusal::invalid("domainName does not match the domain with the id in the key"))
}

/// Creates mailboxes and returns their ids.
pub(in crate::groups) fn create(
    state: &mut State,
    request: &Request,
    key: DomainKey,
    mailboxes: Vec<NewMailbox>,
    life: Life,
) -> Vec<Uuid> {
    // The first mailbox sets the provider of the domain. Since 13 October 2026, a request cannot choose Microsoft.
    let provider = *state.domain_mut(key).provider.get_or_insert(Provider::Google);
    let mut ids = Vec::with_capacity(mailboxes.len());
    for NewMailbox { first_name, last_name, mailbox_username, password, .. } in mailboxes {
        let mailbox = state.new_mailbox(provider, mailbox_username, (first_name, last_name), life, request.now);
        let id = mailbox.id;
        state.add_mailbox(key, Mailbox { password, ..mailbox });
        state.emit_mailbox_updated(key, id);
        ids.push(id);
    }
    ids
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScheduledMailbox {
    mailbox_username: Option<String>,
    domain_name: Option<String>,
}

/// Only counts the scheduled mailboxes. The sandbox has no renewals, so it never creates them.
pub(super) fn schedule_mailbox_creation(state: &mut State, request: &Request) -> HandlerResult {
    let scheduled: BTreeMap<String, Vec<ScheduledMailbox>> = request.body()?;
    for (domain, mailboxes) in &scheduled {
        let domain = state.domain(state.domain_by_id(request.workspace, domain)?);
        for ScheduledMailbox { mailbox_username, domain_name } in mailboxes {
            mailbox_username.as_deref().map_or(Ok(()), username::check)?;
            domain_name.as_deref().map_or(Ok(()), |name| check_domain_name(domain, name))?;
        }
    }
    let count = scheduled.values().map(Vec::len).sum::<usize>() as u64;
    state.workspace_mut(request.workspace).scheduled_mailboxes += count;
    Ok(Success::done("Mailboxes scheduled successfully"))
}
