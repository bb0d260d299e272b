//! Purchases of domains: one order per name, each made once.
//!
//! An order of several names is one purchase with one outcome. If that is lost, it is unknown for all of them, and continuing
//! with another selection of names could buy one of them twice. With an order per name, under a key that follows from the
//! name, the journal knows of each.

mod outcome;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use rust_decimal::Decimal;
use tokio::time::sleep;
use zapmail_sdk::builder::PurchaseDomains;
use zapmail_sdk::types::{Domain, DomainOrder, DomainPurchase, DomainPurchaseItem};
use zapmail_sdk::{Error, ErrorKind, Request, Result};

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
    /// The client needs a [`journal`](Self::journal), in which the key of a name is `domain/NAME`. Every name is bought once:
    /// a second call, also one of another process or with another selection of names, returns what is known of the first.
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

/// What is known of a name before anything is ordered.
enum Known {
    /// Nothing, or nothing that stands in the way of an order.
    Free,
    /// An earlier order, of which the account shows nothing.
    Earlier(JournalEntry),
    Settled(BoughtDomain),
}

impl BuyDomains {
    /// Orders a name again if its earlier order has left no trace. By default, such a name stays
    /// [`Unknown`](PurchaseState::Unknown), or [`Ordered`](PurchaseState::Ordered).
    ///
    /// If there are such names, `run` waits for this time, looks again, and orders those that the account still does not have
    /// and that can still be bought. An order that arrives is carried out within minutes, one whose invoice is not paid is
    /// dropped after about five, and a name that was bought cannot be bought again. So 10 minutes are enough; with less, a
    /// name can be ordered twice.
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
        let journal = journal(&self.zapmail)?;

        let mut known = look(&self.zapmail, &journal, &self.names).await?;
        if let Some(time) =
            self.reorder_after.filter(|_| known.values().any(|known| matches!(known, Known::Earlier(_))))
        {
            // Measured by a clock that cannot be set: whatever is on its way arrives within it.
            sleep(time).await;
            let now = look(&self.zapmail, &journal, &self.names).await?;
            // An order that was begun meanwhile is another one.
            known = known.into_iter().zip(now).map(|((name, before), (_, now))| (name, still(before, now))).collect();
        }
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
        let open: Vec<_> = self.names.iter().filter(|name| !states.contains_key(*name)).cloned().collect();
        let mut available = Vec::new();
        for offer in self.zapmail.check_domains(open).await? {
            match earlier.get(&offer.name) {
                _ if offer.is_available => available.push(offer),
                // Its own order has probably taken it.
                Some(entry) => self.settle(&mut states, BoughtDomain::ordered_before(offer.name, entry)),
                None => self.settle(&mut states, BoughtDomain::new(offer.name, PurchaseState::Unavailable)),
            }
        }
        self.check_price(&available).await?;

        let mut stopped: Option<String> = None;
        for offer in available {
            let was_ordered = earlier.remove(&offer.name);
            let bought = match (&stopped, was_ordered) {
                (Some(reason), _) => BoughtDomain::new(offer.name, PurchaseState::NotSent).because(reason),
                // Another process has begun it.
                (None, Some(entry)) if !journal.forget(&entry).await? => {
                    BoughtDomain::ordered_before(offer.name, &entry)
                }
                (None, was_ordered) => {
                    let (bought, error) = self.order(offer, was_ordered.is_some()).await;
                    stopped = error;
                    bought
                }
            };
            self.settle(&mut states, bought);
        }
        self.read_back(&journal, &mut states).await;
        Ok(self.names.iter().filter_map(|name| states.remove(name)).collect())
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
        let refused = |message: String, hint: &str| {
            let error = Error::new(ErrorKind::SpendingNotAllowed, message).with_operation(PurchaseDomains::OPERATION);
            Err(error.with_hint(format!("{hint}; none of them was bought")))
        };
        if total > self.at_most {
            let (names, at_most) = (offers.len(), self.at_most);
            let message = format!("{names} domains cost {total} USD, which is more than `at_most`, {at_most} USD");
            return refused(message, "raise it, or leave out some names");
        }
        match self.zapmail.get_wallet_balance().send().await?.wallet_balance {
            Some(balance) if balance < total => {
                let message = format!("{} domains cost {total} USD, and the wallet has {balance} USD", offers.len());
                refused(message, "add the rest with `add_wallet_balance`")
            }
            _ => Ok(()),
        }
    }

    /// Orders a name. Also returns the reason for which no other should be ordered now.
    async fn order(&self, offer: Offer, was_ordered: bool) -> (BoughtDomain, Option<String>) {
        let body = DomainPurchase::new([DomainPurchaseItem::new(&offer.name)], false, true);
        let buyer = self.zapmail.once(key(&offer.name));
        let error = match buyer.purchase_domains().body(body).send_with_response().await {
            Ok(order) => {
                // What a journal has recorded was paid for earlier.
                let price = offer.price.filter(|_| order.attempts() > 0);
                return (BoughtDomain::new(offer.name, PurchaseState::Ordered).with_order(price, order.data()), None);
            }
            Err(error) => error,
        };
        let (state, stops) = match verdict(&error) {
            // The earlier order may be the reason.
            Verdict::Refused if was_ordered => (PurchaseState::Unknown, false),
            Verdict::Refused => (PurchaseState::Refused, false),
            Verdict::NotSent => (PurchaseState::NotSent, true),
            Verdict::Elsewhere => (PurchaseState::Unknown, false),
            Verdict::Unknown => (PurchaseState::Unknown, true),
        };
        let reason = error.to_string();
        let stopped = stops.then(|| format!("the order of {} failed: {reason}", offer.name));
        let price = offer.price.filter(|_| verdict(&error) == Verdict::Unknown);
        (BoughtDomain { price, ..BoughtDomain::new(offer.name, state).because(&reason) }, stopped)
    }

    /// Looks which of the ordered names the account has. If that fails, they stay ordered.
    async fn read_back(&mut self, journal: &Journal, states: &mut BTreeMap<String, BoughtDomain>) {
        let has_order =
            |bought: &&BoughtDomain| matches!(bought.state, PurchaseState::Ordered | PurchaseState::Unknown);
        let ordered: Vec<_> = states.values().filter(has_order).map(|bought| bought.name.clone()).collect();
        let Ok(domains) = self.zapmail.domains_by_name(&ordered).await else { return };
        for (name, domain) in domains {
            let is_there = domain.is_some_and(|domain| !has_expired(&domain));
            if let Some(bought) = states.get_mut(&name).filter(|_| is_there) {
                (bought.state, bought.reason) = (PurchaseState::Bought, None);
                // If that cannot be written, the next look does it.
                _ = settle_owned(journal, &name).await;
            }
        }
    }

    fn settle(&mut self, states: &mut BTreeMap<String, BoughtDomain>, bought: BoughtDomain) {
        report(&mut self.on_progress, &bought);
        states.insert(bought.name.clone(), bought);
    }
}

