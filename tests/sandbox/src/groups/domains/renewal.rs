//! Renewal of domains for another year.

use serde::Deserialize;
use serde_json::{Value, json};

use super::offer;
use super::purchase::YEAR;
use super::select::{Selector, change};
use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::groups::links;
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{Cents, Domain, Provider, State};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct RenewableSearch {
    contains: String,
    tag_ids: Vec<String>,
}

/// Lists the domains whose registration ends within two months.
pub(super) fn list_renewable_domains(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of_either(&request.query, &request.body)?;
    let RenewableSearch { contains, tag_ids } = request.body()?;
    let all = state.domains_of(request.workspace).filter(|domain| domain.is_renewable(request.now));
    let found = all
        .clone()
        .filter(|domain| domain.name_contains(&contains) && (tag_ids.is_empty() || domain.has_tag(&tag_ids)));
    let more = json!({"totalCount": all.count()});
    let data = paging.paginate(found).data_with("domains", |domain| row(domain, request.now), more);
    Ok(Success::data("Domains fetched successfully", data))
}

/// Returns the row of a domain, with fewer fields than in other lists.
fn row(domain: &Domain, now: Timestamp) -> Value {
    json!({
        "id": domain.id,
        "domain": domain.name,
        "status": domain.status(now),
        "registeredOn": domain.registered_on().map(Timestamp::to_json),
        "expireOn": domain.expires_on().map(Timestamp::to_json),
        "serviceProvider": domain.provider.map(Provider::as_str),
        "assignedMailboxesCount": domain.mailboxes.len().to_string(),
    })
}

/// Returns the prices of the selected domains that can be renewed now, as an array without counters.
pub(super) fn get_renewal_price(state: &mut State, request: &Request) -> HandlerResult {
    let keys = Selector::of(request)?.select(state, request)?;
    let domains = keys.into_iter().map(|key| state.domain(key)).filter(|domain| domain.is_renewable(request.now));
    let rows = domains.map(|domain| {
        let price = offer::renewal_price(&domain.name).to_decimal();
        json!({
            "domainId": domain.id,
            "domainName": domain.name,
            // The service's values are not known. A domain in the account cannot be purchased again.
            "status": "UNAVAILABLE",
            "isPremiumDomain": offer::is_premium(&domain.name),
            "domainPrice": price,
            "renewPrice": price,
        })
    });
    Ok(Success::data("Renewal price fetched successfully", rows.collect()))
}

/// Renews domains and always charges the wallet. If the balance is too low, responds with a payment link and renews
/// nothing.
pub(super) fn renew_domains(state: &mut State, request: &Request) -> HandlerResult {
    let keys = Selector::of(request)?.select(state, request)?;
    if let Some(key) = keys.iter().find(|key| !state.domain(**key).is_renewable(request.now)) {
        let name = &state.domain(*key).name;
        return Err(Refusal::rule(format!("{name} is not eligible for renewal")));
    }
    let prices = keys.iter().map(|key| offer::renewal_price(&state.domain(*key).name));
    let total = prices.fold(Cents(0), Cents::plus);
    let link = match state.charge("renew_domains", total) {
        Ok(()) => None,
        Err(_) => Some(links::checkout(state.id_generator.next_id())),
    };
    if link.is_none() {
        for key in &keys {
            state.change_domain(*key, request.now, |domain| domain.extend(YEAR));
        }
    }
    let domains = keys.iter().map(|key| state.domain(*key));
    let data = json!({
        "paymentLink": link,
        // Names, because the shape of an entry is not known.
        "domains": domains.clone().map(|domain| domain.name.clone()).collect::<Value>(),
        "domainIds": domains.map(|domain| domain.id.to_string()).collect::<Value>(),
        "useWallet": true,
    });
    Ok(Success::data("Domain renewal processed successfully", data))
}

/// Stores the setting only: the sandbox never renews domains automatically. Aged and pre-warmed domains are skipped.
pub(super) fn set_domain_auto_renew(state: &mut State, request: &Request) -> HandlerResult {
    let auto_renew: bool = request.property("autoRenew")?;
    change(state, request, |domain| domain.auto_renew = auto_renew && domain.renews())?;
    Ok(Success::done("Auto renew updated successfully"))
}
