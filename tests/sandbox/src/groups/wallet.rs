//! The wallet and the purchase of add-on mailboxes. Most responses are flat.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Table, links, subscriptions};
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{AutoRecharge, Cents, Cycle, Plan, SLOT_PRICE, State, Subscription};

pub(super) const HANDLERS: Table = &[
    ("get_wallet_balance", get_wallet_balance),
    ("add_wallet_balance", add_wallet_balance),
    ("set_wallet_auto_recharge", set_wallet_auto_recharge),
    ("purchase_addon_mailboxes", purchase_addon_mailboxes),
    ("get_subscription_invoices", get_subscription_invoices),
];

/// The minimum time between two payment links.
const LINK_COOLDOWN: Duration = Duration::from_secs(60);

fn get_wallet_balance(state: &mut State, _: &Request) -> HandlerResult {
    let wallet = &state.wallet;
    let details = wallet.auto_recharge.as_ref();
    Ok(Success::flat(json!({
        "message": "Wallet balance fetched successfully",
        "walletBalance": wallet.balance.to_json(),
        "autoRechargeEnabled": details.is_some(),
        "autoRechargeDetails":
            details.map(|details| json!({"amount": details.amount.to_json(), "threshold": details.threshold.to_json()})),
    })))
}

/// Creates a payment link. The balance does not change, because nobody can pay with the link in the sandbox.
fn add_wallet_balance(state: &mut State, request: &Request) -> HandlerResult {
    let amount: f64 = request.property("amount")?;
    if Cents::from_dollars(amount).is_none_or(|amount| amount == Cents(0)) {
        return Err(Refusal::rule("amount must be positive"));
    }
    if let Some(last) = state.wallet.last_link {
        let passed = request.now.since(last);
        if passed < LINK_COOLDOWN {
            let message = "A checkout session was created less than a minute ago. Please try again later.";
            return Err(Refusal::too_soon(message, LINK_COOLDOWN - passed));
        }
    }
    state.wallet.last_link = Some(request.now);
    let link = links::checkout(state.id_generator.next_id());
    Ok(Success::flat(json!({"message": "Checkout session created successfully", "paymentLink": link})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AutoRechargeSettings {
    enable: bool,
    #[serde(default = "default_threshold")]
    threshold: f64,
    #[serde(default = "default_amount")]
    minimum_recharge_amount: f64,
}

fn default_threshold() -> f64 {
    20.0
}

fn default_amount() -> f64 {
    50.0
}

/// Changes the auto-recharge settings. A card is on file, so they take effect immediately, and the response has no
/// link.
fn set_wallet_auto_recharge(state: &mut State, request: &Request) -> HandlerResult {
    let settings: AutoRechargeSettings = request.body()?;
    if !settings.enable {
        state.wallet.auto_recharge = None;
        return Ok(Success::flat(json!({"message": "Auto-recharge disabled successfully"})));
    }
    let amounts = (Cents::from_dollars(settings.threshold), Cents::from_dollars(settings.minimum_recharge_amount));
    let (Some(threshold), Some(amount)) = amounts else {
        return Err(Refusal::rule("threshold and minimumRechargeAmount must not be negative"));
    };
    state.wallet.auto_recharge = Some(AutoRecharge { threshold, amount });
    Ok(Success::flat(json!({"message": "Auto-recharge enabled successfully"})))
}

/// Charges the wallet immediately, on every call, because there is no idempotency key. Each purchase creates a separate
/// subscription.
fn purchase_addon_mailboxes(state: &mut State, request: &Request) -> HandlerResult {
    let quantity = request.query.require("quantity")?.parse().ok().filter(|quantity| *quantity > 0);
    let quantity: u64 = quantity.ok_or_else(|| Refusal::invalid("quantity must be a positive integer"))?;
    let price = SLOT_PRICE.times(quantity);
    state.charge("purchase_addon_mailboxes", price)?;
    let id = state.id_generator.next_id();
    add_slots(state, request, id, quantity);
    let invoice = links::invoice(id);
    let message = format!("Mailbox purchase is processed successfully and invoice is created. {invoice}");
    Ok(Success::flat(json!({"message": message, "paymentLink": invoice})))
}

/// Returns one URL, although the documentation says several.
fn get_subscription_invoices(state: &mut State, request: &Request) -> HandlerResult {
    let subscription = &state.subscriptions[subscriptions::find(state, request)?];
    let data = json!({"invoiceUrl": links::invoice(subscription.id)});
    Ok(Success::data("Invoice fetched successfully", data))
}

/// Adds paid slots as a subscription.
pub(super) fn add_slots(state: &mut State, request: &Request, id: Uuid, slots: u64) {
    if slots == 0 {
        return;
    }
    state.subscribe(Subscription {
        id,
        workspace: request.workspace,
        plan: Plan::Growth,
        cycle: Cycle::Monthly,
        base: false,
        price: SLOT_PRICE.times(slots),
        mailboxes: slots,
        created_at: request.now,
        cancelled_at: None,
    });
}