fn report(callback: &mut Option<ProgressCallback>, bought: &BoughtDomain) {
    if let Some(callback) = callback {
        callback(bought);
    }
}

/// The key of a name in the journal.
pub(crate) fn key(name: &str) -> String {
    format!("domain/{name}")
}

/// # Errors
///
/// If the client has no journal.
fn journal(zapmail: &Zapmail) -> Result<Journal> {
    let once = zapmail.once_settings().ok_or_else(|| {
        let message = "`buy_domains` needs a journal, so that no name is bought twice; nothing was sent";
        Error::config(message).with_hint("call `zapmail.journal(Journal::file(\"purchases.journal\")?)` first")
    })?;
    Ok(once.journal.clone())
}

/// What is known of each name.
async fn look(zapmail: &Zapmail, journal: &Journal, names: &[String]) -> Result<BTreeMap<String, Known>> {
    let mut known = BTreeMap::new();
    for (name, domain) in zapmail.domains_by_name(names).await? {
        let entry = journal.entry(&key(&name)).await?;
        let state = match entry {
            _ if domain.is_some_and(|domain| !has_expired(&domain)) => {
                settle_owned(journal, &name).await?;
                Known::Settled(BoughtDomain::new(name.clone(), PurchaseState::Owned))
            }
            Some(entry) if entry.state != EntryState::Claimed => Known::Earlier(entry),
            _ => Known::Free,
        };
        known.insert(name, state);
    }
    Ok(known)
}

/// What is known after a second look: an earlier order counts only if it is the one of the first look.
fn still(before: Known, now: Known) -> Known {
    match (before, now) {
        (Known::Earlier(before), Known::Earlier(now)) if before.claim != now.claim => {
            Known::Settled(BoughtDomain::ordered_before(now.key.trim_start_matches("domain/").to_owned(), &now))
        }
        (_, now) => now,
    }
}

/// Settles an open order of a domain that the account has, unless it is being made now.
pub(crate) async fn settle_owned(journal: &Journal, name: &str) -> Result<()> {
    if !journal.entry(&key(name)).await?.is_some_and(|entry| entry.state.is_open()) {
        return Ok(());
    }
    match journal.resolve(&key(name), PurchaseOutcome::Happened).await {
        Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound) => Ok(()),
        settled => settled,
    }
}

/// An earlier domain of the name, which can be bought again.
fn has_expired(domain: &Domain) -> bool {
    domain.status.as_ref().is_some_and(|status| status.as_str().eq_ignore_ascii_case("EXPIRED"))
}

/// The link of an order, at the top level or under `data`.
fn link(order: &DomainOrder) -> Option<String> {
    let data = order.data.as_ref();
    let nested = || data.and_then(|data| data.invoice_link.clone().or_else(|| data.payment_link.clone()));
    order.invoice_link.clone().or_else(|| order.payment_link.clone()).or_else(nested)
}
