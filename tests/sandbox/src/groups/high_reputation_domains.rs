//! Aged domains with a good reputation, sold individually.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Table;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{AgedDomain, Cents, Domain, Origin, State};

pub(super) const HANDLERS: Table = &[
    ("list_high_reputation_domains", list_high_reputation_domains),
    ("purchase_high_reputation_domains", purchase_high_reputation_domains),
];

/// The paid registration period of a purchased domain: a year.
const REGISTRATION: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Lists the domains on offer without counters, like the live service.
fn list_high_reputation_domains(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of(&request.query)?;
    let unsold = state.aged.iter().filter(|domain| !domain.sold);
    let rows: Value = paging.paginate(unsold).rows.into_iter().map(row).collect();
    Ok(Success::data("Available domains fetched successfully", json!({"domains": rows})))
}

/// Returns the row of a domain. Whether prices are numbers or strings has not been seen: here, even dollar amounts are
/// numbers and odd ones strings.
fn row(domain: &AgedDomain) -> Value {
    let Cents(cents) = domain.price;
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    json!({
        "domainName": domain.name,
        "price": if (cents / 100).is_multiple_of(2) { domain.price.to_json() } else { text.into() },
        "qualityScore": domain.quality,
        "domainAgeYears": domain.years,
        "metrics": {"domainAuthority": domain.authority, "spamScore": domain.spam},
    })
}

#[derive(Deserialize)]
struct Purchase {
    domains: Vec<String>,
}

/// Purchases all of the domains or none. The data of the service's response has not been seen; here it is null.
fn purchase_high_reputation_domains(state: &mut State, request: &Request) -> HandlerResult {
    let Purchase { domains } = request.body()?;
    // Sorted, so that a request with two errors always gets the same message.
    let mut seen = BTreeSet::new();
    if domains.is_empty() || !domains.iter().all(|name| seen.insert(name.to_lowercase())) {
        return Err(Refusal::invalid("domains must contain at least one domain, and each only once"));
    }
    let positions = seen.iter().map(|name| {
        let position = state.aged.iter().position(|domain| domain.name == *name);
        let position = position.ok_or_else(|| Refusal::not_found("Domain"))?;
        if state.aged[position].sold {
            Err(Refusal::rule(format!("{name} has already been sold")))
        } else {
            Ok(position)
        }
    });
    let positions = positions.collect::<Result<BTreeSet<_>, _>>()?;
    let price = positions.iter().map(|position| state.aged[*position].price.0).sum();
    state.charge("purchase_high_reputation_domains", Cents(price))?;
    for position in positions {
        state.aged[position].sold = true;
        let name = state.aged[position].name.clone();
        let id = state.id_generator.next_id();
        let origin = Origin::Aged { until: request.now.plus(REGISTRATION) };
        state.add_domain(Domain::new(id, name, request.workspace, origin, request.now));
        if let Ok(key) = state.domain_by_id(request.workspace, &id.to_string()) {
            state.emit_domain_updated(key);
        }
    }
    Ok(Success::done("Domains purchased successfully"))
}
