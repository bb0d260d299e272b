//! Domains that DNS Shield can protect, and protected domains.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{Domain, DomainKey, Provider, State};

/// Lists the active domains that are not yet protected. The fields of a row are assumed, because no row has been seen.
pub(super) fn list_dns_shield_domains(state: &mut State, request: &Request) -> HandlerResult {
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
            && (tags.is_empty() || domain.has_tag(&tags))
            && (mailboxes.is_empty()
                || domain.mailboxes.iter().any(|mailbox| mailboxes.contains(&&*mailbox.id.to_string())))
    });
    let data = paging.paginate(found).data("domains", |key| row(state.domain(*key), request.now));
    Ok(Success::data("Eligible domains fetched successfully", data))
}

fn row(domain: &Domain, now: Timestamp) -> Value {
    let (is_shielded, is_shield_pending) = domain.shield(now);
    json!({
        "id": domain.id,
        "domain": domain.name,
        "status": domain.status(now),
        "serviceProvider": domain.provider.map(Provider::as_str),
        "dnsShieldEnabled": is_shielded,
        "dnsShieldUpdateInProgress": is_shield_pending,
    })
}

/// Lists the protected domains of a subscription. According to the documentation, a row contains the status, the
/// mailboxes and the registration; the names of its fields are assumed.
pub(super) fn list_dns_shield_allocated_domains(state: &mut State, request: &Request) -> HandlerResult {
    let id = request.query.require("subscriptionId")?;
    let subscription = &state.shield[state.shield_subscription_by_id(request.workspace, id)?];
    let rows = subscription.domains.iter().map(|key| {
        let domain = state.domain(*key);
        let mut row = row(domain, request.now);
        row["mailboxesCount"] = domain.mailboxes.len().into();
        row["createdAt"] = domain.created_at.to_json();
        row
    });
    Ok(Success::data("Allocated domains fetched successfully", rows.collect()))
}

pub(super) fn allocate_dns_shield_domains(state: &mut State, request: &Request) -> HandlerResult {
    let keys = state.domains_by_id(request.workspace, &request.property::<Vec<String>>("domainIds")?)?;
    allocate(state, request, keys)?;
    Ok(Success::done("Domains allocated successfully"))
}

/// Allocates free slots of lifetime plans to all domains or none. The slots of the oldest plan are used first.
pub(super) fn allocate(state: &mut State, request: &Request, keys: Vec<DomainKey>) -> Result<(), Refusal> {
    let keys = unprotected(state, keys)?;
    let free: usize =
        state.shield_subscriptions_of(request.workspace).map(|subscription| subscription.free_slots()).sum();
    check_slots(keys.len(), free)?;
    let mut remaining = &keys[..];
    for position in 0..state.shield.len() {
        let subscription = &state.shield[position];
        if subscription.workspace == request.workspace {
            let (allocated, others) = remaining.split_at(remaining.len().min(subscription.free_slots()));
            state.shield_domains(position, allocated, request.now);
            remaining = others;
        }
    }
    Ok(())
}

/// Checks that there are enough slots.
pub(super) fn check_slots(required: usize, available: usize) -> Result<(), Refusal> {
    if required <= available {
        return Ok(());
    }
    Err(Refusal::rule(format!("Not enough DNS Shield slots. Required: {required}, Available: {available}")))
}

/// Returns the domains without duplicates. Refuses the request if any of them is already protected.
pub(super) fn unprotected(state: &State, mut keys: Vec<DomainKey>) -> Result<Vec<DomainKey>, Refusal> {
    keys.sort_unstable();
    keys.dedup();
    if keys.iter().any(|key| state.is_shielded(*key)) {
        return Err(Refusal::new(StatusCode::CONFLICT, "A domain is already protected by DNS Shield"));
    }
    Ok(keys)
}
