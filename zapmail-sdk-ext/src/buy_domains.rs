//! Purchases of domains: one order per name, each made once.
//!
//! An order of several names is one purchase with one outcome. If that is lost, it is unknown for all of them, and whoever
//! continues with another selection of names could buy one of them twice. With an order per name, under a key that follows
//! from the name, the journal knows of each.

mod outcome;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use zapmail_sdk::builder::PurchaseDomains;
use zapmail_sdk::types::{DomainOrder, DomainPurchase, DomainPurchaseItem};
use zapmail_sdk::{Error, ErrorKind, Request, Result, clock};

pub use self::outcome::{BoughtDomain, PurchaseState};
use self::outcome::{Verdict, verdict};
use crate::Zapmail;
use crate::journal::{EntryState, Journal, JournalEntry, PurchaseOutcome};
use crate::names;
use crate::offers::{self, Offer};

/// A purchase of domains that has not started: set it up, then call [`run`](Self::run).
///
/// [`Zapmail::buy_domains`] returns one.
#[must_use = "nothing is sent before `run`"]
pub struct BuyDomains {
    zapmail: Zapmail,
    names: Vec<String>,
    at_most: Decimal,
    reorder_after: Option<Duration>,
    on_progress: Option<ProgressCallback>,
}

/// Called with each name whose purchase has ended.
type ProgressCallback = Box<dyn FnMut(&BoughtDomain) + Send>;

impl Zapmail {
    /// Buys domains from the wallet, for a year each, and for at most this amount in USD together.
    ///
    /// Leaves out what the account has, checks the other names and the wallet, and buys those that can be bought: one order
    /// per name. A name that cannot be bought does not keep the others from being bought. Afterwards, it reads the domains
    /// back. If the sum of the prices exceeds `at_most`, or the wallet, nothing is bought.
    ///
    /// The client needs a [`journal`](Self::journal), and every name is bought once: a second call returns what is known of
    /// the first. The key of a name in the journal is `domain/NAME`, or `KEY/NAME` with a client for which
    /// [`once`](Self::once) was called.
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
        BuyDomains { zapmail: self.clone(), names, at_most: at_most.into(), reorder_after: None, on_progress: None }
    }
}

impl BuyDomains {
    /// Orders a name again if the outcome of its order has been unknown for this long, the account does not have it, and it
    /// can still be bought. By default, such a name stays [`Unknown`](PurchaseState::Unknown).
    ///
    /// An order that arrives is carried out within minutes, one whose invoice is not paid is dropped after about five, and a
    /// name that was bought cannot be bought again. So after 10 minutes, an order without a trace was not made.
    pub fn reorder_after(self, time: Duration) -> Self {
        Self { reorder_after: Some(time), ..self }
    }

    /// Calls `callback` with each name whose purchase has ended.
    pub fn on_progress(self, callback: impl FnMut(&BoughtDomain) + Send + 'static) -> Self {
        Self { on_progress: Some(Box::new(callback)), ..self }
    }

