//! DNS problems: missing or wrong records that email needs, according to the provider of the mailboxes.
//!
//! The service's own records are checked; public DNS may not serve them yet.

mod record;
mod rules;
#[cfg(test)]
mod tests;
mod texts;

use std::fmt;

use serde::{Deserialize, Serialize};
use zapmail_sdk::builder::ListDnsRecords;
use zapmail_sdk::{Error, ErrorKind, Request, Result, types};

use crate::client::Zapmail;
use crate::words::words;

pub(crate) use record::{Record, records};
pub(crate) use rules::Unique;

/// A problem with the DNS records that email needs. `Display` prints a sentence that does not name the domain.
///
/// ```
/// use zapmail_sdk_ext::DnsProblem;
///
/// let problem = DnsProblem::MissingDkim { host: "selector1._domainkey".to_owned() };
/// assert_eq!(problem.to_string(), "there is no DKIM record at selector1._domainkey");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DnsProblem {
    /// There is no MX record, so the domain receives no email.
    MissingMx,
    /// An MX record names a server that does not belong to the provider.
    ForeignMx {
        /// Name of the server.
        value: String,
    },
    /// There is no SPF record.
    MissingSpf,
    /// There is more than one SPF record, so SPF fails.
    SeveralSpf,
    /// The SPF record includes neither the provider nor another domain that may include the provider.
    SpfWithoutProvider {
        /// Domain that the record must include.
        include: String,
    },
    /// There is no DKIM record at this host, or its key was revoked.
    MissingDkim {
        /// Name of the record, relative to the domain. For Google, this is the usual name; any other name that ends
        /// with `._domainkey` is accepted, too.
        host: String,
    },
    /// There is no DMARC record.
    MissingDmarc,
    /// There is more than one DMARC record, so receivers ignore all of them.
    SeveralDmarc,
}

/// The kind of a [`DnsProblem`], serialized in snake case as returned by [`as_str`](Self::as_str).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DnsProblemKind {
    /// [`DnsProblem::MissingMx`].
    MissingMx,
    /// [`DnsProblem::ForeignMx`].
    ForeignMx,
    /// [`DnsProblem::MissingSpf`].
    MissingSpf,
    /// [`DnsProblem::SeveralSpf`].
    SeveralSpf,
    /// [`DnsProblem::SpfWithoutProvider`].
    SpfWithoutProvider,
    /// [`DnsProblem::MissingDkim`].
    MissingDkim,
    /// [`DnsProblem::MissingDmarc`].
    MissingDmarc,
    /// [`DnsProblem::SeveralDmarc`].
    SeveralDmarc,
}

words! {
    DnsProblemKind {
        MissingMx = "missing_mx",
        ForeignMx = "foreign_mx",
        MissingSpf = "missing_spf",
        SeveralSpf = "several_spf",
        SpfWithoutProvider = "spf_without_provider",
        MissingDkim = "missing_dkim",
        MissingDmarc = "missing_dmarc",
        SeveralDmarc = "several_dmarc",
    }
}

impl DnsProblem {
    /// Returns the kind of the problem, without its details.
    ///
    /// ```
    /// use zapmail_sdk_ext::{DnsProblem, DnsProblemKind};
    ///
    /// let problem = DnsProblem::ForeignMx { value: "mx.example.com".to_owned() };
    /// assert_eq!(problem.kind(), DnsProblemKind::ForeignMx);
    /// assert_eq!(problem.kind().as_str(), "foreign_mx");
    /// ```
    pub fn kind(&self) -> DnsProblemKind {
        match self {
            Self::MissingMx => DnsProblemKind::MissingMx,
            Self::ForeignMx { .. } => DnsProblemKind::ForeignMx,
            Self::MissingSpf => DnsProblemKind::MissingSpf,
            Self::SeveralSpf => DnsProblemKind::SeveralSpf,
            Self::SpfWithoutProvider { .. } => DnsProblemKind::SpfWithoutProvider,
            Self::MissingDkim { .. } => DnsProblemKind::MissingDkim,
            Self::MissingDmarc => DnsProblemKind::MissingDmarc,
            Self::SeveralDmarc => DnsProblemKind::SeveralDmarc,
        }
    }
}

