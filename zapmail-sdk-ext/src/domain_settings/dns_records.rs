//! Custom DNS records: finds the records of the settings that domains do not have yet.

use futures_util::stream::{self, BoxStream, StreamExt};
use zapmail_sdk::builder::ListDomains;
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::{DnsRecordType, Domain, NewDnsRecord};
use zapmail_sdk::{Error, ErrorKind, Request, Result};

use super::{DomainSettings, PendingSetting};
use crate::client::Zapmail;
use crate::dns::{Record, Unique, records};

/// Maximum number of domains whose records are read concurrently. If all were read at the same time, the last calls
/// would time out in the rate limiter.
const READS: usize = 5;

/// A DNS record of the settings.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The record in normalized form, for comparison.
    pub record: Record,
    pub record_type: DnsRecordType,
    /// The value as the caller passed it, trimmed.
    pub value: String,
}

/// The records of the settings that a domain lacks.
#[derive(Debug)]
pub(super) struct Missing {
    pub id: DomainId,
    pub name: String,
    pub records: Vec<Wanted>,
    /// The first missing record that would be the second of its kind.
    pub second: Option<Wanted>,
}

impl Wanted {
    pub fn pending(&self) -> PendingSetting {
        PendingSetting::DnsRecord {
            host: self.record.host.clone(),
            record_type: self.record_type.clone(),
            value: self.value.clone(),
        }
    }

    pub fn new_record(&self) -> NewDnsRecord {
        NewDnsRecord::new(&self.record.host, self.record_type.clone(), &self.value)
    }
}

/// Returns the records of the settings, without duplicates. If `domain` is empty, hosts are not made relative to it.
pub(super) fn wanted(domain: &str, settings: &DomainSettings) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for record in &settings.dns_records {
        let (record_type, value) = (record.record_type.clone(), record.value.trim().to_owned());
        let record = Record::new(domain, &record.host, record_type.as_str(), &value);
        if !wanted.iter().any(|other| other.record == record) {
            wanted.push(Wanted { record, record_type, value });
        }
    }
    wanted
}

/// Reads the records of each domain, in the order of the rows, and yields the records of the settings that it lacks.
// Inline, so that only programs that call it compile it.
#[inline]
pub(super) fn missing<'a>(
    zapmail: &Zapmail,
    rows: impl Iterator<Item = (&'a DomainId, &'a Domain)>,
    settings: &DomainSettings,
) -> BoxStream<'static, Result<Missing>> {
    let reads: Vec<_> = rows
        .filter(|_| !settings.dns_records.is_empty())
        .map(|(id, row)| {
            let (zapmail, id, name) = (zapmail.clone(), id.clone(), row.domain.clone());
            let wanted = name.as_deref().map(|name| wanted(name, settings));
            async move {
                // Without the name of the domain, no host can be compared.
                let (Some(name), Some(wanted)) = (name, wanted) else { return Err(nameless(&id)) };
                let present = records(&name, &zapmail.list_dns_records().id(&id).send().await?);
                let records: Vec<_> = wanted.into_iter().filter(|wanted| !present.contains(&wanted.record)).collect();
                let second = records.iter().find(|missing| Unique::is_second(&missing.record, &present)).cloned();
                Ok(Missing { id, name, records, second })
            }
        })
        .collect();
    stream::iter(reads).buffered(READS).boxed()
}

fn nameless(id: &DomainId) -> Error {
    let message = format!("the domain {id} has no name in the list, so its DNS records cannot be compared");
    Error::new(ErrorKind::Decode, message).with_operation(ListDomains::OPERATION)
}
