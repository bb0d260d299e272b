//! Settings of many domains at once: what is set already is not sent, and a wait checks that the rest is in effect.
//!
//! The operations of the service set one thing each, for domains that filters beside the ids can add to. Here, only ids are
//! sent, and only those of domains that do not have the setting.

mod apply;
mod checks;
mod dns_records;
mod table;
#[cfg(test)]
mod tests;
mod wait;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use zapmail_sdk::Result;
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::{DnsRecordType, Domain};

use crate::client::Zapmail;
use crate::page::Paged;
use crate::wait::Wait;

pub use wait::DomainSettingsState;

/// Rows of one page.
const PAGE: u32 = 100;

/// Settings of domains: where DMARC reports, visitors and email go, and DNS records of your own. What is not set is left as
/// it is.
///
/// As JSON, for example in a file, `null` clears a setting. DMARC cannot be cleared: the service has no operation for it.
///
/// ```
/// use zapmail_sdk_ext::{DomainSettings, types::DnsRecordType};
///
/// let settings = DomainSettings::new()
///     .dmarc("reports@acme.com")
///     .forward_to("acme.com")
///     .clear_catch_all()
///     .dns_record("track", DnsRecordType::Cname, "track.example.com");
/// let json = r#"{
///     "dmarc": "reports@acme.com",
///     "forward_to": "acme.com",
///     "catch_all": null,
///     "dns_records": [{"host": "track", "type": "CNAME", "value": "track.example.com"}]
/// }"#;
/// assert_eq!(serde_json::from_str::<DomainSettings>(json)?, settings);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainSettings {
    #[serde(default, deserialize_with = "not_null", skip_serializing_if = "Option::is_none")]
    dmarc: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    forward_to: Clearable,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    forward_email_to: Clearable,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    catch_all: Clearable,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dns_records: Vec<WantedRecord>,
}

/// A setting that can be cleared: `None` leaves it as it is, `Some(None)` clears it.
type Clearable = Option<Option<String>>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedRecord {
    host: String,
    #[serde(rename = "type", deserialize_with = "in_any_letter_case")]
    record_type: DnsRecordType,
    value: String,
}

impl DomainSettings {
    /// Settings that set nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the address that receives the DMARC reports.
    #[must_use]
    pub fn dmarc(self, address: impl Into<String>) -> Self {
        Self { dmarc: Some(address.into()), ..self }
    }

    /// Forwards visitors to a domain or a URL.
    #[must_use]
    pub fn forward_to(self, domain_or_url: impl Into<String>) -> Self {
        Self { forward_to: Some(Some(domain_or_url.into())), ..self }
    }

    /// Stops the forwarding of visitors.
    #[must_use]
    pub fn clear_forwarding(self) -> Self {
        Self { forward_to: Some(None), ..self }
    }

    /// Forwards all email to an address.
    #[must_use]
    pub fn forward_email_to(self, address: impl Into<String>) -> Self {
        Self { forward_email_to: Some(Some(address.into())), ..self }
    }

    /// Stops the forwarding of email.
    #[must_use]
    pub fn clear_email_forwarding(self) -> Self {
        Self { forward_email_to: Some(None), ..self }
    }

    /// Sets the address that receives email to addresses without a mailbox.
    #[must_use]
    pub fn catch_all(self, address: impl Into<String>) -> Self {
        Self { catch_all: Some(Some(address.into())), ..self }
    }

    /// Removes the catch-all address.
    #[must_use]
    pub fn clear_catch_all(self) -> Self {
        Self { catch_all: Some(None), ..self }
    }

    /// Adds a DNS record. `host` is relative to the domain, such as `track`; `@` is the domain itself. The service chooses the
    /// time to live and the priority.
    ///
    /// Other records stay, including those with the same host and type. To change a record, use `update_dns_record`: a second
    /// SPF record, for example, makes SPF fail.
    ///
    /// A record that a domain has already is not added to it. Quotes around the value, a dot at its end, and the letter case of
    /// a name do not matter for that; the letter case of a TXT value does.
    ///
    /// ```
    /// use zapmail_sdk_ext::{DomainSettings, types::DnsRecordType};
    ///
    /// let settings = DomainSettings::new().dns_record("@", DnsRecordType::Txt, "example-verification=0000");
    /// ```
    #[must_use]
    pub fn dns_record(
        mut self,
        host: impl Into<String>,
        record_type: impl Into<DnsRecordType>,
        value: impl Into<String>,
    ) -> Self {
        let (host, record_type, value) = (host.into(), record_type.into(), value.into());
        self.dns_records.push(WantedRecord { host, record_type, value });
        self
    }

    /// Whether nothing is set.
    ///
    /// ```
    /// use zapmail_sdk_ext::DomainSettings;
    ///
    /// assert!(DomainSettings::new().is_empty());
    /// assert!(!DomainSettings::new().clear_catch_all().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// # Settings of domains
impl Zapmail {
    /// Sets the settings of these domains that they do not have yet, and returns the domains that were changed.
    ///
    /// Reads the list of domains once, and sends one request per setting and 50 domains. For DNS records, it also reads those
    /// of each domain, since the service adds a record that exists a second time, and sends one request per domain that lacks
    /// one. All requests that read come before the first that writes.
    ///
    /// The service applies settings in the background; [`wait_for_domain_settings`](Self::wait_for_domain_settings) waits until
    /// they are in effect.
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
    /// - [`ErrorKind::Invalid`] if `domains` is empty, or `settings` sets nothing or has a value that is not valid, and
    ///   [`ErrorKind::NotFound`] if a domain is not in the list. Nothing was sent.
    /// - Any of a call. The requests before it have been applied. A second call with the same arguments continues, since it
    ///   sends only what the domains do not have. After [`ErrorKind::OutcomeUnknown`], wait a few minutes first: a DNS record
    ///   that is being added may not be listed yet.
    ///
    /// Dropping the future leaves the request in flight with an unknown outcome, and the rest unsent.
    ///
    /// [`ErrorKind::Invalid`]: crate::ErrorKind::Invalid
    /// [`ErrorKind::NotFound`]: crate::ErrorKind::NotFound
    /// [`ErrorKind::OutcomeUnknown`]: crate::ErrorKind::OutcomeUnknown
    pub async fn set_domain_settings<I>(&self, domains: I, settings: &DomainSettings) -> Result<BTreeSet<DomainId>>
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
    /// A setting counts as in effect if the list of domains has its value and does not deny that it is in effect; a cleared
    /// one, if the list has no value; a DNS record, if the service lists it.
    ///
    /// One poll reads the list of domains, and, if `settings` has DNS records, those of each domain that has not been seen with
    /// all of them. A domain that is not in the list is waited for.
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

/// A setting that is there: `null` clears it.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Clearable, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A setting that cannot be cleared.
fn not_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let message = "`dmarc` cannot be cleared; leave it out to leave it as it is";
    Option::deserialize(deserializer)?.map(Some).ok_or_else(|| D::Error::custom(message))
}

/// A type in a file that a person has written, for example `cname`.
fn in_any_letter_case<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DnsRecordType, D::Error> {
    String::deserialize(deserializer).map(DnsRecordType::from)
}
