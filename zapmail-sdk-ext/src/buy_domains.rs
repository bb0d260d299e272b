//! Purchases of domains: one order per name, each made once.
//!
//! An order for several names is one purchase with one outcome. If its response is lost, the outcome is unknown for all
//! of the names, and continuing with a different selection of names could buy one of them twice. With one order per
//! name, under a key that is derived from the name, the journal has an entry for each name.

mod lookup;
mod outcome;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use rust_decimal::Decimal;
use zapmail_sdk::builder::PurchaseDomains;
use zapmail_sdk::types::{DomainOrder, DomainPurchase, DomainPurchaseItem};
use zapmail_sdk::{Error, ErrorKind, Request, Result};

use self::lookup::{Known, look_up};
pub(crate) use self::lookup::{key, settle_owned};
pub use self::outcome::{BoughtDomain, PurchaseState};
use self::outcome::{OrderFailure, classify};
use crate::Zapmail;
use crate::journal::{Journal, JournalEntry};
use crate::names;
use crate::offers::{self, Offer};
use crate::rows;

/// A purchase of domains that has not started: configure it, then call [`run`](Self::run).
///
/// [`Zapmail::buy_domains`] returns one.
#[must_use = "nothing is sent until `run` is called"]
pub struct BuyDomains {
    zapmail: Zapmail,
    names: Vec<String>,
    at_most: Decimal,
    /// The prices of earlier orders whose outcomes are unknown.
    unsettled: BTreeMap<String, Decimal>,
    reorder_after: Option<Duration>,
    on_progress: Option<ProgressCallback>,
}

/// Called with each domain when its purchase has ended.
type ProgressCallback = Box<dyn FnMut(&BoughtDomain) + Send>;

impl Zapmail {
    /// Buys domains for one year each, paid from the wallet, for a total of at most `at_most` USD.
    ///
    /// Skips the domains that the account has, checks the availability of the other names and the balance of the
    /// wallet, and places one order for each available name. An unavailable name does not prevent the purchase of the
    /// others. Afterward, the domains are read back. If the total price exceeds `at_most` or the balance of the wallet,
    /// nothing is bought.
    ///
    /// The client needs a [`journal`](Self::journal), in which the key of a name is `domain/NAME`. Every name is bought
    /// only once: a second call returns the outcome of the first, even in a different process or with a different
    /// selection of names. Use a separate journal for each account, and for each service: a name that was ordered in a
    /// sandbox cannot be bought from the live service with the same journal.
    ///
    /// Documentation: <https://docs.zapmail.ai/get-domains-purchase-payment-link-13521209e0.md>
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::{Journal, Zapmail};
    ///
    /// # async fn example(zapmail: Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let buyer = zapmail.allow_spending().journal(Journal::file("purchases.journal")?);
    /// for domain in buyer.buy_domains(["tryacme.com", "acme-mail.com"], 30).run().await? {
    ///     println!("{}: {:?}", domain.name, domain.state);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn buy_domains<I>(&self, names: I, at_most: impl Into<Decimal>) -> BuyDomains
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let names = names.into_iter().map(|name| names::domain(name.as_ref())).collect();
        BuyDomains {
            zapmail: self.clone(),
            names,
            at_most: at_most.into(),
            unsettled: BTreeMap::new(),
            reorder_after: None,
            on_progress: None,
        }
    }
}

impl BuyDomains {
    /// Orders a name again if there is no trace of its earlier order. By default, such a name stays
    /// [`Unknown`](PurchaseState::Unknown) or [`Ordered`](PurchaseState::Ordered).
    ///
    /// If there are such names, `run` waits for `time`, looks them up again, and orders those that the account still
    /// does not have and that are still available. The service processes an order within minutes, drops an order with
    /// an unpaid invoice after about 5 minutes, and does not sell the same name twice. So 10 minutes are enough; with a
    /// shorter time, a name can be ordered twice.
    pub fn reorder_after(self, time: Duration) -> Self {
        Self { reorder_after: Some(time), ..self }
    }

    /// Sets the prices of earlier orders whose outcomes are unknown. A price counts toward `at_most` unless its name is
    /// ordered again.
    pub(crate) fn unsettled(self, prices: BTreeMap<String, Decimal>) -> Self {
        Self { unsettled: prices, ..self }
    }

    /// Calls `callback` with each domain when its purchase has ended, and before the domains are read back.
    pub fn on_progress(self, callback: impl FnMut(&BoughtDomain) + Send + 'static) -> Self {
        Self { on_progress: Some(Box::new(callback)), ..self }
    }

