//! Buying domains. The answer is flat and tells no ids: the domains appear in the list.

use std::collections::HashSet;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::availability::check_years;
use super::name;
use super::offer::{self, Verdict};
use crate::envelope::{Answer, Refusal, Success};
use crate::groups::dns_shield::{self, MONTHLY_PRICE};
use crate::request::Request;
use crate::state::{Cents, Domain, DomainKey, Origin, REGISTERING, Refund, State};

/// How long a domain is registered for, a year.
pub(super) const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long it takes until the price of a name that turned out to be taken is back in the wallet.
const REFUND_AFTER: Duration = Duration::from_secs(120);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Purchase {
    domains: Vec<PurchaseItem>,
    use_wallet: bool,
    enable_dns_shield: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PurchaseItem {
    domain_name: String,
    years: Option<i64>,
}

/// A domain that is to be bought.
struct Item {
    name: String,
    years: u64,
    price: Cents,
    verdict: Verdict,
}

pub(super) fn purchase_domains(state: &mut State, request: &Request) -> Answer {
    let Purchase { domains, use_wallet, enable_dns_shield } = request.body()?;
    let mut items = check(state, request, &domains)?;
    if enable_dns_shield {
        // That the order has the first month in it is assumed.
        items.iter_mut().for_each(|item| item.price = item.price.plus(MONTHLY_PRICE));
    }
    let total = items.iter().map(|item| item.price).fold(Cents(0), Cents::plus);
    let order = state.inventor.next_id();
    if !use_wallet {
        // Nobody pays here, so nothing comes of it.
        let link = format!("https://checkout.example.com/session/{order}");
        return Ok(Success::flat(json!({"message": "Payment link generated successfully", "paymentLink": link})));
    }
    let invoice = format!("https://invoice.example.com/i/{order}");
    if state.charge("purchase_domains", total).is_err() {
        // No error: an invoice for the rest, and when it is not paid the order drops (domains.yaml).
        let rest = total.minus(state.wallet.balance);
        let message = format!("Insufficient wallet balance. Please pay the remaining {rest} to complete the purchase");
        return Ok(Success::flat(json!({"message": message, "invoiceLink": invoice})));
    }
    let registered: Vec<_> = items.into_iter().filter_map(|item| register(state, request, item)).collect();
    if enable_dns_shield && !registered.is_empty() {
        dns_shield::protect_monthly(state, request, &registered);
    }
    Ok(Success::flat(json!({"message": "Domains purchased", "invoiceLink": invoice})))
}

/// What the service refuses before it charges. It does not ask the registry whether a name is taken.
fn check(state: &State, request: &Request, domains: &[PurchaseItem]) -> Result<Vec<Item>, Refusal> {
    if domains.is_empty() {
        return Err(Refusal::invalid("domains must not be empty"));
    }
    if state.workspace(request.workspace).billing.is_none() {
        return Err(Refusal::rule("Please add billing details before making a purchase"));
    }
    let mut seen = HashSet::new();
    let check = |(position, item): (usize, &PurchaseItem)| {
        let name = name::check(&item.domain_name, &format!("domains.{position}.domainName"))?;
        let years = check_years(item.years, &format!("domains.{position}.years"))?;
        let refused = |why: &str| Err(Refusal::rule(format!("{name} {why}")));
        let verdict = offer::judge(state, &name);
        match verdict {
            _ if !seen.insert(name.clone()) => return refused("is in the order twice"),
            Verdict::Available | Verdict::Taken => {}
            Verdict::InAccount => return refused("already exists in your account"),
            Verdict::Banned => return refused("has a banned phrase"),
            Verdict::HasWorkspace => return refused("already has a Google or Microsoft workspace"),
            Verdict::NotSold => return refused("has an ending that is not supported"),
        }
        let price = offer::price(&name, years).unwrap_or(Cents(0));
        Ok(Item { name, years, price, verdict })
    };
    domains.iter().enumerate().map(check).collect()
}

/// Takes a domain that has been paid for into the account, or sends the money back.
fn register(state: &mut State, request: &Request, item: Item) -> Option<DomainKey> {
    if item.verdict == Verdict::Taken {
        state.refunds.push(Refund { amount: item.price, at: request.now.after(REFUND_AFTER) });
        return None;
    }
    let years = u32::try_from(item.years).unwrap_or(1);
    let origin = Origin::Registered { on: request.now, until: request.now.after(YEAR.saturating_mul(years)) };
    let mut domain = Domain::new(state.inventor.next_id(), item.name, request.workspace, origin, request.now);
    domain.auto_renew = state.workspace(request.workspace).renews_domains.unwrap_or(false);
    let active_at = request.now.after(REGISTERING);
    let key = state.add_domain(domain);
    state.tell_of_domain(key);
    state.tell_of_domain_at(key, active_at);
    Some(key)
}
