//! What follows when all programs are done: requests end, and somebody settles the purchases whose outcome is unknown.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use zapmail_sdk_ext::Journal;
use zapmail_sdk_ext::Redis;
use zapmail_sdk_ext::journal::{EntryState, PurchaseOutcome};

use crate::plan::JournalPlace;
use crate::world::World;

/// More than any request needs.
const LONG: Duration = Duration::from_secs(200);

/// Waits for all requests, and settles all purchases.
///
/// # Errors
///
/// If a journal cannot be opened.
pub async fn settle(world: &Arc<World>) -> anyhow::Result<()> {
    // A purchase of a killed process counts as running for twice as long as its call.
    sleep(LONG + 2 * world.plan.longest_call()).await;
    if world.has_requests_on_their_way() {
        world.violated("every future ends", "a request is still on its way".to_owned());
    }
    for account in 0..world.accounts.len() {
        let journal = match world.plan.journal {
            JournalPlace::File => Journal::file(world.disk.journal(account))?,
            JournalPlace::Redis => Journal::redis(Redis::simulated(world.redis.link()), format!("account-{account}")),
        };
        if let Err(error) = settle_account(world, account, &journal).await {
            world.violated("a journal remembers each purchase", format!("the journal cannot be used: {error}"));
        }
    }
    Ok(())
}

async fn settle_account(world: &World, account: usize, journal: &Journal) -> zapmail_sdk_ext::Result<()> {
    let bought: BTreeSet<String> = {
        let records = world.records();
        let purchases = records.exchanges.iter().filter(|exchange| {
            exchange.account == account
                && exchange.operation.id == "purchase_addon_mailboxes"
                && exchange.carried_out_at.is_some()
        });
        purchases.filter_map(|exchange| exchange.subject.clone()).collect()
    };
    for key in &bought {
        if journal.entry(key).await?.is_none() {
            world.violated("a journal remembers each purchase", format!("{key} was made and is not in the journal"));
        }
    }
    for entry in journal.open_entries().await? {
        let outcome =
            if bought.contains(&entry.key) { PurchaseOutcome::Happened } else { PurchaseOutcome::DidNotHappen };
        journal.resolve(&entry.key, outcome).await?;
        world.trace(|| format!("{} is settled: {outcome:?}", entry.key));
    }
    for key in ["order-0", "order-1", "order-2"] {
        let Some(entry) = journal.entry(key).await? else { continue };
        let was_made = matches!(entry.state, EntryState::Made | EntryState::Settled);
        if was_made && !bought.contains(key) {
            world.violated("what is reported is true", format!("the journal says that {key} was made"));
        }
        if entry.state.is_open() {
            world.violated("a journal remembers each purchase", format!("{key} was settled and is open"));
        }
    }
    Ok(())
}