    /// Buys the domains. Returns the state of every name, in the order of the names.
    ///
    /// Dropping the future can leave the order in flight with an unknown outcome; the next call looks for its domain.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Invalid`] if a name is not a valid domain name.
    /// - [`ErrorKind::SpendingNotAllowed`] if the client is not allowed to spend, or the total price exceeds `at_most`
    ///   or the balance of the wallet.
    /// - [`ErrorKind::Config`] if the client has no journal.
    /// - [`ErrorKind::Conflict`] if the journal contains an order of a different service, such as a sandbox, for a name
    ///   that the account does not have.
    /// - [`ErrorKind::Journal`] if the journal cannot be used.
    /// - Any error of a call that only reads.
    ///
    /// In these cases, nothing was bought. Once the first name is ordered, the outcome of each order is in its
    /// [`state`](BoughtDomain::state) instead, and so is a failure of the journal.
    pub async fn run(mut self) -> Result<Vec<BoughtDomain>> {
        self.zapmail.check_spending(PurchaseDomains::OPERATION)?;
        offers::check_names(&self.names, PurchaseDomains::OPERATION)?;
        let journal = journal(&self.zapmail)?;

        let known = look_up(&self.zapmail, &journal, &self.names, self.reorder_after).await?;
        let mut states = BTreeMap::new();
        let mut earlier = BTreeMap::new();
        for (name, known) in known {
            match known {
                Known::Free => {}
                Known::Earlier(entry) if self.reorder_after.is_some() => _ = earlier.insert(name, entry),
                Known::Earlier(entry) => _ = states.insert(name.clone(), BoughtDomain::ordered_before(name, &entry)),
                Known::Settled(bought) => _ = states.insert(name, bought),
            }
        }
        states.values().for_each(|bought| report(&mut self.on_progress, bought));
        let pending: Vec<_> = self.names.iter().filter(|name| !states.contains_key(*name)).cloned().collect();
        let mut available = Vec::new();
        for offer in self.zapmail.check_domains(pending).await? {
            match earlier.get(&offer.name) {
                _ if offer.is_available => available.push(offer),
                // The earlier order has probably registered the name.
                Some(entry) => self.record(&mut states, BoughtDomain::ordered_before(offer.name, entry)),
                None => self.record(&mut states, BoughtDomain::new(offer.name, PurchaseState::Unavailable)),
            }
        }
        self.check_price(&available).await?;

        let mut stop_reason: Option<String> = None;
        for offer in available {
            let bought = match &stop_reason {
                Some(reason) => BoughtDomain::new(offer.name, PurchaseState::NotSent).with_reason(reason),
                None => {
                    let was_ordered = earlier.remove(&offer.name);
                    let (bought, reason) = self.order(&journal, offer, was_ordered).await;
                    stop_reason = reason;
                    bought
                }
            };
            self.record(&mut states, bought);
        }
        self.read_back(&journal, &mut states).await;
        Ok(self.names.iter().filter_map(|name| states.remove(name)).collect())
    }

    /// Checks the total price of the offers.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SpendingNotAllowed`] if the total price exceeds `at_most` or the balance of the wallet. If the
    /// wallet does not cover an order, the service issues an invoice and registers nothing.
    async fn check_price(&self, offers: &[Offer]) -> Result<()> {
        let total: Decimal = offers.iter().filter_map(|offer| offer.price).sum();
        if total.is_zero() {
            return Ok(());
        }
        let domains_cost = names::counted(offers.len(), "domain costs", "domains cost");
        let refused = |message: String, hint: &str| {
            let error = Error::new(ErrorKind::SpendingNotAllowed, message).with_operation(PurchaseDomains::OPERATION);
            Err(error.with_hint(format!("{hint}; nothing was bought")))
        };
        let is_offered = |name: &String| offers.iter().any(|offer| offer.name == *name);
        let unsettled = self.unsettled.iter().filter(|(name, _)| !is_offered(name)).map(|(_, price)| *price);
        let at_most = self.at_most - unsettled.sum::<Decimal>();
        if total > at_most {
            let message = format!("{domains_cost} {total} USD, which exceeds `at_most` ({at_most} USD)");
            return refused(message, "raise `at_most`, or leave out some names");
        }
        match self.zapmail.get_wallet_balance().send().await?.wallet_balance {
            Some(balance) if balance < total => {
                let message = format!("{domains_cost} {total} USD, but the wallet contains only {balance} USD");
                refused(message, "add the difference with `add_wallet_balance`")
            }
            _ => Ok(()),
        }
    }

