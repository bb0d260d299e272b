//! Subscriptions to DNS Shield. The lifetime plans are reportedly retired, but the sandbox still sells them.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::domains::{allocate, check_slots, unprotected};
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::groups::links;
use crate::request::Request;
use crate::state::{Cents, DomainKey, Plan, ShieldSubscription, State};

/// The price per domain and month (dns-shield.yaml).
pub(in crate::groups) const MONTHLY_PRICE: Cents = Cents(300);

/// Lists only the subscriptions with free slots, like the live service.
pub(super) fn get_dns_shield_slots(state: &mut State, request: &Request) -> HandlerResult {
    let subscriptions = state.shield_subscriptions_of(request.workspace);
    let free: Vec<_> = subscriptions.filter(|subscription| subscription.free_slots() > 0).collect();
    let total: usize = free.iter().map(|subscription| subscription.free_slots()).sum();
    let rows = free.iter().map(|subscription| {
        json!({
            "id": subscription.id,
            // Upper case here, unlike in the purchase.
            "planType": subscription.plan.map(|plan| plan.name().to_uppercase()),
            "totalSlots": subscription.slots,
            "totalUsedSlots": subscription.domains.len(),
            "availableSlots": subscription.free_slots(),
        })
    });
    let rows: Value = rows.collect();
    let data = json!({"totalAvailableSlots": total, "subscriptions": rows});
    Ok(Success::data("Available slots fetched successfully", data))
}

/// Returns null if there are no subscriptions, like the live service.
pub(super) fn list_dns_shield_subscriptions(state: &mut State, request: &Request) -> HandlerResult {
    let rows: Vec<_> = state.shield_subscriptions_of(request.workspace).map(row).collect();
    let data = if rows.is_empty() { Value::Null } else { rows.into() };
    Ok(Success::data("Subscriptions fetched successfully", data))
}