    /// Buys the domains. Returns the state of every name, in their order.
    ///
    /// Dropping the future can leave the order in flight with an unknown outcome; the next call looks for its domain.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Invalid`] if a name is not that of a domain.
    /// - [`ErrorKind::SpendingNotAllowed`] if the client is not allowed to spend, or the sum of the prices exceeds `at_most`
    ///   or the wallet.
    /// - [`ErrorKind::Config`] without a journal, [`ErrorKind::Journal`] if it cannot be used.
    /// - Any of a call that only reads. Nothing was bought then; what becomes of orders is in their
    ///   [`state`](BoughtDomain::state).
    pub async fn run(mut self) -> Result<Vec<BoughtDomain>> {
        self.zapmail.check_spending(PurchaseDomains::OPERATION)?;
        offers::check_names(&self.names, PurchaseDomains::OPERATION)?;
        let (journal, prefix) = self.journal()?;
        let key = |name: &str| format!("{prefix}/{name}");

        let mut states = self.look(&journal, key).await?;
        let open: Vec<_> = states.iter().filter(|(_, bought)| bought.is_none()).map(|(name, _)| name.clone()).collect();
        let offers = self.zapmail.check_domains(&open).await?;
        let (available, unavailable): (Vec<_>, Vec<_>) = offers.into_iter().partition(|offer| offer.is_available);
        for offer in unavailable {
            self.settle(&mut states, BoughtDomain::new(offer.name, PurchaseState::Unavailable));
        }
        self.check_price(&available).await?;
        self.free_forgotten_orders(&journal, key, &available).await?;

        let mut stopped: Option<String> = None;
        for offer in available {
            let bought = match &stopped {
                Some(reason) => BoughtDomain::new(offer.name, PurchaseState::NotSent).because(reason),
                None => {
                    let (bought, error) = self.order(&key(&offer.name), offer).await;
                    stopped = error;
                    bought
                }
            };
            self.settle(&mut states, bought);
        }
        self.read_back(&mut states).await;
        Ok(self.names.iter().filter_map(|name| states.remove(name).flatten()).collect())
    }

    /// The journal, and what the keys of names begin with.
    fn journal(&self) -> Result<(Journal, String)> {
        let Some(once) = self.zapmail.once_settings() else {
            let message = "`buy_domains` needs a journal, so that no name is bought twice; nothing was sent";
            return Err(
                Error::config(message).with_hint("call `zapmail.journal(Journal::file(\"purchases.journal\")?)`")
            );
        };
        Ok((once.journal.clone(), once.key.as_deref().unwrap_or("domain").to_owned()))
    }

    /// What is known of each name; `None` for one that may be ordered.
    async fn look(
        &self,
        journal: &Journal,
        key: impl Fn(&str) -> String,
    ) -> Result<BTreeMap<String, Option<BoughtDomain>>> {
        let mut states = BTreeMap::new();
        for (name, domain) in self.zapmail.domains_by_name(&self.names).await? {
            let is_owned = domain.is_some_and(|domain| !is_expired(&domain));
            let entry = journal.entry(&key(&name)).await?;
            let is_open = entry.as_ref().is_some_and(|entry| entry.state.is_open());
            let bought = match entry {
                _ if is_owned => {
                    if is_open {
                        settle_if_idle(journal, &key(&name), PurchaseOutcome::Happened).await?;
                    }
                    Some(BoughtDomain::new(name.clone(), PurchaseState::Owned))
                }
                Some(entry) if is_open && !self.is_forgotten(&entry) => {
                    Some(BoughtDomain::new(name.clone(), PurchaseState::Unknown).because("an earlier order is open"))
                }
                Some(entry) if matches!(entry.state, EntryState::Made | EntryState::Settled) => {
                    Some(BoughtDomain::new(name.clone(), PurchaseState::Ordered).ordered_before(&entry))
                }
                _ => None,
            };
            states.insert(name, bought);
        }
        Ok(states)
    }

    /// Whether an order has been open for so long that it was not made.
    fn is_forgotten(&self, entry: &JournalEntry) -> bool {
        let age = DateTime::<Utc>::from(clock::system_time()).signed_duration_since(entry.started_at).to_std();
        self.reorder_after.is_some_and(|after| age.is_ok_and(|age| age >= after))
    }

    /// Frees the keys of orders that were not made: their names can still be bought.
    async fn free_forgotten_orders(
        &self,
        journal: &Journal,
        key: impl Fn(&str) -> String,
        available: &[Offer],
    ) -> Result<()> {
        for offer in available {
            let entry = journal.entry(&key(&offer.name)).await?;
            if entry.is_some_and(|entry| entry.state.is_open()) {
                settle_if_idle(journal, &key(&offer.name), PurchaseOutcome::DidNotHappen).await?;
            }
        }
        Ok(())
    }

