//! The domains that can be protected, and those that are.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::subscriptions::position;
use crate::clock::Moment;
use crate::envelope::{Answer, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{Domain, DomainKey, Provider, State};

/// Active domains that are not yet protected. What a row is made of is assumed: none has been seen.
pub(super) fn list_dns_shield_domains(state: &mut State, request: &Request) -> Answer {
    let paging = Paging::of(&request.query)?;
    let (state, query) = (&*state, &request.query);
    let status = query.get("status").unwrap_or("ACTIVE");
    let (tags, mailboxes): (Vec<_>, Vec<_>) = (query.all("tagIds").collect(), query.all("mailboxIds").collect());
    let found = state.workspace(request.workspace).domains.iter().filter(|key| {
        let domain = state.domain(**key);
        !state.is_shielded(**key)
            && domain.is_active(request.now)
            && domain.status(request.now).eq_ignore_ascii_case(status)
            && domain.name_contains(query.get("contains").unwrap_or_default())
            && (tags.is_empty() || domain.tags.iter().any(|tag| tags.contains(&&*tag.to_string())))
            && (mailboxes.is_empty() || domain.mailboxes.iter().any(|one| mailboxes.contains(&&*one.id.to_string())))
    });
    let data = paging.cut(found).data("domains", |key| row(state.domain(*key), request.now));
    Ok(Success::data("Eligible domains fetched successfully", data))
}

fn row(domain: &Domain, now: Moment) -> Value {
    let (shielded, shield_is_coming) = domain.shield(now);
    json!({
        "id": domain.id,
        "domain": domain.name,
        "status": domain.status(now),
        "serviceProvider": domain.provider.map(Provider::as_str),
        "dnsShieldEnabled": shielded,
        "dnsShieldUpdateInProgress": shield_is_coming,
    })
}

/// By the page's text a row has status, mailboxes and registration; its form is assumed.
pub(super) fn list_dns_shield_allocated_domains(state: &mut State, request: &Request) -> Answer {
    let id = request.query.require("subscriptionId")?;
    let subscription = &state.shield[position(state, request.workspace, id)?];
    let rows = subscription.domains.iter().map(|key| {
        let domain = state.domain(*key);
        let mut row = row(domain, request.now);
        row["mailboxesCount"] = domain.mailboxes.len().into();
        row["createdAt"] = domain.created_at.to_json();
        row
    });
    Ok(Success::data("Allocated domains fetched successfully", rows.collect()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Allocation {
    domain_ids: Vec<String>,
}

pub(super) fn allocate_dns_shield_domains(state: &mut State, request: &Request) -> Answer {
    let Allocation { domain_ids } = request.body()?;
    if domain_ids.is_empty() {
        return Err(Refusal::invalid("domainIds must name a domain"));
    }
    let ids = domain_ids.iter().map(|id| state.domain_by_id(request.workspace, id));
    let keys = ids.collect::<Result<Vec<_>, _>>()?;
    allocate(state, request, keys)?;
    Ok(Success::done("Domains allocated successfully"))
}

/// Gives free slots of lifetime plans to domains, the oldest plan's first: to all of them or to none.
pub(super) fn allocate(state: &mut State, request: &Request, keys: Vec<DomainKey>) -> Result<(), Refusal> {
    let keys = unprotected(state, keys)?;
    let free: usize =
        state.shield_subscriptions_of(request.workspace).map(|subscription| subscription.free_slots()).sum();
    if keys.len() > free {
        return Err(Refusal::rule(format!("Not enough DNS Shield slots. Required: {}, Available: {free}", keys.len())));
    }
    let mut rest = &keys[..];
    for position in 0..state.shield.len() {
        let subscription = &state.shield[position];
        if subscription.workspace == request.workspace {
            let (some, others) = rest.split_at(rest.len().min(subscription.free_slots()));
            state.shield_domains(position, some, request.now);
            rest = others;
        }
    }
    Ok(())
}

/// Each domain once, if none of them is protected.
pub(super) fn unprotected(state: &State, mut keys: Vec<DomainKey>) -> Result<Vec<DomainKey>, Refusal> {
    keys.sort_unstable();
    keys.dedup();
    if keys.iter().any(|key| state.is_shielded(*key)) {
        return Err(Refusal::new(StatusCode::CONFLICT, "A domain is protected by DNS Shield already"));
    }
    Ok(keys)
}
