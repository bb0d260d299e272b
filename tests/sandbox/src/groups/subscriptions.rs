//! Mailbox subscriptions: listing, buying, upgrading and cancelling them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Table;
use crate::clock::Moment;
use crate::envelope::{Answer, Refusal, Success};
use crate::request::Request;
use crate::state::{Cycle, Plan, State, Subscription};

pub(super) const HANDLERS: Table = &[
    ("list_subscriptions", list_subscriptions),
    ("cancel_subscription", cancel_subscription),
    ("upgrade_subscription", upgrade_subscription),
    ("purchase_subscription", purchase_subscription),
    ("list_subscription_mailboxes", list_subscription_mailboxes),
];

/// All of the workspace, without pages. What `contains` is looked for in is assumed: the plan and the identifier.
fn list_subscriptions(state: &mut State, request: &Request) -> Answer {
    let status = request.query.get("status");
    let sought = request.query.get("contains").unwrap_or_default().to_lowercase();
    let found = state.subscriptions.iter().filter(|subscription| {
        subscription.workspace == request.workspace
            && status.is_none_or(|status| status.eq_ignore_ascii_case(subscription.status()))
            && (subscription.plan.name().to_lowercase().contains(&sought)
                || subscription.subscription_id().contains(&sought))
    });
    Ok(Success::data("User subscriptions", found.map(|subscription| row(subscription, request.now)).collect()))
}

fn row(subscription: &Subscription, now: Moment) -> Value {
    let (start, end) = subscription.period(now);
    json!({
        "id": subscription.id,
        "subscriptionId": subscription.subscription_id(),
        "subscriptionStatus": subscription.status(),
        // In capitals here, and not when it is bought.
        "plan": subscription.plan.name().to_uppercase(),
        "price": subscription.price.to_json(),
        "totalMailboxQuantity": subscription.mailboxes,
        "periodStart": start.to_json(),
        "periodEnd": end.to_json(),
        "subscriptionCreationDate": subscription.created_at.to_json(),
        "planUpgradeCancelPossible": subscription.is_running(now),
        "paymentFailureMessage": null,
        // A link, despite its name.
        "invoiceDetails": invoice(subscription),
        // A slot is good for either provider (platform.md).
        "serviceProvider": null,
    })
}

/// The link to the invoice of a subscription.
pub(super) fn invoice(subscription: &Subscription) -> String {
    format!("https://invoice.example.com/i/{}", subscription.id)
}

/// The subscription of the workspace with an identifier of the form sub_...
pub(super) fn find(state: &State, request: &Request, id: &str) -> Result<usize, Refusal> {
    let is_meant = |subscription: &Subscription| {
        subscription.workspace == request.workspace && subscription.subscription_id() == id
    };
    state.subscriptions.iter().position(is_meant).ok_or_else(|| Refusal::not_found("Subscription"))
}

/// What the row calls planUpgradeCancelPossible; that the service refuses without it is inferred.
fn check_running(subscription: &Subscription, now: Moment) -> Result<(), Refusal> {
    if subscription.is_running(now) { Ok(()) } else { Err(Refusal::rule("The subscription has ended")) }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cancellation {
    subscription_id: String,
    revert_cancellation: bool,
}

/// Until the paid period ends it can be taken back, and doing either twice is harmless. The slots of a subscription that has
/// ended stay: what becomes of them is not documented.
fn cancel_subscription(state: &mut State, request: &Request) -> Answer {
    let Cancellation { subscription_id, revert_cancellation } = request.body()?;
    let position = find(state, request, &subscription_id)?;
    let subscription = &mut state.subscriptions[position];
    check_running(subscription, request.now)?;
    let before = subscription.status();
    subscription.cancelled_at = match revert_cancellation {
        true => None,
        false => subscription.cancelled_at.or(Some(request.now)),
    };
    if subscription.status() != before {
        state.tell_of_subscription(position, "subscription.status_changed");
    }
    Ok(Success::done(match revert_cancellation {
        true => "Subscription cancellation reverted successfully",
        false => "Subscription will be cancelled at the end of the billing period",
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Upgrade {
    lookup_key: String,
    subscription_id: String,
}

/// Charges what the new plan costs more, and adds the slots that it has more; both are assumed, and so are the plans' keys,
/// made after the one that was seen. The documented answer is an empty object.
fn upgrade_subscription(state: &mut State, request: &Request) -> Answer {
    let Upgrade { lookup_key, subscription_id } = request.body()?;
    let key = |plan: &Plan| format!("zap_mail_{}", plan.name().to_lowercase());
    let target = Plan::ALL.into_iter().find(|plan| key(plan) == lookup_key);
    let target = target.ok_or_else(|| Refusal::rule("There is no plan with this lookupKey"))?;
    let position = find(state, request, &subscription_id)?;
    let subscription = &state.subscriptions[position];
    check_running(subscription, request.now)?;
    if !subscription.base || target.mailboxes() <= subscription.plan.mailboxes() {
        return Err(Refusal::rule("The subscription can only be upgraded to a larger plan"));
    }
    let price = target.price(subscription.cycle);
    let (more_to_pay, more) =
        (price.minus(subscription.price), target.mailboxes().saturating_sub(subscription.mailboxes));
    state.charge("upgrade_subscription", more_to_pay)?;
    let subscription = &mut state.subscriptions[position];
    subscription.plan = target;
    subscription.price = price;
    subscription.mailboxes += more;
    state.workspace_mut(request.workspace).slots += more;
    state.tell_of_subscription(position, "subscription.billing_changed");
    Ok(Success::flat(json!({})))
}

/// From the wallet only, in whatever letters plan and cycle are written: which the service wants has not been seen.
fn purchase_subscription(state: &mut State, request: &Request) -> Answer {
    let name = request.query.require("planName")?;
    let plan = Plan::ALL.into_iter().find(|plan| plan.name().eq_ignore_ascii_case(name));
    let plan = plan.ok_or_else(|| Refusal::invalid("planName must be one of Starter, Growth, Pro"))?;
    let cycle = match request.query.get("billingCycle") {
        None => Some(Cycle::Monthly),
        Some(name) => Cycle::ALL.into_iter().find(|cycle| cycle.name().eq_ignore_ascii_case(name)),
    };
    let cycle = cycle.ok_or_else(|| Refusal::invalid("billingCycle must be one of monthly, quarterly, yearly"))?;
    let price = plan.price(cycle);
    state.charge("purchase_subscription", price)?;
    let id = state.inventor.next_id();
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
    state.tell_of_subscription(state.subscriptions.len() - 1, "subscription.status_changed");
    let link = format!("https://invoice.example.com/i/{id}");
    Ok(Success::flat(json!({"message": "Subscription purchased successfully", "paymentLink": link})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MailboxQuery {
    subscription_id: String,
}

/// Which mailbox uses whose slot is not documented: here the oldest subscription's are used first, in the order of the list.
/// Of a row nothing is known; id, address and domain are assumed.
fn list_subscription_mailboxes(state: &mut State, request: &Request) -> Answer {
    let MailboxQuery { subscription_id } = request.body()?;
    let position = find(state, request, &subscription_id)?;
    let of_workspace = |subscription: &&Subscription| subscription.workspace == request.workspace;
    let before: u64 = state.subscriptions[..position].iter().filter(of_workspace).map(|other| other.mailboxes).sum();
    let (skip, take) = (before as usize, state.subscriptions[position].mailboxes as usize);
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
