//! Aged domains with a good reputation, sold one by one.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Table;
use crate::envelope::{Answer, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{AgedDomain, Cents, Domain, Origin, State};

pub(super) const HANDLERS: Table = &[
    ("list_high_reputation_domains", list_high_reputation_domains),
    ("purchase_high_reputation_domains", purchase_high_reputation_domains),
];

/// For how long the registration of such a domain is paid.
const REGISTRATION: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Without counters, as live.
fn list_high_reputation_domains(state: &mut State, request: &Request) -> Answer {
    let paging = Paging::of(&request.query)?;
    let unsold = state.aged.iter().filter(|domain| !domain.sold);
    let rows: Value = paging.cut(unsold).rows.into_iter().map(row).collect();
    Ok(Success::data("Available domains fetched successfully", json!({"domains": rows})))
}

/// Whether a price comes as number or text has not been seen: even ones are numbers here, the others text.
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

/// All of them or none. What the answer's data holds has not been seen: nothing here.
fn purchase_high_reputation_domains(state: &mut State, request: &Request) -> Answer {
    let Purchase { domains } = request.body()?;
    // In order, so that of two faults always the same is told.
    let mut seen = BTreeSet::new();
    if domains.is_empty() || !domains.iter().all(|name| seen.insert(name.to_lowercase())) {
        return Err(Refusal::invalid("domains must name each domain once, and at least one"));
    }
    let positions = seen.iter().map(|name| {
        let position = state.aged.iter().position(|domain| domain.name == *name);
        let position = position.ok_or_else(|| Refusal::not_found("Domain"))?;
        if state.aged[position].sold {
            Err(Refusal::rule(format!("{name} has been sold already")))
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
        let id = state.inventor.next_id();
        let origin = Origin::Aged { until: request.now.after(REGISTRATION) };
        state.add_domain(Domain::new(id, name, request.workspace, origin, request.now));
        if let Ok(key) = state.domain_by_id(request.workspace, &id.to_string()) {
            state.tell_of_domain(key);
        }
    }
    Ok(Success::done("Domains purchased successfully"))
}
