//! Waits until settings are in effect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use serde::{Deserialize, Serialize};
use zapmail_sdk::builder::ListDomains;
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::Domain;
use zapmail_sdk::{Request, Result};

use super::table::{SETTINGS, Setting};
use super::{DomainSettings, checks, dns_records};
use crate::client::Zapmail;
use crate::names;
use crate::wait::{Condition, Wait};

const FIRST_INTERVAL: Duration = Duration::from_secs(15);
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// The state of a domain whose settings are waited for; see [`Zapmail::wait_for_domain_settings`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DomainSettingsState {
    /// Name of the domain; `None` if it is not in the list.
    pub name: Option<String>,
    /// The settings that are not in effect, by their names in the JSON form of [`DomainSettings`], and the DNS records that
    /// are missing, for example `the CNAME record at track`. Empty once all are in effect.
    pub pending: Vec<String>,
}

type States = BTreeMap<DomainId, DomainSettingsState>;

/// What is waited for.
struct Awaited {
    zapmail: Zapmail,
    ids: BTreeSet<DomainId>,
    settings: DomainSettings,
    /// The domains that have been seen with all DNS records: these are not read again.
    with_records: Mutex<BTreeSet<DomainId>>,
}

pub(super) fn wait(zapmail: Zapmail, ids: BTreeSet<DomainId>, settings: DomainSettings) -> Wait<States> {
    let awaited = Arc::new(Awaited { zapmail, ids, settings, with_records: Mutex::default() });
    let poll = move || {
        let awaited = Arc::clone(&awaited);
        async move { awaited.poll().await }
    };
    Wait::new(ListDomains::OPERATION, poll, judge).growing_interval(FIRST_INTERVAL, LONGEST_INTERVAL).timeout(TIMEOUT)
}

impl Awaited {
    async fn poll(&self) -> Result<States> {
        checks::check(&self.ids, &self.settings)?;
        let rows = super::rows(&self.zapmail, &self.ids).await?;
        checks::check_hosts(&rows, &self.settings)?;
        let mut states: States = self.ids.iter().map(|id| (id.clone(), self.state(id, rows.get(id)))).collect();
        let unread = rows.iter().filter(|(id, _)| !self.with_records().contains(*id));
        let mut missing = dns_records::missing(&self.zapmail, unread, &self.settings);
        while let Some(read) = missing.next().await {
            let (id, records) = read?;
            if records.is_empty() {
                self.with_records().insert(id);
            } else if let Some(state) = states.get_mut(&id) {
                state.pending.extend(records.iter().map(|record| record_name(&record.host, &record.kind)));
            }
        }
        Ok(states)
    }

    /// The state of a domain according to its row; its DNS records are not in the row.
    fn state(&self, id: &DomainId, row: Option<&Domain>) -> DomainSettingsState {
        let is_pending = |setting: &&Setting| {
            let is_in_effect = |wanted| row.is_some_and(|row| setting.is_in_effect(row, wanted));
            setting.wanted(&self.settings).is_some_and(|wanted| !is_in_effect(wanted))
        };
        let mut pending: Vec<_> = SETTINGS.iter().filter(is_pending).map(|setting| setting.name.to_owned()).collect();
        let Some(row) = row else {
            let records = self.settings.dns_records.iter();
            pending.extend(records.map(|record| record_name(record.host.trim(), record.record_type.as_str())));
            return DomainSettingsState { name: None, pending };
        };
        DomainSettingsState { name: Some(row.domain.clone().unwrap_or_else(|| id.to_string())), pending }
    }

    fn with_records(&self) -> MutexGuard<'_, BTreeSet<DomainId>> {
        self.with_records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A DNS record in the words of a message.
fn record_name(host: &str, kind: &str) -> String {
    format!("the {kind} record at {host}")
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
