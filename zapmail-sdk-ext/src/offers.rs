//! Offers: the availability and prices of domain names.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use zapmail_sdk::builder::CheckDomainAvailability;
use zapmail_sdk::types::{DomainAvailabilityQuery, DomainOffer};
use zapmail_sdk::{Error, ErrorKind, NumberOrText, Request, Result};

use crate::Zapmail;
use crate::names;

/// The maximum number of names per request.
const NAMES_PER_REQUEST: usize = 20;

/// The maximum number of concurrent requests. Each takes about three seconds.
const MAX_CONCURRENT: usize = 4;

/// The time that a request may wait for the rate limiter in addition to the timeout of a call. The service accepts 100
/// availability checks per 30 minutes, which another program with the same key can use up.
const EXTRA_CALL_TIME: Duration = Duration::from_secs(60 * 60);

/// A domain name and its price, if it can be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Offer {
    /// The name, in lower case and in ASCII.
    pub name: String,
    /// Whether the name can be bought: the service reports that it is available, and reports a price.
    pub is_available: bool,
    /// The price of the first year, in USD; `None` if it cannot be bought.
    pub price: Option<Decimal>,
    /// The price of each further year, in USD; `None` if the service does not report it.
    pub renewal: Option<Decimal>,
    /// Whether the registry charges a higher price for this name.
    pub is_premium: bool,
}

/// A check of domain names that starts when it is awaited; configure it first. Dropping it loses nothing.
///
/// [`Zapmail::check_domains`] returns one.
#[must_use = "nothing is sent until it is awaited"]
pub struct DomainCheck {
    zapmail: Zapmail,
    names: Vec<String>,
    on_progress: Option<ProgressCallback>,
}

/// Called with the offers so far and the number of names.
type ProgressCallback = Box<dyn FnMut(&[Offer], usize) + Send>;

impl Zapmail {
    /// Checks whether domain names can be bought, and at which price: any number of names, 20 per request. The offers
    /// are in the order of the names, without duplicates.
    ///
    /// The service accepts 100 availability checks per 30 minutes. The first 2,000 names are therefore checked without
    /// waiting; a request for more names waits for the rate limiter for up to one hour.
    ///
    /// Documentation: <https://docs.zapmail.ai/get-availability-of-multiple-domain-names-22701420e0.md>
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// for offer in zapmail.check_domains(["tryacme.com", "acme-mail.com"]).await? {
    ///     println!("{}: {:?}", offer.name, offer.price);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if a name is not a domain name, and any error of a call.
    pub fn check_domains<I>(&self, names: I) -> DomainCheck
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut seen = BTreeSet::new();
        let names = names.into_iter().map(|name| names::domain(name.as_ref()));
        let names = names.filter(|name| seen.insert(name.clone())).collect();
        DomainCheck { zapmail: self.clone(), names, on_progress: None }
    }
}

impl DomainCheck {
    /// Calls `callback` after each request, with the offers so far and the total number of names.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail, names: Vec<String>) -> zapmail_sdk_ext::Result<()> {
    /// let check = zapmail.check_domains(&names).on_progress(|offers, names| println!("{} of {names}", offers.len()));
    /// println!("{} can be bought", check.await?.iter().filter(|offer| offer.is_available).count());
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_progress(self, callback: impl FnMut(&[Offer], usize) + Send + 'static) -> Self {
        Self { on_progress: Some(Box::new(callback)), ..self }
    }

    async fn run(mut self) -> Result<Vec<Offer>> {
        check_names(&self.names, CheckDomainAvailability::OPERATION)?;
        let zapmail = self.zapmail.with_extra_call_time(EXTRA_CALL_TIME);
        let chunks: Vec<_> = self.names.chunks(NAMES_PER_REQUEST).map(<[_]>::to_vec).collect();
        let chunks = chunks.into_iter().map(|names| check(zapmail.clone(), names));
        let mut responses = stream::iter(chunks).buffered(MAX_CONCURRENT);
        let mut offers = Vec::with_capacity(self.names.len());
        while let Some(checked) = responses.try_next().await? {
            offers.extend(checked);
            if let Some(callback) = &mut self.on_progress {
                callback(&offers, self.names.len());
            }
        }
        Ok(offers)
    }
}

/// # Errors
///
/// [`ErrorKind::Invalid`] if a name is not a domain name, which would make the service reject all names of its request.
pub(crate) fn check_names(names: &[String], operation: &'static zapmail_sdk::Operation) -> Result<()> {
    let Some(name) = names.iter().find(|name| !names::is_domain(name)) else { return Ok(()) };
    let message = format!("`names` contains `{name}`, which is not a valid domain name; use names such as `acme.com`");
    Err(Error::new(ErrorKind::Invalid, message).with_operation(operation))
}

async fn check(zapmail: Zapmail, names: Vec<String>) -> Result<Vec<Offer>> {
    let body = DomainAvailabilityQuery::new(&names);
    let rows = zapmail.check_domain_availability().body(body).send().await?.domains;
    let mut rows: BTreeMap<_, _> =
        rows.into_iter().map(|row| (names::domain(row.domain_name.as_deref().unwrap_or_default()), row)).collect();
    let offers = names.iter().map(|name| match rows.remove(name) {
        Some(row) => Ok(offer(name, row)),
        // A missing row is not the same as a name that cannot be bought.
        None => Err(Error::new(ErrorKind::Unexpected, format!("the response has no row for `{name}`"))
            .with_operation(CheckDomainAvailability::OPERATION)),
    });
    offers.collect()
}

fn offer(name: &str, row: DomainOffer) -> Offer {
    let price =
        |price: Option<NumberOrText>| price.and_then(|price| price.as_decimal()).filter(|price| *price > Decimal::ZERO);
    let is_reported_available = row.status.is_some_and(|status| status.as_str().eq_ignore_ascii_case("AVAILABLE"));
    let first_year = price(row.domain_price).filter(|_| is_reported_available);
    Offer {
        name: name.to_owned(),
        is_available: first_year.is_some(),
        price: first_year,
        renewal: price(row.renew_price),
        is_premium: row.is_premium_domain.unwrap_or_default(),
    }
}

impl IntoFuture for DomainCheck {
    type Output = Result<Vec<Offer>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    // Inline, so that only programs that call it compile it.
    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
