//! The DNS records of a domain: the default records, and the changes in its zone.

use uuid::Uuid;

use super::{DnsRecord, Domain, Provider};
use crate::clock::Timestamp;

/// A documentation address, which no host has (RFC 5737).
const WEB_SERVER: &str = "192.0.2.10";

impl Domain {
    /// Returns all records. A domain that is not yet `ACTIVE` has no default records, only added ones.
    pub(crate) fn dns_records(&self, now: Timestamp) -> Vec<DnsRecord> {
        self.zone.apply(if self.is_active(now) { self.default_records(now) } else { Vec::new() })
    }

    /// Returns the records that the service creates: those for the website always, those for mail once the domain has a
    /// provider. The service's actual records have not been seen; these are the ones that the providers recommend.
    fn default_records(&self, now: Timestamp) -> Vec<DnsRecord> {
        let reports = self.dmarc.as_ref().filter(|setting| setting.is_in_force(now));
        let reports = reports.map(|setting| format!("; rua=mailto:{}", setting.value)).unwrap_or_default();
        let mut records = vec![
            ("@", "A", WEB_SERVER.to_owned(), None),
            ("www", "CNAME", self.name.clone(), None),
            ("_dmarc", "TXT", format!("v=DMARC1; p=none{reports}"), None),
        ];
        let dashed = self.name.replace('.', "-");
        records.extend(match self.provider {
            None => Vec::new(),
            Some(Provider::Google) => vec![
                ("@", "MX", "smtp.google.com".to_owned(), Some(1)),
                ("@", "TXT", "v=spf1 include:_spf.google.com ~all".to_owned(), None),
                ("google._domainkey", "TXT", "v=DKIM1; k=rsa; p=bm90YXJlYWxrZXk=".to_owned(), None),
                ("@", "TXT", format!("google-site-verification={}", self.id.simple()), None),
            ],
            Some(Provider::Microsoft) => vec![
                ("@", "MX", format!("{dashed}.mail.protection.outlook.com"), Some(0)),
                ("@", "TXT", "v=spf1 include:spf.protection.outlook.com ~all".to_owned(), None),
                ("selector1._domainkey", "CNAME", format!("selector1-{dashed}._domainkey.example.com"), None),
                ("selector2._domainkey", "CNAME", format!("selector2-{dashed}._domainkey.example.com"), None),
                ("autodiscover", "CNAME", "autodiscover.outlook.com".to_owned(), None),
            ],
        });
        // The ids are derived from the domain's id, so that each record always gets the same one.
        let ids = (1..).map(|nth| Uuid::from_u128(self.id.as_u128() ^ nth));
        let record = |((host, kind, value, priority), id): ((&str, &str, String, Option<u16>), Uuid)| DnsRecord {
            id,
            host: host.to_owned(),
            kind: kind.to_owned(),
            value,
            priority,
        };
        records.into_iter().zip(ids).map(record).collect()
    }
}
