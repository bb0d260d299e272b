//! What follows when all programs are done: somebody settles the purchases whose outcome is unknown, and each is asked for
//! once more. What was to be provisioned is completed, without a fault.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use zapmail_sdk_ext::Journal;
use zapmail_sdk_ext::journal::{EntryState, PurchaseOutcome};

use crate::account::Sale;
use crate::plan::{Action, Fate, Work};
use crate::process::{Actor, Process};
use crate::records::Life;
use crate::runs::LEASE;
use crate::workload;
use crate::world::World;

/// More than any request needs.
const LONG: Duration = Duration::from_secs(400);

/// The last life of a process, which no crash ends.
pub const AFTERWARDS: u32 = 1000;

/// The timeouts and the number of attempts of what is provisioned: enough where nothing goes wrong.
const PATIENT: (Duration, Duration, u32) = (Duration::from_secs(24 * 60 * 60), Duration::from_secs(60), 6);

/// Waits for all requests, and settles all purchases.
///
/// # Errors
///
/// If a process cannot be started.
pub async fn settle(world: &Arc<World>) -> anyhow::Result<()> {
    // A purchase of a killed process counts as running for twice as long as its call.
    sleep(LONG + 2 * world.plan.longest_call()).await;
    if !world.plan.provisions.is_empty() {
        // A run that was dropped keeps others out for a while.
        sleep(2 * LEASE).await;
    }
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
        for action in provisions(world, account) {
            workload::run(&Actor::new(Arc::clone(&process), action)).await;
        }
    }
    Ok(())
}

/// Each plan that the programs of an account may have begun to provision.
fn provisions(world: &World, account: usize) -> Vec<Action> {
    let mut by_plan = BTreeMap::new();
    for action in &world.plan.actions {
        if let Work::Provision { plan } = action.work
            && world.plan.processes[action.process].account == account
        {
            let (call, attempt, attempts) = PATIENT;
            by_plan.entry(plan).or_insert_with(|| Action {
                fate: Fate::Awaited,
                call,
                attempt,
                attempts,
                ..action.clone()
            });
        }
    }
    by_plan.into_values().collect()
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
    // The client itself looks for the orders of domains.
    for entry in journal.open_entries().await?.into_iter().filter(|entry| entry.operation != "purchase_domains") {
        let outcome =
            if bought.contains(&entry.key) { PurchaseOutcome::Happened } else { PurchaseOutcome::DidNotHappen };
        journal.resolve(&entry.key, outcome).await?;
        world.trace(|| format!("{} is settled: {outcome:?}", entry.key));
    }
    for Sale { name, .. } in world.accounts[account].sales() {
        let state = journal.entry(&format!("domain/{name}")).await?.map(|entry| entry.state);
        if state.is_none_or(|state| state == EntryState::Claimed) {
            violated(format!("{name} was bought, and the journal has it as {state:?}"));
        }
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
