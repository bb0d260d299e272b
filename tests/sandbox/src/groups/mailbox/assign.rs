//! New mailboxes, now or at the next renewal. A request is carried out whole or not at all.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::username;
use crate::envelope::{Answer, Refusal, Success};
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{DOMAIN_LIMIT, Domain, DomainKey, Life, Mailbox, Password, Provider, State, Tally};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewMailbox {
    first_name: String,
    last_name: String,
    mailbox_username: String,
    domain_name: String,
    password: Option<Password>,
}

/// The body is the map itself: domain id to new mailboxes. In order, so that of two faults always the same is told.
type Assignments = BTreeMap<String, Vec<NewMailbox>>;

/// The service returns the ids of the new mailboxes; the documentation shows null.
pub(super) fn assign_mailboxes(state: &mut State, request: &Request) -> Answer {
    let assignments: Assignments = request.body()?;
    if assignments.is_empty() {
        return Err(Refusal::invalid("the body has to name a domain"));
    }
    for mailbox in assignments.values().flatten() {
        username::check(&mailbox.mailbox_username)?;
    }
    let mut accepted = BTreeMap::new();
    for (id, mailboxes) in assignments {
        let key = state.domain_by_id(request.workspace, &id)?;
        check_domain(state.domain(key), &mailboxes, request)?;
        // An id can be written in more than one way.
        if accepted.insert(key, mailboxes).is_some() {
            return Err(Refusal::invalid("the body names a domain twice"));
        }
    }
    let wanted = accepted.values().map(|mailboxes| mailboxes.len() as u64).sum::<u64>();
    let free = Tally::of(state, request.workspace, request.now).free_slots;
    if wanted > free {
        let message = format!("You do not have enough purchased mailboxes. Mailboxes left to assign: {free}");
        return Err(Refusal::rule(message));
    }
    let mut ids = Vec::new();
    for (key, mailboxes) in accepted {
        ids.extend(create(state, request, key, mailboxes));
    }
    let data = match state.shapes {
        Shapes::Documented => Value::Null,
        Shapes::Live => ids.iter().map(Uuid::to_string).collect(),
    };
    Ok(Success::queued("Mailboxes will be assigned shortly", data))
}

/// Whether a domain takes the new mailboxes.
fn check_domain(domain: &Domain, mailboxes: &[NewMailbox], request: &Request) -> Result<(), Refusal> {
    mailboxes.iter().try_for_each(|mailbox| check_domain_name(domain, &mailbox.domain_name))?;
    if domain.mailboxes.len() + mailboxes.len() > DOMAIN_LIMIT {
        return Err(Refusal::rule(format!("A domain can have a max of {DOMAIN_LIMIT} mailboxes")));
    }
    let mut taken: HashSet<&str> = domain.mailboxes.iter().map(|mailbox| &*mailbox.username).collect();
    if mailboxes.iter().any(|mailbox| !taken.insert(&mailbox.mailbox_username)) {
        return Err(Refusal::rule("A mailbox with this username already exists on the domain"));
    }
    let ready = |mailbox: &Mailbox| mailbox.life == Life::Failed || mailbox.is_active(request.now);
    if domain.provider == Some(Provider::Microsoft) && !domain.mailboxes.iter().all(ready) {
        return Err(Refusal::rule("Previously assigned mailboxes are not active yet"));
    }
    Ok(())
}

fn check_domain_name(domain: &Domain, name: &str) -> Result<(), Refusal> {
    if name.eq_ignore_ascii_case(&domain.name) {
        return Ok(());
    }
    Err(Refusal::invalid("domainName is not the name of the domain whose id is the key"))
}

/// Creates mailboxes and returns their ids.
fn create(state: &mut State, request: &Request, key: DomainKey, mailboxes: Vec<NewMailbox>) -> Vec<Uuid> {
    // A domain takes the provider of its first mailbox; nothing in a request chooses Microsoft since 13 October 2026.
    let provider = *state.domain_mut(key).provider.get_or_insert(Provider::Google);
    let mut ids = Vec::with_capacity(mailboxes.len());
    for NewMailbox { first_name, last_name, mailbox_username, password, .. } in mailboxes {
        let mailbox = Mailbox {
            id: state.inventor.next_id(),
            username: Cow::Owned(mailbox_username),
            first_name: Cow::Owned(first_name),
            last_name: Cow::Owned(last_name),
            picture: None,
            code_seed: (provider == Provider::Google).then(|| state.inventor.next_code_seed()),
            life: Life::CreatedFrom(request.now),
            assigned_on: request.now,
            password,
            removal_scheduled: false,
        };
        let id = mailbox.id;
        state.add_mailbox(key, mailbox);
        state.tell_of_mailbox(key, id);
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

/// Counts the new mailboxes and creates none: there is no renewal in the sandbox.
pub(super) fn schedule_mailbox_creation(state: &mut State, request: &Request) -> Answer {
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
