//! The DNS records of a domain.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Domain, Provider};
use crate::clock::Timestamp;

/// A documentation address, which no host has (RFC 5737).
const WEB_SERVER: &str = "192.0.2.10";

/// A DNS record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DnsRecord {
    pub(crate) id: Uuid,
    /// Host name relative to the domain; `@` for the domain itself.
    pub(crate) host: String,
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) priority: Option<u16>,
}

impl DnsRecord {
    /// Returns the absolute name of the record.
    pub(crate) fn full_name(&self, domain: &Domain) -> String {
        match &*self.host {
            "@" => domain.name.clone(),
            host => format!("{host}.{}", domain.name),
        }
    }
}

/// The changes to the default records of a domain. Most domains have no changes, so the default records are not stored
/// but created on demand.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Zone {
    /// Added records, and changed default records.
    written: Vec<DnsRecord>,
    /// Ids of deleted records.
    deleted: Vec<Uuid>,
}

impl Domain {
    /// Returns all records. A domain that is not yet `ACTIVE` has no default records, only added ones.
    pub(crate) fn dns_records(&self, now: Timestamp) -> Vec<DnsRecord> {
        let mut records = if self.is_active(now) { self.default_records(now) } else { Vec::new() };
        records.retain(|record| !self.zone.deleted.contains(&record.id));
        for written in &self.zone.written {
            match records.iter_mut().find(|record| record.id == written.id) {
                Some(record) => record.clone_from(written),
                None => records.push(written.clone()),
            }
        }
        records
    }

    /// Adds a record, or replaces the one with the same id.
    pub(crate) fn write_dns_record(&mut self, record: DnsRecord) {
        self.zone.written.retain(|other| other.id != record.id);
        self.zone.written.push(record);
    }

    pub(crate) fn delete_dns_record(&mut self, id: Uuid) {
        self.zone.written.retain(|record| record.id != id);
        self.zone.deleted.push(id);
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
