//! The state of names before anything is ordered, from the account and the journal.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::sleep;
use zapmail_sdk::{ErrorKind, Result};

use super::outcome::{BoughtDomain, PurchaseState};
use crate::Zapmail;
use crate::journal::{EntryState, Journal, JournalEntry, PurchaseOutcome};
use crate::rows;

/// The state of a name before anything is ordered.
pub(super) enum Known {
    /// The name can be ordered.
    Free,
    /// The name was ordered earlier, and the account does not have the domain.
    Earlier(JournalEntry),
    /// The state is final.
    Settled(BoughtDomain),
}

/// Returns the journal key of a name.
pub(crate) fn key(name: &str) -> String {
    format!("domain/{name}")
}

/// Looks up the state of each name in the account and in the journal. If names were ordered earlier and are to be ordered
/// again after `reorder_after`, waits for this time, and looks up all names again.
///
/// # Errors
///
/// [`ErrorKind::Conflict`] if a name that the account does not have was ordered from a different service, and any error
/// of the lookup.
pub(super) async fn look_up(
    zapmail: &Zapmail,
    journal: &Journal,
    names: &[String],
    reorder_after: Option<Duration>,
) -> Result<BTreeMap<String, Known>> {
    let known = look_up_now(zapmail, journal, names).await?;
    let has_earlier = known.values().any(|known| matches!(known, Known::Earlier(_)));
    let Some(time) = reorder_after.filter(|_| has_earlier) else { return Ok(known) };
    // The clock is monotonic: every request in flight arrives within this time.
    sleep(time).await;
    let now = look_up_now(zapmail, journal, names).await?;
    Ok(known.into_iter().zip(now).map(|((name, before), (_, now))| (name, combined(before, now))).collect())
}

async fn look_up_now(zapmail: &Zapmail, journal: &Journal, names: &[String]) -> Result<BTreeMap<String, Known>> {
    let mut known = BTreeMap::new();
    for (name, domain) in zapmail.domains_by_name(names).await? {
        let state = if domain.is_some_and(|domain| !rows::is_expired(&domain)) {
            settle_owned(zapmail, journal, &name).await?;
            Known::Settled(BoughtDomain::new(name.clone(), PurchaseState::Owned))
        } else {
            match journal.entry_for(zapmail.base_url(), &key(&name)).await? {
                Some(entry) if entry.state != EntryState::Claimed => Known::Earlier(entry),
                _ => Known::Free,
            }
        };
        known.insert(name, state);
    }
    Ok(known)
}

/// Returns the state of a name after a second lookup. An order that the first lookup did not find was started in the
/// meantime, so it is too early to order the name again.
fn combined(before: Known, now: Known) -> Known {
    match (before, now) {
        (Known::Earlier(before), Known::Earlier(now)) if before.claim == now.claim => Known::Earlier(now),
        (_, Known::Earlier(now)) => {
            let name = now.key.trim_start_matches("domain/").to_owned();
            Known::Settled(BoughtDomain::ordered_before(name, &now))
        }
        (_, now) => now,
    }
}

/// Settles an open order for a domain that the account has, unless the order is in progress, or of a different service.
pub(crate) async fn settle_owned(zapmail: &Zapmail, journal: &Journal, name: &str) -> Result<()> {
    let entry = journal.entry(&key(name)).await?;
    if !entry.is_some_and(|entry| entry.state.is_open() && entry.service == zapmail.base_url()) {
        return Ok(());
    }
    match journal.resolve(&key(name), PurchaseOutcome::Made).await {
        Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound) => Ok(()),
        settled => settled,
    }
}
