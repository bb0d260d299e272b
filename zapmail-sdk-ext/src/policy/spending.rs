//! The spending guard: nothing is bought unless the program allows it.
//!
//! It acts before anything is sent, on operations that the document marks with `effect: spend` or `effect: authorize`.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Request;
use rust_decimal::Decimal;
use serde_json::Value;
use zapmail_sdk::operations::Effect;
use zapmail_sdk::{Error, ErrorKind, Operation, Result};

use crate::Zapmail;

/// Whether a client may call operations that can cost money. Off by default: the service has no test mode, and every key
/// can spend.
#[derive(Debug, Clone, Default)]
pub(crate) enum Spending {
    #[default]
    Refused,
    Allowed,
    UpTo(Arc<Budget>),
}

impl Spending {
    /// # Errors
    ///
    /// [`ErrorKind::SpendingNotAllowed`] for an operation that spends, unless that is allowed.
    pub fn admit(&self, operation: &'static Operation) -> Result<()> {
        if !matches!(self, Self::Refused) || !operation.needs_permission_to_spend() {
            return Ok(());
        }
        let message = "this operation can cost money and spending is disabled; the request was not sent";
        Err(Error::new(ErrorKind::SpendingNotAllowed, message)
            .with_operation(operation)
            .with_hint("allow it with `zapmail.allow_spending()`"))
    }

    /// The limit that a purchase has to keep to.
    pub fn budget(&self, operation: &Operation) -> Option<&Budget> {
        match self {
            Self::UpTo(budget) if operation.effect == Effect::Spend => Some(budget),
            _ => None,
        }
    }
}

/// A limit to what a client and its clones spend.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: Decimal,
    seen: Mutex<Seen>,
}

/// What was seen of the wallet.
#[derive(Debug, Default)]
struct Seen {
    balance: Option<Decimal>,
    /// What has left it since the first look, and what was asked to be added to it.
    spent: Decimal,
}

impl Budget {
    pub fn new(limit: Decimal) -> Self {
        Self { limit, seen: Mutex::default() }
    }

    /// Looks into the wallet before a purchase.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SpendingNotAllowed`] if the limit is reached, or the purchase would exceed it; or the error of reading the
    /// wallet.
    pub async fn admit(&self, zapmail: &Zapmail, operation: &'static Operation, request: &Request) -> Result<()> {
        let wallet = zapmail.get_wallet_balance().send().await;
        let unread = |error: Error| error.with_hint("the spending limit needs the wallet; nothing was bought");
        // The purchase was not sent, whatever became of this request.
        let wallet = wallet.map_err(|error| unread(error).with_may_have_been_processed(false))?;
        let Some(balance) = wallet.wallet_balance else {
            let message = "the service does not tell the balance of the wallet";
            return Err(unread(Error::new(ErrorKind::SpendingNotAllowed, message).with_operation(operation)));
        };
        let price = price(operation, request);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // What was added meanwhile is not earned.
        let before = seen.balance.replace(balance).unwrap_or(balance);
        seen.spent += (before - balance).max(Decimal::ZERO);
        let is_inside = price.map_or(seen.spent < self.limit, |price| seen.spent + price <= self.limit);
        if !is_inside {
            let (limit, spent) = (self.limit, seen.spent);
            let price = price.map(|price| format!(", and this purchase costs {price}")).unwrap_or_default();
            let message = format!("the spending limit of {limit} USD does not allow it: {spent} was spent{price}");
            return Err(Error::new(ErrorKind::SpendingNotAllowed, message)
                .with_operation(operation)
                .with_hint("nothing was sent; raise the limit of `allow_spending_up_to`"));
        }
        seen.spent += price.unwrap_or_default();
        Ok(())
    }
}

/// The price in USD, where the request itself says it.
fn price(operation: &Operation, request: &Request) -> Option<Decimal> {
    let amount = match operation.id {
        "add_wallet_balance" => "amount",
        _ => return None,
    };
    let body: Value = serde_json::from_slice(request.body()?.as_bytes()?).ok()?;
    let amount = &body[amount];
    let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
    text.parse().ok().filter(|price: &Decimal| price.is_sign_positive())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use zapmail_sdk::OPERATIONS;

    use super::Spending;
    use crate::ErrorKind;

    /// Everything that can cost money, written down by hand: a mistake in the document must not open the guard.
    const GUARDED: [&str; 17] = [
        "add_wallet_balance",
        "assign_prewarmed_domains",
        "purchase_addon_mailboxes",
        "purchase_dns_shield",
        "purchase_domains",
        "purchase_high_reputation_domains",
        "purchase_placement_plan",
        "purchase_placement_test",
        "purchase_prewarmed_plan",
        "purchase_subscription",
        "quick_setup",
        "renew_domains",
        "set_domain_auto_renew",
        "set_wallet_auto_recharge",
        "update_domain_renewal_settings",
        "upgrade_dns_shield_plan",
        "upgrade_subscription",
    ];

    #[test]
    fn guard_refuses_exactly_the_operations_that_can_cost_money() {
        let refusals =
            OPERATIONS.iter().filter_map(|operation| Some((operation.id, Spending::Refused.admit(operation).err()?)));
        let refusals: Vec<_> = refusals.collect();
        assert_eq!(refusals.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>(), BTreeSet::from(GUARDED));
        for (id, error) in refusals {
            assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::SpendingNotAllowed, false), "{id}");
            let text = error.to_string();
            assert!(text.starts_with(&format!("{id}: ")) && text.contains("allow_spending()"), "{text}");
        }
    }

    #[test]
    fn allowed_spending_admits_every_operation() {
        assert!(OPERATIONS.iter().all(|operation| Spending::Allowed.admit(operation).is_ok()));
    }
}
