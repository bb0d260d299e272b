//! The ledger: every charge to the wallet or the card on file.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Cents, Refund, State};
use crate::clock::{Timestamp, rfc3339};
use crate::envelope::Refusal;

/// The time that a recharge of the wallet takes (wallet.yaml).
const RECHARGING: Duration = Duration::from_secs(60);

/// A charge to the wallet, or to the card on file. Some operations charge the card if the wallet's balance is too low.
///
/// ```
/// # use zapmail_sandbox::Sandbox;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// let url = format!("{}/v2/wallet/buy-addon-mailboxes?quantity=2", sandbox.base_url());
/// reqwest::Client::new().post(url).header("x-auth-zapmail", sandbox.api_key()).send().await?;
///
/// let ledger = sandbox.ledger();
/// assert_eq!(ledger.len(), 1);
/// assert_eq!(ledger[0].operation, "purchase_addon_mailboxes");
/// assert_eq!((ledger[0].cents, ledger[0].balance_after), (650, 5800));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LedgerEntry {
    /// Id of the operation that was paid for.
    pub operation: String,
    /// Amount of the charge, in US cents.
    pub cents: u64,
    /// Balance of the wallet after the charge, in US cents.
    pub balance_after: u64,
    /// Time of the charge, on the sandbox's clock.
    #[serde(with = "rfc3339")]
    pub time: SystemTime,
}

/// All charges, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ledger(Vec<Charge>);

#[derive(Debug, Serialize, Deserialize)]
struct Charge {
    operation: String,
    cents: Cents,
    balance_after: Cents,
    at: Timestamp,
}

impl Ledger {
    pub(crate) fn entries(&self) -> Vec<LedgerEntry> {
        let entries = self.0.iter().map(|charge| LedgerEntry {
            operation: charge.operation.clone(),
            cents: charge.cents.0,
            balance_after: charge.balance_after.0,
            time: charge.at.to_system_time(),
        });
        entries.collect()
    }
}

impl State {
    /// Charges the price of an operation to the wallet and adds it to the ledger. If the balance is too low, nothing is
    /// charged, and the refusal names both amounts. Operations that respond with an invoice instead check `is_err()`.
    pub(crate) fn charge(&mut self, operation: &str, price: Cents) -> Result<(), Refusal> {
        if !self.wallet.pay(price) {
            let available = self.wallet.balance;
            self.recharge(price);
            return Err(Refusal::rule(format!(
                "Insufficient wallet balance. Required: {price}, Available: {available}"
            )));
        }
        self.record_charge(operation, price);
        Ok(())
    }

    /// Starts the recharge that a refused charge triggers, if auto-recharge is enabled and no recharge is in progress.
    /// Assumption: the recharge covers the price.
    fn recharge(&mut self, price: Cents) {
        let now = self.clock.now();
        let Some(settings) = &self.wallet.auto_recharge else { return };
        if self.wallet.recharges_at.is_none_or(|at| at <= now) {
            let at = now.plus(RECHARGING);
            let amount = settings.amount.max(price.minus(self.wallet.balance));
            self.wallet.recharges_at = Some(at);
            self.refunds.push(Refund { amount, at });
        }
    }

    /// Charges the price of an operation to the wallet or, if the balance is too low, to the card on file. The card is
    /// never refused.
    pub(crate) fn charge_wallet_or_card(&mut self, operation: &str, price: Cents) {
        // Either the wallet or the card pays the whole price; the ledger shows the charge in both cases.
        let _ = self.wallet.pay(price);
        self.record_charge(operation, price);
    }

    fn record_charge(&mut self, operation: &str, price: Cents) {
        self.ledger.0.push(Charge {
            operation: operation.to_owned(),
            cents: price,
            balance_after: self.wallet.balance,
            at: self.clock.now(),
        });
    }
}