    /// Orders a name, after freeing the key of its earlier order. Also returns the reason why no other name should be
    /// ordered now, if there is one.
    async fn order(
        &self,
        journal: &Journal,
        offer: Offer,
        earlier: Option<JournalEntry>,
    ) -> (BoughtDomain, Option<String>) {
        if let Some(entry) = &earlier {
            match journal.forget(entry).await {
                Ok(true) => {}
                // Another process has started an order for the name.
                Ok(false) => return (BoughtDomain::ordered_before(offer.name, entry), None),
                Err(error) => return not_ordered(offer, PurchaseState::NotSent, &error, true),
            }
        }
        let body = DomainPurchase::new([DomainPurchaseItem::new(&offer.name)], false, true);
        let buyer = self.zapmail.once(key(&offer.name));
        let error = match buyer.purchase_domains().body(body).send_with_response().await {
            Ok(order) => {
                // Without an attempt, the response is from the journal, and the order was paid for earlier.
                let price = offer.price.filter(|_| order.attempts() > 0);
                return (BoughtDomain::new(offer.name, PurchaseState::Ordered).with_order(price, order.data()), None);
            }
            Err(error) => error,
        };
        let (state, stops) = match classify(&error) {
            // The earlier order may be the reason for the rejection.
            OrderFailure::Refused if earlier.is_some() => (PurchaseState::Unknown, false),
            OrderFailure::Refused => (PurchaseState::Refused, false),
            OrderFailure::NotSent => (PurchaseState::NotSent, true),
            OrderFailure::OrderedElsewhere => (PurchaseState::Unknown, false),
            OrderFailure::Unknown => (PurchaseState::Unknown, true),
        };
        let price = offer.price.filter(|_| classify(&error) == OrderFailure::Unknown);
        let (bought, stop_reason) = not_ordered(offer, state, &error, stops);
        (BoughtDomain { price, ..bought }, stop_reason)
    }

    /// Looks up which of the ordered names the account has. If the lookup fails, their states do not change.
    async fn read_back(&mut self, journal: &Journal, states: &mut BTreeMap<String, BoughtDomain>) {
        let has_order =
            |bought: &&BoughtDomain| matches!(bought.state, PurchaseState::Ordered | PurchaseState::Unknown);
        let ordered: Vec<_> = states.values().filter(has_order).map(|bought| bought.name.clone()).collect();
        let Ok(domains) = self.zapmail.domains_by_name(&ordered).await else { return };
        for (name, domain) in domains {
            let is_there = domain.is_some_and(|domain| !rows::is_expired(&domain));
            if let Some(bought) = states.get_mut(&name).filter(|_| is_there) {
                (bought.state, bought.reason) = (PurchaseState::Bought, None);
                // If this cannot be written, the next lookup settles the order.
                _ = settle_owned(&self.zapmail, journal, &name).await;
            }
        }
    }

    fn record(&mut self, states: &mut BTreeMap<String, BoughtDomain>, bought: BoughtDomain) {
        report(&mut self.on_progress, &bought);
        states.insert(bought.name.clone(), bought);
    }
}

fn report(callback: &mut Option<ProgressCallback>, bought: &BoughtDomain) {
    if let Some(callback) = callback {
        callback(bought);
    }
}

/// Returns the outcome of an order that failed with this error, and the reason why no other name should be ordered now,
/// if the error `stops` the orders.
fn not_ordered(offer: Offer, state: PurchaseState, error: &Error, stops: bool) -> (BoughtDomain, Option<String>) {
    let reason = error.to_string();
    let stop_reason = stops.then(|| format!("the order for {} failed: {reason}", offer.name));
    (BoughtDomain::new(offer.name, state).with_reason(&reason), stop_reason)
}

/// Returns the journal of the client.
///
/// # Errors
///
/// [`ErrorKind::Config`] if the client has no journal.
fn journal(zapmail: &Zapmail) -> Result<Journal> {
    let once = zapmail.once_settings().ok_or_else(|| {
        let message = "`buy_domains` needs a journal, so that no name is bought twice; nothing was sent";
        Error::config(message).with_hint("call `zapmail.journal(Journal::file(\"purchases.journal\")?)` first")
    })?;
    Ok(once.journal.clone())
}

/// Returns the payment link of an order, which is at the top level or under `data`.
fn payment_link(order: &DomainOrder) -> Option<String> {
    let data = order.data.as_ref();
    let nested = || data.and_then(|data| data.invoice_link.clone().or_else(|| data.payment_link.clone()));
    order.invoice_link.clone().or_else(|| order.payment_link.clone()).or_else(nested)
}
