//! Placement tests, which show whether emails from the mailboxes arrive in the inbox, and the plans whose credits pay
//! for them. Nothing is sent: the reports are the document's examples.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Table, links};
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{Cents, PlacementPlan, PlacementSubscription, PlacementTest, State};

pub(super) const HANDLERS: Table = &[
    ("list_placement_subscriptions", list_placement_subscriptions),
    ("get_placement_credits", get_placement_credits),
    ("purchase_placement_plan", purchase_placement_plan),
    ("cancel_placement_subscription", cancel_placement_subscription),
    ("purchase_placement_test", purchase_placement_test),
    ("list_placement_orders", list_placement_orders),
];

/// The price per mailbox without a plan.
const PRICE: Cents = Cents(200);

fn list_placement_subscriptions(state: &mut State, request: &Request) -> HandlerResult {
    let rows = state.placement.subscriptions_of(request.workspace).map(row);
    Ok(Success::data("Subscriptions fetched successfully", rows.collect()))
}

/// Returns the row of a subscription. The field names have been observed, except those of the plan and the price; most
/// values have not.
fn row(subscription: &PlacementSubscription) -> Value {
    let kind = if subscription.plan.lifetime { "LTD" } else { "MONTHLY" };
    json!({
        "id": subscription.id,
        "subscriptionId": subscription.subscription_id(),
        "planType": kind,
        "billingCycle": kind,
        "cancelledByUser": subscription.cancelled,
        "couponApplied": null,
        "createdAt": subscription.created_at.to_json(),
        "deletedAt": null,
        "discountApplied": null,
        "discountId": null,
        "planName": subscription.plan.name,
        "price": subscription.plan.price.to_json(),
    })
}

/// Returns the credits, like the live service: without the other fields of the documentation.
fn get_placement_credits(state: &mut State, request: &Request) -> HandlerResult {
    let (monthly, lifetime) = (credits(state, request, false), credits(state, request, true));
    let data = json!({"totalAvailableCredits": monthly + lifetime, "monthlyCredits": monthly, "ltdCredits": lifetime});
    Ok(Success::data("Credits fetched successfully", data))
}

/// Returns the remaining credits of all monthly or all lifetime plans.
fn credits(state: &State, request: &Request, lifetime: bool) -> u64 {
    let subscriptions = state.placement.subscriptions_of(request.workspace);
    let of_kind = subscriptions.filter(|subscription| subscription.plan.lifetime == lifetime);
    of_kind.map(|subscription| subscription.credits(request.now)).sum()
}

/// Purchases a plan. The keys of the response are documented, and so are the values of `planType`, `billingCycle`,
/// `lookupKey` and the invoice's `status`.
fn purchase_placement_plan(state: &mut State, request: &Request) -> HandlerResult {
    let plan = PlacementPlan::named(&request.property::<String>("planName")?);
    let plan =
        plan.ok_or_else(|| Refusal::invalid("planName must be Starter, Growth or Pro, optionally followed by LTD"))?;
    let previous = state.wallet.balance;
    state.charge("purchase_placement_plan", plan.price)?;
    let subscription = PlacementSubscription {
        id: state.id_generator.next_id(),
        workspace: request.workspace,
        plan,
        created_at: request.now,
        cancelled: false,
        spent: Vec::new(),
    };
    let plan = &subscription.plan;
    let key = plan.name.to_lowercase().replace(' ', "_");
    let cycle = if plan.lifetime { "LTD" } else { "MONTHLY" };
    let data = json!({
        "subscription": {
            "id": subscription.id,
            "subscriptionId": subscription.subscription_id(),
            "planType": plan.name.trim_end_matches(" LTD").to_uppercase(),
            "billingCycle": cycle,
            "lookupKey": format!("placement_test_{key}"),
            "status": "ACTIVE",
            "monthlyCredits": plan.credits,
            "availableCredits": subscription.credits(request.now),
            "periodStart": subscription.created_at.to_json(),
            "periodEnd": subscription.period_end().to_json(),
            "price": plan.price.to_json(),
            "currency": "usd",
        },
        "invoice": {
            "invoiceId": format!("in_{}", subscription.id.simple()),
            "invoiceUrl": links::invoice(subscription.id),
            "amount": plan.price.to_json(),
            "status": "paid",
        },
        "walletBalance": {
            "previousBalance": previous.to_json(),
            "amountDeducted": plan.price.to_json(),
            "currentBalance": state.wallet.balance.to_json(),
        },
    });
    state.placement.subscriptions.push(subscription);
    Ok(Success::data("Plan purchased successfully", data))
}

/// Cancels a subscription or reverts the cancellation. Accepts both identifiers of a row: which one the service expects
/// is not known.
fn cancel_placement_subscription(state: &mut State, request: &Request) -> HandlerResult {
    let id: String = request.property("subscriptionId")?;
    let revert_cancellation: bool = request.property("revertCancellation")?;
    let mut subscriptions = state.placement.subscriptions.iter_mut();
    let found = subscriptions.find(|subscription| {
        let is_match = subscription.id.to_string() == id || subscription.subscription_id() == id;
        is_match && subscription.workspace == request.workspace
    });
    found.ok_or_else(|| Refusal::not_found("Subscription"))?.cancelled = !revert_cancellation;
    Ok(Success::done(if revert_cancellation {
        "Subscription cancellation reverted successfully"
    } else {
        "Subscription cancelled successfully"
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Purchase {
    placement_type: String,
    test_name: String,
    mailbox_ids: Vec<String>,
}

/// Purchases a test, for one credit per mailbox. Assumption: the response contains the order's id.
fn purchase_placement_test(state: &mut State, request: &Request) -> HandlerResult {
    let Purchase { placement_type, test_name: name, mailbox_ids } = request.body()?;
    let mut mailboxes = BTreeSet::new();
    for id in &mailbox_ids {
        let (domain, mailbox) = state.mailbox_by_id(request.workspace, id)?;
        let is_under_test = state.placement.is_under_test(mailbox.id, request.now);
        if is_under_test || !mailbox.is_active(request.now) || !domain.is_active(request.now) {
            return Err(Refusal::rule(format!("{} cannot be tested now", mailbox.address(domain))));
        }
        mailboxes.insert(mailbox.id);
    }
    let count = mailboxes.len() as u64;
    if placement_type == "ONE_TIME" {
        state.charge("purchase_placement_test", PRICE.times(count))?;
    } else {
        let available = credits(state, request, false) + credits(state, request, true);
        if count > available {
            let message = format!("Not enough placement test credits. Required: {count}, Available: {available}");
            return Err(Refusal::rule(message));
        }
        state.placement.spend(request.workspace, count, request.now);
    }
    let (id, workspace, created_at) = (state.id_generator.next_id(), request.workspace, request.now);
    let test = PlacementTest { id, workspace, name, mailboxes, created_at };
    let data = json!({"cartOrderId": id, "status": test.status(request.now)});
    state.start_placement_test(test);
    Ok(Success::data("Placement test purchased successfully", data))
}

/// Lists the tests, newest first and without counters, like the live service. All fields of a row except the order's id
/// are assumed.
fn list_placement_orders(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of(&request.query)?;
    let found = state.placement.tests_of(request.workspace).rev();
    let rows = paging.paginate(found).rows.into_iter().map(|test| {
        json!({
            "cartOrderId": test.id,
            "testName": test.name,
            "status": test.status(request.now),
            "createdAt": test.created_at.to_json(),
        })
    });
    Ok(Success::data("Orders fetched successfully", json!({"testGroups": rows.collect::<Value>()})))
}