    /// # Errors
    ///
    /// If the prices together exceed the limit or the wallet: with a wallet that is too small, the service issues an invoice
    /// and registers nothing.
    async fn check_price(&self, offers: &[Offer]) -> Result<()> {
        let total: Decimal = offers.iter().filter_map(|offer| offer.price).sum();
        if total.is_zero() {
            return Ok(());
        }
        let refused = |message: String| {
            let error = Error::new(ErrorKind::SpendingNotAllowed, message).with_operation(PurchaseDomains::OPERATION);
            Err(error.with_hint("nothing was bought"))
        };
        if total > self.at_most {
            let (names, at_most) = (offers.len(), self.at_most);
            return refused(format!("{names} domains cost {total} USD, which is more than `at_most`, {at_most} USD"));
        }
        match self.zapmail.get_wallet_balance().send().await?.wallet_balance {
            Some(balance) if balance < total => {
                refused(format!("{} domains cost {total} USD, and the wallet has {balance} USD", offers.len()))
            }
            _ => Ok(()),
        }
    }

    /// Orders a name. Also returns the reason for which no other should be ordered now.
    async fn order(&self, key: &str, offer: Offer) -> (BoughtDomain, Option<String>) {
        let body = DomainPurchase::new([DomainPurchaseItem::new(&offer.name)], false, true);
        let buyer = self.zapmail.once(key);
        match buyer.purchase_domains().body(body).send_with_response().await {
            Ok(order) => {
                (BoughtDomain::new(offer.name, PurchaseState::Ordered).with_order(offer.price, order.data()), None)
            }
            Err(error) => {
                let (state, stops) = match verdict(&error) {
                    Verdict::Refused => (PurchaseState::Refused, false),
                    Verdict::NotSent => (PurchaseState::NotSent, true),
                    Verdict::Unknown => (PurchaseState::Unknown, true),
                };
                let reason = error.to_string();
                let stopped = stops.then(|| format!("the order of {} failed: {reason}", offer.name));
                (BoughtDomain::new(offer.name, state).because(&reason), stopped)
            }
        }
    }

    /// Looks which of the ordered names the account has. If that fails, they stay ordered.
    async fn read_back(&mut self, states: &mut BTreeMap<String, Option<BoughtDomain>>) {
        let has_order =
            |bought: &&BoughtDomain| matches!(bought.state, PurchaseState::Ordered | PurchaseState::Unknown);
        let ordered: Vec<_> = states.values().flatten().filter(has_order).map(|bought| bought.name.clone()).collect();
        let Ok(domains) = self.zapmail.domains_by_name(&ordered).await else { return };
        for (name, domain) in domains {
            if let (Some(bought), Some(_)) =
                (states.get_mut(&name).and_then(Option::as_mut), domain.filter(|domain| !is_expired(domain)))
            {
                bought.state = PurchaseState::Bought;
                bought.reason = None;
            }
        }
    }

    fn settle(&mut self, states: &mut BTreeMap<String, Option<BoughtDomain>>, bought: BoughtDomain) {
        if let Some(callback) = &mut self.on_progress {
            callback(&bought);
        }
        states.insert(bought.name.clone(), Some(bought));
    }
}

/// An earlier domain of the name, which can be bought again.
fn is_expired(domain: &zapmail_sdk::types::Domain) -> bool {
    domain.status.as_ref().is_some_and(|status| status.as_str().eq_ignore_ascii_case("EXPIRED"))
}

/// Settles an open order, unless it is being made now or was settled by another process.
async fn settle_if_idle(journal: &Journal, key: &str, outcome: PurchaseOutcome) -> Result<()> {
    match journal.resolve(key, outcome).await {
        Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound) => Ok(()),
        settled => settled,
    }
}

/// The link of an order, at the top level or under `data`.
fn link(order: &DomainOrder) -> Option<String> {
    let data = order.data.as_ref();
    let nested = || data.and_then(|data| data.invoice_link.clone().or_else(|| data.payment_link.clone()));
    order.invoice_link.clone().or_else(|| order.payment_link.clone()).or_else(nested)
}