impl fmt::Display for DnsProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingMx => formatter.write_str("there is no MX record"),
            Self::ForeignMx { value } => {
                write!(formatter, "the MX record {value} does not belong to the provider of the mailboxes")
            }
            Self::MissingSpf => formatter.write_str("there is no SPF record"),
            Self::SeveralSpf => formatter.write_str("there are several SPF records, so SPF fails"),
            Self::SpfWithoutProvider { include } => write!(formatter, "the SPF record does not include {include}"),
            Self::MissingDkim { host } => write!(formatter, "there is no DKIM record at {host}"),
            Self::MissingDmarc => formatter.write_str("there is no DMARC record"),
            Self::SeveralDmarc => formatter.write_str("there are several DMARC records, so receivers ignore them"),
        }
    }
}

/// Returns the problems of a domain with these records. [`Zapmail::dns_problems`] also reads the records.
///
/// `provider` is the provider of the domain's mailboxes. With `None` or an unknown provider, only the rules for all
/// providers are checked: at most one SPF record, and exactly one DMARC record.
///
/// An SPF record that includes or redirects to a domain of neither provider may include the provider indirectly. That
/// domain is not looked up, and the record is not reported. Terms after `all` have no effect (RFC 7208) and are
/// ignored. A CNAME record at `_dmarc` counts as a DMARC record, since it may point to one. Disabled records are
/// ignored, and so are DKIM records with an empty key, which means that the key was revoked.
///
/// ```
/// use zapmail_sdk_ext::types::{DnsRecords, ServiceProvider};
/// use zapmail_sdk_ext::{DnsProblem, dns_problems};
///
/// let records: DnsRecords = serde_json::from_str(
///     r#"{"domainDnsRecords": [
///         {"type": "MX", "name": "acme.com", "content": "smtp.google.com"},
///         {"type": "TXT", "name": "acme.com", "content": "v=spf1 include:_spf.google.com ~all"},
///         {"type": "TXT", "name": "google._domainkey.acme.com", "content": "v=DKIM1; k=rsa; p=bm90YXJlYWxrZXk="}
///     ]}"#,
/// )?;
/// let problems = dns_problems("acme.com", Some(&ServiceProvider::Google), &records);
/// assert_eq!(problems, [DnsProblem::MissingDmarc]);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn dns_problems(
    domain: &str,
    provider: Option<&types::ServiceProvider>,
    records: &types::DnsRecords,
) -> Vec<DnsProblem> {
    rules::problems(provider, &record::records(domain, records))
}

/// # DNS problems
impl Zapmail {
    /// Returns the problems with the DNS records of a domain, according to the provider of its mailboxes; see
    /// [`dns_problems`] for the rules. `domain` is a row of a list of domains.
    ///
    /// Reads the service's records with one request, which can take up to 8 seconds. Public DNS may serve them later.
    ///
    /// While the row's `dns_authentication_in_progress` is `true`, the service is still adding the SPF, DKIM and DMARC
    /// records; those that are missing at that stage are not a problem yet.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// for domain in zapmail.domains_by_name(["acme.com"]).await?.into_values().flatten() {
    ///     for problem in zapmail.dns_problems(&domain).await? {
    ///         println!("{:?}: {problem}", domain.domain);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if the row has no name, and any error of a call. Dropping the future loses nothing.
    pub async fn dns_problems(&self, domain: &types::Domain) -> Result<Vec<DnsProblem>> {
        let Some(name) = &domain.domain else {
            let message = "`domain` has no name; pass a row of `list_domains`";
            return Err(Error::new(ErrorKind::Invalid, message).with_operation(ListDnsRecords::OPERATION));
        };
        let records = self.list_dns_records().id(&domain.id).send().await?;
        Ok(dns_problems(name, domain.service_provider.as_ref(), &records))
    }
}