/// Returns the row of a subscription. The field names up to `lookupKey` have been observed, but not their values. The
/// other names are assumed.
fn row(subscription: &ShieldSubscription) -> Value {
    let plan = subscription.plan.map(Plan::name);
    json!({
        "id": subscription.id,
        "billingCycle": if plan.is_some() { "LTD" } else { "MONTHLY" },
        "cancelledByUser": subscription.cancelled,
        "couponApplied": null,
        "createdAt": subscription.created_at.to_json(),
        "invoiceLink": links::invoice(subscription.id),
        "isFreeTrial": false,
        "lookupKey": plan.map_or_else(|| "dns_shield_monthly".to_owned(), |plan| format!("dns_shield_ltd_{}", plan.to_lowercase())),
        "planName": plan,
        "price": subscription.price.to_json(),
        "totalSlots": subscription.slots,
        "usedSlots": subscription.domains.len(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Purchase {
    plan_type: Option<String>,
    plan_name: Option<String>,
    quantity: Option<u64>,
    #[serde(default)]
    domain_names: Vec<String>,
    #[serde(default)]
    domain_ids: Vec<String>,
}

/// Purchases a plan. The response is flat. Inferred: it has the same shape as the upgrade's response (dns-shield.yaml).
pub(super) fn purchase_dns_shield(state: &mut State, request: &Request) -> HandlerResult {
    let purchase: Purchase = request.body()?;
    let keys = unprotected(state, purchase.domains(state, request)?)?;
    let id = match purchase.plan_type.as_deref() {
        Some("LTD") => {
            let plan = purchase.plan_name.as_deref().and_then(Plan::named);
            let plan = plan.ok_or_else(|| Refusal::invalid("planName must be one of Starter, Growth and Pro"))?;
            Order { plan: Some(plan), slots: plan.shield_slots(), price: plan.shield_price(), keys: &keys }
                .buy(state, request)?
        }
        Some("MONTHLY") => {
            let quantity = purchase.quantity.unwrap_or(keys.len() as u64);
            if quantity == 0 {
                return Err(Refusal::invalid("quantity must be a positive integer"));
            }
            let slots = usize::try_from(quantity).unwrap_or(usize::MAX);
            Order { plan: None, slots, price: MONTHLY_PRICE.times(quantity), keys: &keys }.buy(state, request)?
        }
        // The effect of this type is not documented. Assumption: it uses existing slots.
        Some("EXISTING") => {
            allocate(state, request, keys)?;
            return Ok(Success::flat(json!({"message": "Domains allocated successfully"})));
        }
        _ => return Err(Refusal::invalid("planType must be one of LTD, MONTHLY and EXISTING")),
    };
    Ok(Success::flat(json!({"message": "DNS Shield purchased successfully", "invoiceUrl": links::invoice(id)})))
}

impl Purchase {
    fn domains(&self, state: &State, request: &Request) -> Result<Vec<DomainKey>, Refusal> {
        let by_id = self.domain_ids.iter().map(|id| state.domain_by_id(request.workspace, id));
        let by_name = self.domain_names.iter().map(|name| {
            let mut keys = state.workspace(request.workspace).domains.iter();
            let found = keys.find(|key| state.domain(**key).name.eq_ignore_ascii_case(name));
            found.copied().ok_or_else(|| Refusal::not_found("Domain"))
        });
        by_id.chain(by_name).collect()
    }
}

/// A subscription to buy, with the domains that it protects immediately.
struct Order<'a> {
    plan: Option<Plan>,
    slots: usize,
    price: Cents,
    keys: &'a [DomainKey],
}

impl Order<'_> {
    fn buy(self, state: &mut State, request: &Request) -> Result<Uuid, Refusal> {
        check_slots(self.keys.len(), self.slots)?;
        state.charge("purchase_dns_shield", self.price)?;
        Ok(self.subscribe(state, request))
    }

    /// Adds the subscription without a charge.
    fn subscribe(self, state: &mut State, request: &Request) -> Uuid {
        let Self { plan, slots, price, keys } = self;
        let id = state.id_generator.next_id();
        state.shield.push(ShieldSubscription {
            id,
            workspace: request.workspace,
            plan,
            slots,
            price,
            created_at: request.now,
            cancelled: false,
            domains: Vec::new(),
        });
        state.shield_domains(state.shield.len() - 1, keys, request.now);
        id
    }
}

/// Protects domains with a monthly subscription that is already paid.
pub(in crate::groups) fn protect_monthly(state: &mut State, request: &Request, keys: &[DomainKey]) {
    let (slots, price) = (keys.len(), MONTHLY_PRICE.times(keys.len() as u64));
    Order { plan: None, slots, price, keys }.subscribe(state, request);
}

/// Returns the position of the subscription that the body names.
fn requested(state: &State, request: &Request) -> Result<usize, Refusal> {
    state.shield_subscription_by_id(request.workspace, &request.property::<String>("subscriptionId")?)
}

/// Upgrades a lifetime plan. The response is flat. Assumption: the price difference is charged.
pub(super) fn upgrade_dns_shield_plan(state: &mut State, request: &Request) -> HandlerResult {
    let position = requested(state, request)?;
    let new = Plan::named(&request.property::<String>("newPlanName")?);
    let new = new.ok_or_else(|| Refusal::invalid("newPlanName must be one of Starter, Growth and Pro"))?;
    let old = state.shield[position].plan.filter(|old| *old < new && !state.shield[position].cancelled);
    let old = old.ok_or_else(|| Refusal::rule("Only a lifetime plan can be upgraded, and only to a larger one"))?;
    state.charge("upgrade_dns_shield_plan", Cents(new.shield_price().0 - old.shield_price().0))?;
    let subscription = &mut state.shield[position];
    (subscription.plan, subscription.slots, subscription.price) = (Some(new), new.shield_slots(), new.shield_price());
    let invoice = links::invoice(subscription.id);
    Ok(Success::flat(json!({"message": "Plan upgraded successfully", "invoiceUrl": invoice})))
}

/// Cancels a subscription. Its domains stay protected, and its free slots are lost; both are assumed.
pub(super) fn cancel_dns_shield_subscription(state: &mut State, request: &Request) -> HandlerResult {
    let position = requested(state, request)?;
    state.shield[position].cancelled = true;
    Ok(Success::done("Subscription cancelled successfully"))
}
