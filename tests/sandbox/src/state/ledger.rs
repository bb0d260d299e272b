//! What was charged, entry by entry.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Cents, Refund, State};
use crate::clock::{Moment, rfc3339};
use crate::envelope::Refusal;

/// How long a recharge of the wallet takes (wallet.yaml).
const RECHARGING: Duration = Duration::from_secs(60);

/// One charge: an amount that was taken out of the wallet, or from the card on file where the wallet was too small for an
/// operation that charges the card then.
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
    /// What it cost, in US cents.
    pub cents: u64,
    /// What the wallet held afterwards, in US cents.
    pub balance_after: u64,
    /// When it was charged, in the sandbox's time.
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
    moment: Moment,
}

impl Ledger {
    pub(crate) fn entries(&self) -> Vec<LedgerEntry> {
        let entries = self.0.iter().map(|charge| LedgerEntry {
            operation: charge.operation.clone(),
            cents: charge.cents.0,
            balance_after: charge.balance_after.0,
            time: charge.moment.to_system_time(),
        });
        entries.collect()
    }
}

impl State {
    /// Takes the price of an operation out of the wallet and writes it into the ledger: all of it, or nothing and a refusal
    /// that names both amounts. An operation that makes an invoice instead of refusing looks at `is_err()`.
    pub(crate) fn charge(&mut self, operation: &str, price: Cents) -> Result<(), Refusal> {
        if !self.wallet.pay(price) {
            let available = self.wallet.balance;
            self.recharge(price);
            return Err(Refusal::rule(format!(
                "Insufficient wallet balance. Required: {price}, Available: {available}"
            )));
        }
        self.enter(operation, price);
        Ok(())
    }

    /// Starts the recharge that a refused charge triggers, if auto-recharge is on and none is in progress. That it covers the
    /// price is assumed.
    fn recharge(&mut self, price: Cents) {
        let now = self.clock.now();
        let Some(settings) = &self.wallet.auto_recharge else { return };
        if self.wallet.recharges_at.is_none_or(|at| at <= now) {
            let at = now.after(RECHARGING);
            let amount = settings.amount.max(price.minus(self.wallet.balance));
            self.wallet.recharges_at = Some(at);
            self.refunds.push(Refund { amount, at });
        }
    }

    /// Takes the price of an operation out of the wallet or, if it is too small, from the card on file, which is never refused.
    pub(crate) fn charge_wallet_or_card(&mut self, operation: &str, price: Cents) {
        // Paid in whole by one of the two; the ledger shows the charge either way.
        let _ = self.wallet.pay(price);
        self.enter(operation, price);
    }

    fn enter(&mut self, operation: &str, price: Cents) {
        self.ledger.0.push(Charge {
            operation: operation.to_owned(),
            cents: price,
            balance_after: self.wallet.balance,
            moment: self.clock.now(),
        });
    }
}
