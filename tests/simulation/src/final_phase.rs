//! The final phase, after all programs have ended: purchases with an unknown outcome are settled, each purchase is
//! requested once more, and all provisioning plans are completed without faults.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use zapmail_sdk_ext::Journal;
use zapmail_sdk_ext::journal::{EntryState, PurchaseOutcome};

use crate::account::Sale;
use crate::plan::{Action, Fate, Work};
use crate::process::{Actor, Process};
use crate::records::{FINAL_PHASE, Incarnation};
use crate::runs::LEASE;
use crate::workload;
use crate::world::World;

/// A time longer than any request takes.
const REQUESTS_DONE: Duration = Duration::from_secs(400);

/// The call timeout, the attempt timeout and the number of attempts of provisioning, sufficient without faults.
const GENEROUS: (Duration, Duration, u32) = (Duration::from_secs(24 * 60 * 60), Duration::from_secs(60), 6);

/// Waits for all requests, settles all purchases, and completes all plans.
pub async fn settle(world: &Arc<World>) -> anyhow::Result<()> {
    // A purchase of a killed process counts as running for twice its call timeout.
    sleep(REQUESTS_DONE + 2 * world.plan.longest_call()).await;
    if !world.plan.provisions.is_empty() {
        // A dropped run blocks other runs until its lease expires.
        sleep(2 * LEASE).await;
    }
    for account in 0..world.accounts.len() {
        let Some(process) = world.plan.processes.iter().position(|process| process.account == account) else {
            continue;
        };
        let process = Process::start(world, Incarnation { process, number: FINAL_PHASE })?;
        if let Err(error) = settle_account(world, account, &process.journal).await {
            world.violated("a journal contains every purchase", format!("the journal cannot be used: {error}"));
        }
        for action in purchases(world, account).into_iter().chain(provisions(world, account)) {
            workload::run(&Actor::new(Arc::clone(&process), action)).await;
        }
    }
    Ok(())
}

/// An action for each plan that the programs of an account might have started to provision.
fn provisions(world: &World, account: usize) -> Vec<Action> {
    let (call, attempt, attempts) = GENEROUS;
    let plan = |work: &Work| if let Work::Provision { plan } = work { Some(*plan) } else { None };
    let actions = first_actions(world, account, plan).into_iter();
    actions.map(|action| Action { call, attempt, attempts, ..action }).collect()
}

/// For each key, the first action in the plan that buys with this key for the account.
fn purchases(world: &World, account: usize) -> Vec<Action> {
    first_actions(world, account, |work| if let Work::Buy { key, .. } = work { *key } else { None })
}

/// For each key, the account's first action whose work has this key. Its future is awaited.
fn first_actions<K: Ord>(world: &World, account: usize, key: impl Fn(&Work) -> Option<K>) -> Vec<Action> {
    let mut by_key = BTreeMap::new();
    for action in world.plan.actions.iter().filter(|action| world.plan.processes[action.process].account == account) {
        if let Some(key) = key(&action.work) {
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
    let violated = |details: String| world.violated("a journal contains every purchase", details);
    // The client itself checks the outcome of domain orders.
    for entry in journal.open_entries().await?.into_iter().filter(|entry| entry.operation != "purchase_domains") {
        let outcome = if bought.contains(&entry.key) { PurchaseOutcome::Made } else { PurchaseOutcome::NotMade };
        journal.resolve(&entry.key, outcome).await?;
        world.trace(|| format!("{} is settled: {outcome:?}", entry.key));
    }
    for Sale { name, .. } in world.accounts[account].sales() {
        let state = journal.entry(&format!("domain/{name}")).await?.map(|entry| entry.state);
        if state.is_none_or(|state| state == EntryState::Claimed) {
            violated(format!("{name} was bought, but its state in the journal is {state:?}"));
        }
    }
    for key in ["order-0", "order-1", "order-2"] {
        let state = journal.entry(key).await?.map(|entry| entry.state);
        let is_made = matches!(state, Some(EntryState::Made | EntryState::Settled));
        if is_made && !bought.contains(key) {
            world.violated("reports are correct", format!("the journal contains {key} as made, but it was not"));
        }
        if !is_made && bought.contains(key) {
            violated(format!("{key} was made, but its state in the journal is {state:?}"));
        }
        if state.is_some_and(EntryState::is_open) {
            violated(format!("{key} was settled, but is still open"));
        }
    }
    Ok(())
}
