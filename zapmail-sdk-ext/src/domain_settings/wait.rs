//! The wait until settings are in effect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use zapmail_sdk::builder::ListDomains;
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::Domain;
use zapmail_sdk::{Request, Result};

use super::dns_records::{self, Missing};
use super::table::{SETTINGS, Setting};
use super::{DomainSettings, PendingSetting, checks};
use crate::client::Zapmail;
use crate::names;
use crate::wait::{Condition, Wait};

const FIRST_INTERVAL: Duration = Duration::from_secs(15);
const MAX_INTERVAL: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// A poll stops reading records once this number of domains still lack one. If hundreds of domains never get their
/// record, reading all of them would use up the rate limit of the key.
const MAX_MISSING: usize = 20;

/// The state of a domain during [`Zapmail::wait_for_domain_settings`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DomainSettingsState {
    /// Name of the domain; `None` if it is not in the list.
    pub name: Option<String>,
    /// The settings that are not in effect, according to the last read. Empty once all settings are in effect.
    pub pending: Vec<PendingSetting>,
}

type States = BTreeMap<DomainId, DomainSettingsState>;

/// The domains and settings of a wait.
struct Awaited {
    zapmail: Zapmail,
    ids: BTreeSet<DomainId>,
    settings: DomainSettings,
    records: Mutex<Records>,
}

/// The DNS records that domains lacked when they were last read.
#[derive(Default)]
struct Records {
    /// The missing records of each domain, with the sequence number of the read. Domains that lack none are not read
    /// again.
    missing: BTreeMap<DomainId, (usize, Vec<PendingSetting>)>,
    reads: usize,
}

// Inline, so that only programs that call it compile it.
#[inline]
pub(super) fn wait(zapmail: Zapmail, ids: BTreeSet<DomainId>, settings: DomainSettings) -> Wait<States> {
    let awaited = Arc::new(Awaited { zapmail, ids, settings, records: Mutex::default() });
    let poll = move || {
        let awaited = Arc::clone(&awaited);
        async move { awaited.poll().await }
    };
    Wait::new(ListDomains::OPERATION, poll, judge).growing_interval(FIRST_INTERVAL, MAX_INTERVAL).timeout(TIMEOUT)
}

impl Awaited {
    async fn poll(&self) -> Result<States> {
        checks::check(&self.ids, &self.settings)?;
        let rows = super::rows(&self.zapmail, &self.ids).await?;
        checks::check_hosts(&rows, &self.settings)?;
        self.read_records(&rows).await?;
        Ok(self.ids.iter().map(|id| (id.clone(), self.state(id, rows.get(id)))).collect())
    }

    /// Reads the DNS records of the domains that lack some, least recently read first.
    async fn read_records(&self, rows: &BTreeMap<DomainId, Domain>) -> Result<()> {
        let mut unread: Vec<_> = {
            let records = self.records();
            let unread = rows.iter().map(|(id, row)| (records.missing.get(id), id, row));
            let unread = unread.filter(|(last, _, _)| last.is_none_or(|(_, missing)| !missing.is_empty()));
            unread.map(|(last, id, row)| (last.map(|(read, _)| *read), id, row)).collect()
        };
        unread.sort_by_key(|(read, _, _)| *read);
        let unread = unread.into_iter().map(|(_, id, row)| (id, row));
        let mut reads = dns_records::missing(&self.zapmail, unread, &self.settings);
        let mut still_missing = 0;
        while still_missing < MAX_MISSING
            && let Some(read) = reads.next().await
        {
            let Missing { id, records: missing, .. } = read?;
            still_missing += usize::from(!missing.is_empty());
            let missing = missing.iter().map(|record| record.pending()).collect();
            let mut records = self.records();
            records.reads += 1;
            let read = records.reads;
            records.missing.insert(id, (read, missing));
        }
        Ok(())
    }

    /// Returns the state of a domain according to its row and the last read of its DNS records.
    fn state(&self, id: &DomainId, row: Option<&Domain>) -> DomainSettingsState {
        let is_pending = |setting: &&Setting| {
            let is_in_effect = |wanted| row.is_some_and(|row| setting.is_in_effect(row, wanted));
            setting.wanted(&self.settings).is_some_and(|wanted| !is_in_effect(wanted))
        };
        let mut pending: Vec<_> = SETTINGS.iter().filter(is_pending).map(|setting| setting.pending.clone()).collect();
        let missing = self.records().missing.get(id).filter(|_| row.is_some()).map(|(_, missing)| missing.clone());
        pending.extend(missing.unwrap_or_else(|| {
            let name = row.and_then(|row| row.domain.as_deref()).unwrap_or_default();
            dns_records::wanted(name, &self.settings).iter().map(|record| record.pending()).collect()
        }));
        let name = row.map(|row| row.domain.clone().unwrap_or_else(|| id.to_string()));
        DomainSettingsState { name, pending }
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn judge(states: &States) -> Condition {
    let pending: Vec<_> = states.iter().flat_map(|(id, state)| pending(id, state)).collect();
    if pending.is_empty() { Condition::Met } else { Condition::Pending(names::listed(&pending, ", ")) }
}

fn pending(id: &DomainId, state: &DomainSettingsState) -> Vec<String> {
    match &state.name {
        Some(name) => state.pending.iter().map(|setting| format!("{name}: {setting} is not in effect")).collect(),
        None => vec![format!("{id} is not listed")],
    }
}
