//! The settings of domains to apply, and their JSON form.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use zapmail_sdk::types::DnsRecordType;

/// Settings to apply to domains: the destinations of DMARC reports, visitors and email, and custom DNS records.
/// Settings that are not set stay unchanged.
///
/// As JSON, for example in a file, `null` clears a setting. DMARC cannot be cleared: the service has no operation for
/// it.
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
    pub(super) dmarc: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) forward_to: Clearable,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) forward_email_to: Clearable,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) catch_all: Clearable,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) dns_records: Vec<WantedRecord>,
}

/// A setting that can be cleared: `None` leaves it unchanged, `Some(None)` clears it.
type Clearable = Option<Option<String>>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedRecord {
    pub host: String,
    #[serde(rename = "type", deserialize_with = "in_any_letter_case")]
    pub record_type: DnsRecordType,
    pub value: String,
}

impl DomainSettings {
    /// Creates settings that change nothing.
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

    /// Sets the address that receives email sent to addresses without a mailbox.
    #[must_use]
    pub fn catch_all(self, address: impl Into<String>) -> Self {
        Self { catch_all: Some(Some(address.into())), ..self }
    }

    /// Removes the catch-all address.
    #[must_use]
    pub fn clear_catch_all(self) -> Self {
        Self { catch_all: Some(None), ..self }
    }

    /// Adds a DNS record. `host` is relative to the domain, for example `track`; `@` is the domain itself. The service
    /// chooses the time to live and the priority.
    ///
    /// Existing records stay, including those with the same host and type. To change a record, use `update_dns_record`:
    /// a second SPF or DMARC record for a host is refused, since email fails with two.
    ///
    /// A record that a domain already has is not added again. The comparison ignores quotes around the value, a
    /// trailing dot, and the letter case of names, but not the letter case of a TXT value. The value of an MX record is
    /// the name of the server, without a priority.
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

    /// Returns whether nothing is set.
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

    /// Returns the address that receives the DMARC reports; `None` if it is left unchanged.
    ///
    /// ```
    /// use zapmail_sdk_ext::DomainSettings;
    ///
    /// let settings = DomainSettings::new().dmarc("reports@acme.com");
    /// assert_eq!(settings.dmarc_address(), Some("reports@acme.com"));
    /// ```
    pub fn dmarc_address(&self) -> Option<&str> {
        self.dmarc.as_deref()
    }

    /// Returns the domain or URL to which visitors are forwarded: `None` if it is left unchanged, and `Some(None)` if
    /// it is cleared.
    ///
    /// ```
    /// use zapmail_sdk_ext::DomainSettings;
    ///
    /// assert_eq!(DomainSettings::new().forward_to("acme.com").forwarding(), Some(Some("acme.com")));
    /// assert_eq!(DomainSettings::new().clear_forwarding().forwarding(), Some(None));
    /// assert_eq!(DomainSettings::new().forwarding(), None);
    /// ```
    pub fn forwarding(&self) -> Option<Option<&str>> {
        self.forward_to.as_ref().map(Option::as_deref)
    }

    /// Returns the address to which email is forwarded: `None` if it is left unchanged, and `Some(None)` if it is
    /// cleared.
    ///
    /// ```
    /// use zapmail_sdk_ext::DomainSettings;
    ///
    /// let settings = DomainSettings::new().forward_email_to("inbox@acme.com");
    /// assert_eq!(settings.email_forwarding(), Some(Some("inbox@acme.com")));
    /// ```
    pub fn email_forwarding(&self) -> Option<Option<&str>> {
        self.forward_email_to.as_ref().map(Option::as_deref)
    }

    /// Returns the address that receives email sent to addresses without a mailbox: `None` if it is left unchanged, and
    /// `Some(None)` if it is cleared.
    ///
    /// ```
    /// use zapmail_sdk_ext::DomainSettings;
    ///
    /// assert_eq!(DomainSettings::new().clear_catch_all().catch_all_address(), Some(None));
    /// ```
    pub fn catch_all_address(&self) -> Option<Option<&str>> {
        self.catch_all.as_ref().map(Option::as_deref)
    }

    /// Returns the host, type and value of each DNS record, as passed to [`dns_record`](Self::dns_record).
    ///
    /// ```
    /// use zapmail_sdk_ext::{DomainSettings, types::DnsRecordType};
    ///
    /// let settings = DomainSettings::new().dns_record("track", DnsRecordType::Cname, "track.example.com");
    /// let records: Vec<_> = settings.dns_records().collect();
    /// assert_eq!(records, [("track", &DnsRecordType::Cname, "track.example.com")]);
    /// ```
    pub fn dns_records(&self) -> impl Iterator<Item = (&str, &DnsRecordType, &str)> {
        self.dns_records.iter().map(|record| (record.host.as_str(), &record.record_type, record.value.as_str()))
    }

    /// Returns whether DNS records are to be added, which is not idempotent.
    #[cfg(feature = "journal")]
    pub(crate) fn has_dns_records(&self) -> bool {
        !self.dns_records.is_empty()
    }
}

/// A property that is present: `null` clears the setting.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Clearable, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A setting that cannot be cleared, and so cannot be `null`.
fn not_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let message = "`dmarc` cannot be cleared; omit it to leave it unchanged";
    Option::deserialize(deserializer)?.map(Some).ok_or_else(|| D::Error::custom(message))
}

/// A record type in any letter case, for example `cname`, since people write these files.
fn in_any_letter_case<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DnsRecordType, D::Error> {
    String::deserialize(deserializer).map(DnsRecordType::from)
}
