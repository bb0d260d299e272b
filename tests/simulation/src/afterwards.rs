//! What follows when all programs are done: somebody settles the purchases whose outcome is unknown, and each is asked for
//! once more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use zapmail_sdk_ext::Journal;
use zapmail_sdk_ext::journal::{EntryState, PurchaseOutcome};

use crate::plan::{Action, Fate, Work};
use crate::process::{Actor, Process};
use crate::records::Life;
use crate::workload;
use crate::world::World;

/// More than any request needs.
const LONG: Duration = Duration::from_secs(400);

/// The last life of a process, which no crash ends.
const AFTERWARDS: u32 = 1000;

/// Waits for all requests, and settles all purchases.
///
/// # Errors
///
/// If a process cannot be started.
pub async fn settle(world: &Arc<World>) -> anyhow::Result<()> {
    // A purchase of a killed process counts as running for twice as long as its call.
    sleep(LONG + 2 * world.plan.longest_call()).await;
    for account in 0..world.accounts.len() {
        let Some(process) = world.plan.processes.iter().position(|process| process.account == account) else {
            continue;
        };
        let process = Process::start(world, Life { process, incarnation: AFTERWARDS })?;
        if let Err(error) = settle_account(world, account, &process.journal).await {
            world.violated("a journal remembers each purchase", format!("the journal cannot be used: {error}"));
        }
        for action in purchases(world, account) {
            workload::run(&Actor::new(Arc::clone(&process), action)).await;
        }
    }
    Ok(())
}

/// One purchase of each key, as a program made it before.
fn purchases(world: &World, account: usize) -> Vec<Action> {
    let mut by_key = BTreeMap::new();
    for action in &world.plan.actions {
        if let Work::Buy { key: Some(key), .. } = action.work
            && world.plan.processes[action.process].account == account
        {
            by_key.entry(key).or_insert_with(|| Action { fate: Fate::Awaited, ..action.clone() });
        }
    }
    by_key.into_values().collect()
}

async fn settle_account(world: &World, account: usize, journal: &Journal) -> zapmail_sdk_ext::Result<()> {
    let bought: BTreeSet<String> = {
        let records = world.records();
        let purchases =
            records.exchanges.iter().filter(|exchange| exchange.account == account && exchange.is_purchase());
        purchases.filter_map(|exchange| exchange.subject.clone()).collect()
    };
    let violated = |seen: String| world.violated("a journal remembers each purchase", seen);
    for entry in journal.open_entries().await? {
        let outcome =
            if bought.contains(&entry.key) { PurchaseOutcome::Happened } else { PurchaseOutcome::DidNotHappen };
        journal.resolve(&entry.key, outcome).await?;
        world.trace(|| format!("{} is settled: {outcome:?}", entry.key));
    }
    for key in ["order-0", "order-1", "order-2"] {
        let state = journal.entry(key).await?.map(|entry| entry.state);
        let is_made = matches!(state, Some(EntryState::Made | EntryState::Settled));
        if is_made && !bought.contains(key) {
            world.violated("what is reported is true", format!("the journal says that {key} was made"));
        }
        if !is_made && bought.contains(key) {
            violated(format!("{key} was made, and the journal has it as {state:?}"));
        }
        if state.is_some_and(EntryState::is_open) {
            violated(format!("{key} was settled and is open"));
        }
    }
    Ok(())
}
