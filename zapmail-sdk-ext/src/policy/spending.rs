//! The spending guard: no purchase is made unless the program allows it.
//!
//! It checks each operation that the API document marks with `effect: spend` or `effect: authorize`, before the request
//! is sent.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Request;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use zapmail_sdk::operations::Effect;
use zapmail_sdk::{Error, ErrorKind, NumberOrText, Operation, Result};

/// Whether a client may call operations that can cost money. Refused by default, because the service has no test mode,
/// and every key can spend.
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
    /// [`ErrorKind::SpendingNotAllowed`] if the operation can cost money and spending is not allowed.
    pub fn admit(&self, operation: &'static Operation) -> Result<()> {
        if !matches!(self, Self::Refused) || !operation.needs_permission_to_spend() {
            return Ok(());
        }
        let message = "this operation can cost money and spending is disabled; the request was not sent";
        Err(Error::new(ErrorKind::SpendingNotAllowed, message)
            .with_operation(operation)
            .with_hint("allow it with `zapmail.allow_spending()`"))
    }

    /// Returns the spending limit of an operation, if it has one.
    pub fn budget(&self, operation: &Operation) -> Option<&Budget> {
        match self {
            Self::UpTo(budget) if operation.effect == Effect::Spend => Some(budget),
            _ => None,
        }
    }
}

/// A limit on the spending of a client and its clones.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: Decimal,
    ledger: Mutex<Ledger>,
}

/// The observed balance of the wallet, and the amount that counts as spent.
#[derive(Debug, Default)]
struct Ledger {
    balance: Option<Decimal>,
    /// All decreases of the balance since it was first read, and all amounts that were requested to be added to it.
    spent: Decimal,
}

impl Budget {
    pub fn new(limit: Decimal) -> Self {
        Self { limit, ledger: Mutex::default() }
    }

    /// Refuses a purchase if the limit does not allow it, according to the wallet balance before the purchase.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SpendingNotAllowed`] if the limit is reached, or if the purchase would exceed it; any error of
    /// reading the wallet.
    pub fn admit(
        &self,
        balance: Result<Option<Decimal>>,
        operation: &'static Operation,
        request: &Request,
    ) -> Result<()> {
        let unread =
            |error: Error| error.with_hint("call again once the wallet can be read, which the spending limit requires");
        // The purchase was not sent, even if this request was.
        let balance = balance.map_err(|error| unread(error).with_may_have_been_processed(false))?;
        let Some(balance) = balance else {
            let message = "the service did not report the wallet balance";
            return Err(unread(Error::new(ErrorKind::SpendingNotAllowed, message).with_operation(operation)));
        };
        let price = price(operation, request);
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        // An increase of the balance does not reduce the amount spent.
        let previous = ledger.balance.replace(balance).unwrap_or(balance);
        ledger.spent = ledger.spent.saturating_add(previous.saturating_sub(balance).max(Decimal::ZERO));
        let is_within_limit =
            price.map_or(ledger.spent < self.limit, |price| ledger.spent.saturating_add(price) <= self.limit);
        if !is_within_limit {
            let (limit, spent) = (self.limit, ledger.spent);
            let message = match price {
                Some(price) => format!(
                    "this purchase of {price} USD would exceed the spending limit of {limit} USD; {spent} USD was \
                     already spent"
                ),
                None => format!("the spending limit of {limit} USD is reached; {spent} USD was already spent"),
            };
            return Err(Error::new(ErrorKind::SpendingNotAllowed, message)
                .with_operation(operation)
                .with_hint("raise the limit of `allow_spending_up_to`; the request was not sent"));
        }
        ledger.spent = ledger.spent.saturating_add(price.unwrap_or_default());
        Ok(())
    }
}

/// Returns the price in USD, if the request itself contains it.
fn price(operation: &Operation, request: &Request) -> Option<Decimal> {
    let amount = match operation.id {
        "add_wallet_balance" => "amount",
        _ => return None,
    };
    let body: Value = serde_json::from_slice(request.body()?.as_bytes()?).ok()?;
    let amount = NumberOrText::deserialize(&body[amount]).ok()?;
    // A number that is too large for a decimal exceeds every limit.
    let price = amount.as_decimal().or_else(|| amount.as_f64().map(|_| Decimal::MAX))?;
    Some(price).filter(Decimal::is_sign_positive)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use reqwest::{Method, Request};
    use rust_decimal::Decimal;
    use zapmail_sdk::{OPERATIONS, operations};

    use super::{Budget, Spending};
    use crate::{ErrorKind, Result};

    /// All operations that can cost money, listed by hand so that a mistake in the API document cannot disable the
    /// guard.
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

    /// Requests this amount to be added to a wallet.
    fn top_up(budget: &Budget, amount: &str) -> Result<()> {
        let mut request = Request::new(Method::POST, "http://127.0.0.1/v2/wallet/balance".parse().unwrap());
        *request.body_mut() = Some(format!(r#"{{"amount": {amount}}}"#).into());
        let operation = operations::find("add_wallet_balance").unwrap();
        budget.admit(Ok(Some(Decimal::TEN)), operation, &request)
    }

    #[test]
    fn price_in_any_notation_counts_toward_the_limit() {
        for amount in ["60", "\"60\"", "60.0", "6e1", "\"6E1\"", "1e20", "1e300", "79228162514264337593543950335"] {
            let error = top_up(&Budget::new(50.into()), amount).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SpendingNotAllowed, "{amount}");
            assert!(error.message().contains("would exceed the spending limit of 50 USD"), "{error}");
        }
        let budget = Budget::new(Decimal::MAX);
        for _ in 0..2 {
            top_up(&budget, &format!("\"{}\"", Decimal::MAX)).unwrap();
        }
    }

    #[test]
    fn allowed_spending_admits_every_operation() {
        assert!(OPERATIONS.iter().all(|operation| Spending::Allowed.admit(operation).is_ok()));
    }
}
