//! DNS records of one's own that domains do not have yet.

use futures::stream::{self, BoxStream, StreamExt};
use zapmail_sdk::builder::ListDomains;
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::Domain;
use zapmail_sdk::{Error, ErrorKind, Request, Result};

use super::DomainSettings;
use crate::client::Zapmail;
use crate::dns::{Record, records};

/// How many domains are read at a time. With all of them at once, the last would wait in the rate limiter until their calls
/// time out.
const READS: usize = 5;

/// Reads the records of each domain, in the order of the rows, and returns those of the settings that it does not have.
pub(super) fn missing<'a>(
    zapmail: &Zapmail,
    rows: impl Iterator<Item = (&'a DomainId, &'a Domain)>,
    settings: &DomainSettings,
) -> BoxStream<'static, Result<(DomainId, Vec<Record>)>> {
    let reads: Vec<_> = rows
        .filter(|_| !settings.dns_records.is_empty())
        .map(|(id, row)| {
            let (zapmail, id, name) = (zapmail.clone(), id.clone(), row.domain.clone());
            let wanted = name.as_deref().map(|name| wanted(name, settings));
            async move {
                // Without it, no host can be compared.
                let (Some(name), Some(wanted)) = (name, wanted) else { return Err(nameless(&id)) };
                let present = records(&name, &zapmail.list_dns_records().id(&id).send().await?);
                Ok((id, wanted.into_iter().filter(|record| !present.contains(record)).collect()))
            }
        })
        .collect();
    stream::iter(reads).buffered(READS).boxed()
}

/// The records of the settings, each once.
fn wanted(domain: &str, settings: &DomainSettings) -> Vec<Record> {
    let mut wanted = Vec::new();
    for record in &settings.dns_records {
        let record = Record::new(domain, &record.host, record.record_type.as_str(), &record.value);
        if !wanted.contains(&record) {
            wanted.push(record);
        }
    }
    wanted
}

fn nameless(id: &DomainId) -> Error {
    let message = format!("the domain {id} has no name in the list, so its DNS records cannot be compared");
    Error::new(ErrorKind::Decode, message).with_operation(ListDomains::OPERATION)
}
