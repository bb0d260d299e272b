//! Settings that are not in effect yet.

use std::fmt;

use serde::{Deserialize, Serialize};
use zapmail_sdk::types::DnsRecordType;

/// A setting of a domain that is not in effect; see [`DomainSettingsState`](crate::DomainSettingsState).
///
/// `Display` prints the name of the setting in the JSON form of [`DomainSettings`](crate::DomainSettings), or the type
/// and host of a DNS record.
///
/// ```
/// use zapmail_sdk_ext::PendingSetting;
///
/// assert_eq!(PendingSetting::CatchAll.to_string(), "catch_all");
/// let json = r#"{"dns_record": {"host": "track", "record_type": "CNAME", "value": "track.example.com"}}"#;
/// let record: PendingSetting = serde_json::from_str(json)?;
/// assert_eq!(record.to_string(), "the CNAME record at track");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PendingSetting {
    /// The address that receives the DMARC reports.
    Dmarc,
    /// The forwarding of visitors.
    ForwardTo,
    /// The forwarding of email.
    ForwardEmailTo,
    /// The catch-all address.
    CatchAll,
    /// A DNS record that the service does not list.
    DnsRecord {
        /// Name relative to the domain; `@` for the domain itself.
        host: String,
        /// Type of the record.
        record_type: DnsRecordType,
        /// Value as passed to [`DomainSettings::dns_record`](crate::DomainSettings::dns_record), trimmed.
        value: String,
    },
}

impl fmt::Display for PendingSetting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dmarc => formatter.write_str("dmarc"),
            Self::ForwardTo => formatter.write_str("forward_to"),
            Self::ForwardEmailTo => formatter.write_str("forward_email_to"),
            Self::CatchAll => formatter.write_str("catch_all"),
            Self::DnsRecord { host, record_type, .. } => write!(formatter, "the {record_type} record at {host}"),
        }
    }
}
