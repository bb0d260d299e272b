//! Keeping domains for another year.

use serde::Deserialize;
use serde_json::{Value, json};

use super::purchase::YEAR;
use super::select::{Selector, change};
use super::{offer, tags};
use crate::clock::Moment;
use crate::envelope::{Answer, Refusal, Success};
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

/// Those whose registration ends within two months.
pub(super) fn list_renewable_domains(state: &mut State, request: &Request) -> Answer {
    let paging = Paging::of_either(&request.query, &request.body)?;
    let RenewableSearch { contains, tag_ids } = request.body()?;
    let all = state.domains_of(request.workspace).filter(|domain| domain.is_renewable(request.now));
    let found = all
        .clone()
        .filter(|domain| domain.name_contains(&contains) && (tag_ids.is_empty() || tags::has_one_of(domain, &tag_ids)));
    let more = json!({"totalCount": all.count()});
    let data = paging.cut(found).data_with("domains", |domain| row(domain, request.now), more);
    Ok(Success::data("Domains fetched successfully", data))
}

/// A part of what other lists show.
fn row(domain: &Domain, now: Moment) -> Value {
    json!({
        "id": domain.id,
        "domain": domain.name,
        "status": domain.status(now),
        "registeredOn": domain.registered_on().map(Moment::to_json),
        "expireOn": domain.expires_on().map(Moment::to_json),
        "serviceProvider": domain.provider.map(Provider::as_str),
        "assignedMailboxesCount": domain.mailboxes.len().to_string(),
    })
}

/// A bare list, of those that can be renewed now.
pub(super) fn get_renewal_price(state: &mut State, request: &Request) -> Answer {
    let keys = Selector::of(request)?.select(state, request)?;
    let domains = keys.into_iter().map(|key| state.domain(key)).filter(|domain| domain.is_renewable(request.now));
    let rows = domains.map(|domain| {
        let price = offer::renewal_price(&domain.name).to_decimal();
        json!({
            "domainId": domain.id,
            "domainName": domain.name,
            // The values are not known; a domain that is owned cannot be bought.
            "status": "UNAVAILABLE",
            "isPremiumDomain": offer::is_premium(&domain.name),
            "domainPrice": price,
            "renewPrice": price,
        })
    });
    Ok(Success::data("Renewal price fetched successfully", rows.collect()))
}

/// From the wallet, whoever asks; a wallet that is too small is answered with a link, and nothing is renewed then.
pub(super) fn renew_domains(state: &mut State, request: &Request) -> Answer {
    let keys = Selector::of(request)?.select(state, request)?;
    if keys.is_empty() {
        return Err(Refusal::invalid("no domain is selected"));
    }
    if let Some(key) = keys.iter().find(|key| !state.domain(**key).is_renewable(request.now)) {
        let name = &state.domain(*key).name;
        return Err(Refusal::rule(format!("{name} is not eligible for renewal")));
    }
    let prices = keys.iter().map(|key| offer::renewal_price(&state.domain(*key).name));
    let total = prices.fold(Cents(0), Cents::plus);
    let link = match state.charge("renew_domains", total) {
        Ok(()) => None,
        Err(_) => Some(format!("https://checkout.example.com/session/{}", state.inventor.next_id())),
    };
    if link.is_none() {
        for key in &keys {
            let domain = state.domain_mut(*key);
            domain.extend(YEAR);
            domain.updated_at = request.now;
            state.tell_of_domain(*key);
        }
    }
    let domains = keys.iter().map(|key| state.domain(*key));
    let data = json!({
        "paymentLink": link,
        // Names, as an entry's form is not known.
        "domains": domains.clone().map(|domain| domain.name.clone()).collect::<Value>(),
        "domainIds": domains.map(|domain| domain.id.to_string()).collect::<Value>(),
        "useWallet": true,
    });
    Ok(Success::data("Domain renewal processed successfully", data))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AutoRenewal {
    auto_renew: bool,
}

/// A setting only: here no domain renews itself. The aged and the pre-warmed ones are passed over.
pub(super) fn set_domain_auto_renew(state: &mut State, request: &Request) -> Answer {
    let AutoRenewal { auto_renew } = request.body()?;
    change(state, request, |domain| domain.auto_renew = auto_renew && domain.renews())?;
    Ok(Success::done("Auto renew updated successfully"))
}
