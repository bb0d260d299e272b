//! Aged domains with a good reputation, sold individually.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Table;
use super::domains::purchase::YEAR;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{AgedDomain, Cents, Domain, Origin, State};

pub(super) const HANDLERS: Table = &[
    ("list_high_reputation_domains", list_high_reputation_domains),
    ("purchase_high_reputation_domains", purchase_high_reputation_domains),
];

/// Lists the domains on offer without counters, like the live service.
fn list_high_reputation_domains(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of(&request.query)?;
    let unsold = state.aged.iter().filter(|domain| !domain.sold);
    let rows: Value = paging.paginate(unsold).rows.into_iter().map(row).collect();
    Ok(Success::data("Available domains fetched successfully", json!({"domains": rows})))
}

fn row(domain: &AgedDomain) -> Value {
    json!({
        "domainName": domain.name,
        "price": domain.price.to_json(),
        "qualityScore": domain.quality,
        "domainAgeYears": domain.years,
        "metrics": {"domainAuthority": domain.authority, "spamScore": domain.spam},
    })
}

/// Purchases all of the domains or none. The data of the service's response has not been seen; here it is null.
fn purchase_high_reputation_domains(state: &mut State, request: &Request) -> HandlerResult {
    let domains: Vec<String> = request.property("domains")?;
    // Sorted, so that a request with two errors always gets the same message.
    let names: BTreeSet<_> = domains.iter().map(|name| name.to_lowercase()).collect();
    let positions = names.iter().map(|name| {
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
        let origin = Origin::Aged { until: request.now.plus(YEAR) };
        let key = state.add_domain(Domain::new(id, name, request.workspace, origin, request.now));
        state.emit_domain_updated(key);
    }
    Ok(Success::done("Domains purchased successfully"))
}
