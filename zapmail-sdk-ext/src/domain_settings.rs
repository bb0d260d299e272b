//! Settings of many domains at once: only settings that are not in effect are sent, and a wait checks that they are.
//!
//! Each operation of the service sets one thing, and filters next to the ids can add domains. Here, only ids are sent, and
//! only those of domains for which the setting is not in effect.

mod apply;
mod checks;
mod dns_records;
mod error;
mod pending;
mod settings;
mod table;
#[cfg(test)]
mod tests;
mod wait;

use std::collections::{BTreeMap, BTreeSet};

use zapmail_sdk::Result;
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::Domain;

use crate::client::Zapmail;
use crate::page::Paged;
use crate::wait::Wait;

pub use error::DomainSettingsError;
pub use pending::PendingSetting;
pub use settings::DomainSettings;
pub use wait::DomainSettingsState;

/// Rows of one page.
const PAGE: u32 = 100;

/// # Settings of domains
impl Zapmail {
    /// Sets the settings that are not in effect for these domains, and returns the domains that were changed.
    ///
    /// Reads the list of domains once, and sends one request per setting and 50 domains. For DNS records, it also reads those
    /// of each domain, since the service would add an existing record a second time, and sends one request per domain that
    /// lacks one. All requests that read come before the first that writes.
    ///
    /// The service applies settings in the background; [`wait_for_domain_settings`](Self::wait_for_domain_settings) waits until
    /// they are in effect. Until then, a second call sends them again, which is idempotent. A setting to clear is also sent
    /// for a domain whose row has neither a value nor the report that none is in effect, since the row may leave it out.
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::{DomainId, DomainSettings, Zapmail};
    ///
    /// # async fn example(zapmail: Zapmail, domains: Vec<DomainId>) -> zapmail_sdk_ext::Result<()> {
    /// let settings = DomainSettings::new().dmarc("reports@acme.com").forward_to("acme.com");
    /// let changed = zapmail.set_domain_settings(&domains, &settings).await?;
    /// println!("{} of {} domains changed", changed.len(), domains.len());
    /// zapmail.wait_for_domain_settings(&domains, &settings).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`DomainSettingsError`], with the domains that were changed before:
    ///
    /// - [`ErrorKind::Invalid`] if `domains` is empty, or `settings` sets nothing or has a value that is not valid,
    ///   [`ErrorKind::NotFound`] if a domain is not in the list, and [`ErrorKind::Conflict`] if a DNS record would be the second
    ///   SPF or DMARC record of its host. Nothing was sent.
    /// - Any of a call. The requests before it have been applied. A second call with the same arguments continues. After
    ///   [`ErrorKind::OutcomeUnknown`], wait a few minutes first: a DNS record that is being added may not be listed yet.
    ///
    /// Dropping the future leaves the request in flight with an unknown outcome, and the rest unsent.
    ///
    /// [`ErrorKind::Conflict`]: crate::ErrorKind::Conflict
    /// [`ErrorKind::Invalid`]: crate::ErrorKind::Invalid
    /// [`ErrorKind::NotFound`]: crate::ErrorKind::NotFound
    /// [`ErrorKind::OutcomeUnknown`]: crate::ErrorKind::OutcomeUnknown
    pub async fn set_domain_settings<I>(
        &self,
        domains: I,
        settings: &DomainSettings,
    ) -> Result<BTreeSet<DomainId>, DomainSettingsError>
    where
        I: IntoIterator<Item: Into<DomainId>>,
    {
        let ids = domains.into_iter().map(Into::into).collect();
        apply::apply(self, &ids, settings).await
    }

    /// Waits until these settings of these domains are in effect according to the service, and returns the state of each
    /// domain: polls every 15 seconds at first and every minute later, for 30 minutes.
    ///
    /// Public DNS may show a setting hours after it is in effect at the service, so this does not prove that email works.
    ///
    /// A setting counts as in effect if the list of domains has its value and does not report that it is not in effect; a
    /// cleared one, if the list has no value; a DNS record, if the service lists it. Verify a DNS record with a DNS query: one
    /// that was added right after the domain was connected may never be published.
    ///
    /// One poll reads the list of domains, and, if `settings` has DNS records, those of the domains that lacked some at their
    /// last read, until 20 of them still do; the others follow in the next poll. A domain that is not in the list is waited
    /// for.
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::{DomainId, DomainSettings, Zapmail};
    ///
    /// # async fn example(zapmail: Zapmail, domains: Vec<DomainId>) -> zapmail_sdk_ext::Result<()> {
    /// let settings = DomainSettings::new().catch_all("dana.reed@acme.com");
    /// let wait = zapmail.wait_for_domain_settings(&domains, &settings).on_progress(|states| {
    ///     let pending = states.values().filter(|state| !state.pending.is_empty()).count();
    ///     println!("{pending} of {} domains are pending", states.len());
    /// });
    /// wait.await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`WaitError`](crate::WaitError), with the state of every domain: [`ErrorKind::Timeout`],
    /// [`ErrorKind::Invalid`] for arguments that [`set_domain_settings`](Self::set_domain_settings) refuses, and any of a
    /// call. Dropping the future stops the polling.
    ///
    /// [`ErrorKind::Invalid`]: crate::ErrorKind::Invalid
    /// [`ErrorKind::Timeout`]: crate::ErrorKind::Timeout
    pub fn wait_for_domain_settings<I>(
        &self,
        domains: I,
        settings: &DomainSettings,
    ) -> Wait<BTreeMap<DomainId, DomainSettingsState>>
    where
        I: IntoIterator<Item: Into<DomainId>>,
    {
        let ids = domains.into_iter().map(Into::into).collect();
        wait::wait(self.clone(), ids, settings.clone())
    }
}

/// The rows of these domains. Those that are not in the list are missing.
async fn rows(zapmail: &Zapmail, ids: &BTreeSet<DomainId>) -> Result<BTreeMap<DomainId, Domain>> {
    let mut rows = BTreeMap::new();
    let mut domains = zapmail.list_domains().limit(PAGE).items();
    while let Some(domain) = domains.next().await? {
        if ids.contains(&domain.id) {
            rows.insert(domain.id.clone(), domain);
        }
    }
    Ok(rows)
}
