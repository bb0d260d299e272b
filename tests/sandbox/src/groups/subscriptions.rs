//! Mailbox subscriptions: lists, purchases, upgrades and cancellations.

use serde_json::{Value, json};

use super::{Table, links};
use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Cycle, Plan, State, Subscription};

pub(super) const HANDLERS: Table = &[
    ("list_subscriptions", list_subscriptions),
    ("cancel_subscription", cancel_subscription),
    ("upgrade_subscription", upgrade_subscription),
    ("purchase_subscription", purchase_subscription),
    ("list_subscription_mailboxes", list_subscription_mailboxes),
];

/// Lists all subscriptions of the workspace, without pagination. Assumption: `contains` searches the plan and the
/// identifier.
fn list_subscriptions(state: &mut State, request: &Request) -> HandlerResult {
    let status = request.query.get("status");
    let term = request.query.get("contains").unwrap_or_default().to_lowercase();
    let found = state.subscriptions.iter().filter(|subscription| {
        subscription.workspace == request.workspace
            && status.is_none_or(|status| status.eq_ignore_ascii_case(subscription.status()))
            && (subscription.plan.name().to_lowercase().contains(&term)
                || subscription.subscription_id().contains(&term))
    });
    Ok(Success::data("User subscriptions", found.map(|subscription| row(subscription, request.now)).collect()))
}

fn row(subscription: &Subscription, now: Timestamp) -> Value {
    let (start, end) = subscription.period(now);
    json!({
        "id": subscription.id,
        "subscriptionId": subscription.subscription_id(),
        "subscriptionStatus": subscription.status(),
        // Upper case here, unlike in the purchase.
        "plan": subscription.plan.name().to_uppercase(),
        "price": subscription.price.to_json(),
        "totalMailboxQuantity": subscription.mailboxes,
        "periodStart": start.to_json(),
        "periodEnd": end.to_json(),
        "subscriptionCreationDate": subscription.created_at.to_json(),
        "planUpgradeCancelPossible": subscription.is_running(now),
        "paymentFailureMessage": null,
        // A URL, despite the name.
        "invoiceDetails": links::invoice(subscription.id),
        // A slot is valid for either provider (platform.md).
        "serviceProvider": null,
    })
}

/// Returns the position of the workspace's subscription with the requested identifier of the form `sub_...`.
pub(super) fn find(state: &State, request: &Request) -> Result<usize, Refusal> {
    let id: String = request.property("subscriptionId")?;
    let is_match = |subscription: &Subscription| {
        subscription.workspace == request.workspace && subscription.subscription_id() == id
    };
    state.subscriptions.iter().position(is_match).ok_or_else(|| Refusal::not_found("Subscription"))
}

/// Refuses changes to a subscription that has ended, which its row shows as `planUpgradeCancelPossible`. This refusal
/// is inferred.
fn check_running(subscription: &Subscription, now: Timestamp) -> Result<(), Refusal> {
    if subscription.is_running(now) { Ok(()) } else { Err(Refusal::rule("The subscription has ended")) }
}

/// Cancels a subscription or, until the paid period ends, reverts the cancellation. Both are idempotent. The slots of
/// an ended subscription remain; what the service does with them is not documented.
fn cancel_subscription(state: &mut State, request: &Request) -> HandlerResult {
    let position = find(state, request)?;
    let revert_cancellation: bool = request.property("revertCancellation")?;
    let subscription = &mut state.subscriptions[position];
    check_running(subscription, request.now)?;
    let previous = subscription.status();
    subscription.cancelled_at = match revert_cancellation {
        true => None,
        false => subscription.cancelled_at.or(Some(request.now)),
    };
    if subscription.status() != previous {
        state.emit_subscription_event(position, "subscription.status_changed");
    }
    Ok(Success::done(match revert_cancellation {
        true => "Subscription cancellation reverted successfully",
        false => "Subscription will be cancelled at the end of the billing period",
    }))
}

