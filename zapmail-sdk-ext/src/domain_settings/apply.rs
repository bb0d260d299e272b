//! Applying settings: sends those that are not in effect.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt;
use zapmail_sdk::builder::ListDomains;
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::{Domain, NewDnsRecords};
use zapmail_sdk::{Error, ErrorKind, Request, Result};

use super::dns_records::{self, Missing};
use super::table::SETTINGS;
use super::{DomainSettings, DomainSettingsError, checks};
use crate::client::Zapmail;
use crate::names;

/// Domains per request.
const PER_REQUEST: usize = 50;

/// Applies the settings, and returns the changed domains. All reads come before the first write.
pub(super) async fn apply(
    zapmail: &Zapmail,
    ids: &BTreeSet<DomainId>,
    settings: &DomainSettings,
) -> Result<BTreeSet<DomainId>, DomainSettingsError> {
    checks::check(ids, settings)?;
    let rows = super::rows(zapmail, ids).await?;
    check_found(ids, &rows)?;
    checks::check_hosts(&rows, settings)?;
    let missing: Vec<_> = dns_records::missing(zapmail, rows.iter(), settings).try_collect().await?;
    checks::check_second(&missing)?;

    let mut changed = BTreeSet::new();
    match send(zapmail, settings, &rows, missing, &mut changed).await {
        Ok(()) => Ok(changed),
        Err(error) => Err(DomainSettingsError::new(error, changed)),
    }
}

/// Sends the settings, and adds the domains of each successful request to `changed`.
async fn send(
    zapmail: &Zapmail,
    settings: &DomainSettings,
    rows: &BTreeMap<DomainId, Domain>,
    missing: Vec<Missing>,
    changed: &mut BTreeSet<DomainId>,
) -> Result<()> {
    for setting in &SETTINGS {
        let Some(wanted) = setting.wanted(settings) else { continue };
        let without = rows.iter().filter(|(_, row)| setting.is_to_be_sent(row, wanted)).map(|(id, _)| id.clone());
        for batch in without.collect::<Vec<_>>().chunks(PER_REQUEST) {
            if let Some(request) = setting.send(zapmail, wanted, batch) {
                request.await?;
                changed.extend(batch.iter().cloned());
            }
        }
    }
    for Missing { id, records, .. } in missing.into_iter().filter(|missing| !missing.records.is_empty()) {
        let records = records.iter().map(|record| record.new_record());
        zapmail.add_dns_records().body(NewDnsRecords::new(&id, records)).send().await?;
        changed.insert(id);
    }
    Ok(())
}

fn check_found(ids: &BTreeSet<DomainId>, rows: &BTreeMap<DomainId, Domain>) -> Result<()> {
    let unknown: Vec<_> = ids.iter().filter(|id| !rows.contains_key(*id)).map(ToString::to_string).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let message =
        format!("`domains` contains ids that are not in the list of domains: {}", names::listed(&unknown, ", "));
    let error = Error::new(ErrorKind::NotFound, message).with_operation(ListDomains::OPERATION);
    Err(error.with_hint("use ids from `list_domains`, and a client for their workspace"))
}
