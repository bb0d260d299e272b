//! Purchases of domains. The response is flat and contains no ids; the domains appear in the list.

use std::collections::HashSet;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::availability::check_years;
use super::name;
use super::offer::{self, Availability};
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::groups::dns_shield::{self, MONTHLY_PRICE};
use crate::groups::links;
use crate::request::Request;
use crate::state::{Cents, Domain, DomainKey, Origin, REGISTERING, Refund, State};

/// The length of a registration year.
pub(in crate::groups) const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The time until the price of a name that turns out to be taken is refunded to the wallet.
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
pub(in crate::groups) struct PurchaseItem {
    pub(in crate::groups) domain_name: String,
    years: Option<i64>,
}

/// A checked item of an order.
pub(in crate::groups) struct Item {
    pub(in crate::groups) name: String,
    years: u64,
    pub(in crate::groups) price: Cents,
    availability: Availability,
}

pub(super) fn purchase_domains(state: &mut State, request: &Request) -> HandlerResult {
    let Purchase { domains, use_wallet, enable_dns_shield } = request.body()?;
    let mut items = check(state, request, &domains)?;
    if enable_dns_shield {
        // Assumption: the order includes the first month.
        items.iter_mut().for_each(|item| item.price = item.price.plus(MONTHLY_PRICE));
    }
    let total = items.iter().map(|item| item.price).fold(Cents(0), Cents::plus);
    let order = state.id_generator.next_id();
    if !use_wallet {
        // In the sandbox, nobody can pay with the link, so the order is never completed.
        let link = links::checkout(order);
        return Ok(Success::flat(json!({"message": "Payment link generated successfully", "paymentLink": link})));
    }
    let invoice = links::invoice(order);
    if state.charge("purchase_domains", total).is_err() {
        // Not an error, but an invoice for the remaining amount. Without a payment, the order is dropped
        // (domains.yaml).
        let remaining = total.minus(state.wallet.balance);
        let message =
            format!("Insufficient wallet balance. Please pay the remaining {remaining} to complete the purchase");
        return Ok(Success::flat(json!({"message": message, "invoiceLink": invoice})));
    }
    let registered: Vec<_> = items.into_iter().filter_map(|item| register(state, request, item)).collect();
    if enable_dns_shield && !registered.is_empty() {
        dns_shield::protect_monthly(state, request, &registered);
    }
    Ok(Success::flat(json!({"message": "Domains purchased", "invoiceLink": invoice})))
}

/// Checks everything that the service checks before the charge. It detects a taken name only after the charge.
pub(in crate::groups) fn check(
    state: &State,
    request: &Request,
    domains: &[PurchaseItem],
) -> Result<Vec<Item>, Refusal> {
    if state.workspace(request.workspace).billing.is_none() {
        return Err(Refusal::rule("Please add billing details before making a purchase"));
    }
    let mut seen = HashSet::new();
    let check = |(position, item): (usize, &PurchaseItem)| {
        let name = name::check(&item.domain_name, &format!("domains.{position}.domainName"))?;
        let years = check_years(item.years, &format!("domains.{position}.years"))?;
        let refused = |reason: &str| Err(Refusal::rule(format!("{name} {reason}")));
        let availability = offer::availability(state, &name);
        match availability {
            _ if !seen.insert(name.clone()) => return refused("appears twice in the order"),
            Availability::Available | Availability::Taken => {}
            Availability::InAccount => return refused("already exists in your account"),
            Availability::Banned => return refused("contains a banned phrase"),
            Availability::HasWorkspace => return refused("already has a Google or Microsoft workspace"),
            Availability::NotSold => return refused("has an unsupported TLD"),
        }
        let price = offer::price(&name, years).unwrap_or(Cents(0));
        Ok(Item { name, years, price, availability })
    };
    domains.iter().enumerate().map(check).collect()
}

/// Adds a paid domain to the account, or schedules a refund if the name is taken.
pub(in crate::groups) fn register(state: &mut State, request: &Request, item: Item) -> Option<DomainKey> {
    if item.availability == Availability::Taken {
        state.refunds.push(Refund { amount: item.price, at: request.now.plus(REFUND_AFTER) });
        return None;
    }
    let years = u32::try_from(item.years).unwrap_or(1);
    let origin = Origin::Registered { on: request.now, until: request.now.plus(YEAR.saturating_mul(years)) };
    let mut domain = Domain::new(state.id_generator.next_id(), item.name, request.workspace, origin, request.now);
    domain.auto_renew = state.workspace(request.workspace).renews_domains.unwrap_or(false);
    let active_at = request.now.plus(REGISTERING);
    let key = state.add_domain(domain);
    state.emit_domain_updated(key);
    state.schedule_domain_updated(key, active_at);
    Some(key)
}
