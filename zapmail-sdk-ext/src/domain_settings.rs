//! Bulk settings of domains: sends only settings that are not in effect, and waits until they are.
//!
//! Each operation of the service changes one setting, and filters next to the ids can select additional domains. This
//! module sends only ids, and only those of domains for which the setting is not in effect.

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

/// Rows per page.
const PAGE: u32 = 100;

/// # Settings of domains
impl Zapmail {
    /// Applies the settings that are not in effect for these domains yet, and returns the changed domains.
    ///
    /// Reads the list of domains once, and sends one request per setting for up to 50 domains. If `settings` has DNS
    /// records, it also reads the records of each domain, since the service would add an existing record a second time,
    /// and sends one request per domain that lacks a record. All reads come before the first write.
    ///
    /// The service applies settings in the background; [`wait_for_domain_settings`](Self::wait_for_domain_settings)
    /// waits until they are in effect. Until then, a second call sends them again, which is idempotent. A request to
    /// clear a setting is also sent for a domain whose row has no value and does not report that the setting is off,
    /// since the row may omit the value.
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
    /// [`DomainSettingsError`], with the domains that were changed before the error:
    ///
    /// - [`ErrorKind::Invalid`] if `domains` is empty, or `settings` is empty or has an invalid value,
    ///   [`ErrorKind::NotFound`] if a domain is not in the list, and [`ErrorKind::Conflict`] if a DNS record would be
    ///   the second SPF or DMARC record of its host. Nothing was changed.
    /// - Any error of a call. The requests before it have been applied. Call the method again with the same arguments
    ///   to continue. After [`ErrorKind::OutcomeUnknown`], wait a few minutes first: a DNS record that is being added
    ///   may not be listed yet.
    ///
    /// If the future is dropped, the outcome of the request in flight is unknown, and later requests are not sent.
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

    /// Waits until the service reports that these settings are in effect for these domains, and returns the state of
    /// each domain. Polls every 15 seconds at first and every minute later, for up to 30 minutes.
    ///
    /// Public DNS may take hours longer to serve a setting, so a finished wait does not prove that email works.
    ///
    /// A setting counts as in effect if the list of domains has its value and does not report that it is not in effect.
    /// A cleared setting counts as in effect if the list has no value, and a DNS record if the service lists it. Verify
    /// a DNS record with a DNS query: a record that was added right after the domain was connected may never be
    /// published.
    ///
    /// Each poll reads the list of domains. If `settings` has DNS records, it also reads the records of the domains
    /// that lacked some of them when last read, until it has found 20 domains that still do; the next poll continues
    /// with the others. A domain that is not in the list counts as pending.
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
    /// [`WaitError`](crate::WaitError), with the state of every domain: [`ErrorKind::Timeout`], [`ErrorKind::Invalid`]
    /// for arguments that [`set_domain_settings`](Self::set_domain_settings) refuses, and any error of a call. Dropping
    /// the future stops the polling.
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

/// Returns the rows of these domains, without those that are not in the list.
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