/// Upgrades to a larger plan: charges the price difference and adds the additional slots. Both are assumed, and so are
/// the plans' keys, which follow the pattern of an observed one. The documented response is an empty object.
fn upgrade_subscription(state: &mut State, request: &Request) -> HandlerResult {
    let lookup_key: String = request.property("lookupKey")?;
    let key = |plan: &Plan| format!("zap_mail_{}", plan.name().to_lowercase());
    let target = Plan::ALL.into_iter().find(|plan| key(plan) == lookup_key);
    let target = target.ok_or_else(|| Refusal::rule("There is no plan with this lookupKey"))?;
    let position = find(state, request)?;
    let subscription = &state.subscriptions[position];
    check_running(subscription, request.now)?;
    if !subscription.base || target.mailboxes() <= subscription.plan.mailboxes() {
        return Err(Refusal::rule("The subscription can only be upgraded to a larger plan"));
    }
    let price = target.price(subscription.cycle);
    let difference = price.minus(subscription.price);
    let added_slots = target.mailboxes().saturating_sub(subscription.mailboxes);
    state.charge("upgrade_subscription", difference)?;
    let subscription = &mut state.subscriptions[position];
    subscription.plan = target;
    subscription.price = price;
    subscription.mailboxes += added_slots;
    state.workspace_mut(request.workspace).slots += added_slots;
    state.emit_subscription_event(position, "subscription.billing_changed");
    Ok(Success::flat(json!({})))
}

/// Purchases a plan from the wallet only. Ignores the case of plan and cycle: which case the service expects is not
/// known.
fn purchase_subscription(state: &mut State, request: &Request) -> HandlerResult {
    let name = request.query.require("planName")?;
    let plan = Plan::named(name).ok_or_else(|| Refusal::invalid("planName must be one of Starter, Growth, Pro"))?;
    let cycle = match request.query.get("billingCycle") {
        None => Some(Cycle::Monthly),
        Some(name) => Cycle::ALL.into_iter().find(|cycle| cycle.name().eq_ignore_ascii_case(name)),
    };
    let cycle = cycle.ok_or_else(|| Refusal::invalid("billingCycle must be one of monthly, quarterly, yearly"))?;
    let price = plan.price(cycle);
    state.charge("purchase_subscription", price)?;
    let id = state.id_generator.next_id();
    state.subscribe(Subscription {
        id,
        workspace: request.workspace,
        plan,
        cycle,
        base: true,
        price,
        mailboxes: plan.mailboxes(),
        created_at: request.now,
        cancelled_at: None,
    });
    state.emit_subscription_event(state.subscriptions.len() - 1, "subscription.status_changed");
    let link = links::invoice(id);
    Ok(Success::flat(json!({"message": "Subscription purchased successfully", "paymentLink": link})))
}

/// Lists the mailboxes that use the slots of a subscription. Their assignment to subscriptions is not documented: here,
/// mailboxes in the order of the list use the slots of the oldest subscription first. The fields of a row are assumed.
fn list_subscription_mailboxes(state: &mut State, request: &Request) -> HandlerResult {
    let position = find(state, request)?;
    let of_workspace = |subscription: &&Subscription| subscription.workspace == request.workspace;
    let preceding: u64 = state.subscriptions[..position].iter().filter(of_workspace).map(|other| other.mailboxes).sum();
    let (skip, take) = (preceding as usize, state.subscriptions[position].mailboxes as usize);
    let mailboxes = state.domains_of(request.workspace).flat_map(|domain| {
        domain.mailboxes.iter().map(move |mailbox| {
            json!({
                "id": mailbox.id,
                "email": mailbox.address(domain),
                "domainId": domain.id,
                "domain": domain.name,
                "status": mailbox.status(request.now),
            })
        })
    });
    Ok(Success::data("Subscription mailboxes fetched successfully", mailboxes.skip(skip).take(take).collect()))
}
