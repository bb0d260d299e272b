//! Checks that failures have a reason: without faults and disturbances, a plan is completed, unless there is too little
//! money, there are too few slots, or a name is not available.

use zapmail_sdk_ext::{ErrorKind, ProvisionError};

use super::wanted::Wanted;
use super::{Outcome, described, is_calm};
use crate::plan::{JournalStore, Source, Work};
use crate::process::Actor;
use crate::records::CallId;

/// The reasons why a domain does not accept mailboxes.
const NOT_ACCEPTING: [&str; 5] =
    ["exceed the limit of ", "does not accept mailboxes", "slots are free", "not active yet", "purchased mailboxes"];

/// Checks the outcome of a run. `unsold` is the total price of the domains that were still to be bought before the run,
/// in US cents.
pub(super) fn check(actor: &Actor, wanted: &Wanted, call: CallId, outcome: &Outcome, unsold: u64) {
    let violated = |details: &str| {
        let details = format!("{call} {}: {details}; {}", wanted.run(), described(outcome));
        actor.world().violated("failures have a reason", details);
    };
    match outcome {
        Ok(report) => {
            if !report.is_complete() && report.failures().next().is_none() {
                violated("it is incomplete, but no failure is reported");
            }
            let without_reason = |(subject, reason): &(&str, &str)| !has_reason(actor, wanted, subject, reason);
            if let Some((subject, _)) = report.failures().find(without_reason).filter(|_| is_calm(actor)) {
                violated(&format!("{subject} failed without a reason"));
            }
        }
        Err(error) => {
            let is_calm = is_calm(actor);
            match error.error().kind() {
                ErrorKind::SpendingNotAllowed if !is_short_of_money(actor, wanted, call, unsold) => {
                    violated("it reports too little money, but there is enough");
                }
                ErrorKind::Invalid if !is_short_of_slots(actor, wanted, error) => {
                    violated("it reports too few slots, but there are enough")
                }
                // Another run is in progress.
                ErrorKind::SpendingNotAllowed | ErrorKind::Invalid | ErrorKind::Conflict => {}
                _ if is_calm => violated("it failed without a reason"),
                _ => {}
            }
        }
    }
}

fn has_reason(actor: &Actor, wanted: &Wanted, subject: &str, reason: &str) -> bool {
    if subject.contains('@') {
        return NOT_ACCEPTING.iter().any(|known| reason.contains(known));
    }
    match wanted.domain(subject).map(|domain| domain.source) {
        Some(Source::Taken) => reason == "it cannot be bought",
        // In Redis, a dropped order counts as running for twice its call timeout.
        Some(Source::Buy) if reason.contains("` is in progress, ") => actor.world().plan.journal == JournalStore::Redis,
        Some(Source::Buy) => reason.starts_with("the domain is not active: ") && was_invoiced(actor, subject),
        _ => false,
    }
}

/// Whether the wallet balance was too low when a domain was ordered, because of another purchase after the client's
/// check.
fn was_invoiced(actor: &Actor, name: &str) -> bool {
    let records = actor.world().records();
    records.exchanges.iter().any(|exchange| {
        exchange.account == actor.process.account
            && exchange.is_order()
            && exchange.carried_out_at.is_some()
            && !exchange.is_charged
            && exchange.requested_items.iter().any(|item| item == name)
    })
}

/// Whether the domains that were still to be bought cost more than the wallet balance, which does not grow, or than the
/// maximum price. An order with an unknown outcome counts towards the maximum price, even if it is repeated.
fn is_short_of_money(actor: &Actor, wanted: &Wanted, call: CallId, unsold: u64) -> bool {
    let world = actor.world();
    let records = world.records();
    let unknown = records.exchanges.iter().filter(|exchange| {
        exchange.call == call && exchange.is_order() && exchange.is_ambiguous() && !exchange.is_charged
    });
    let names = unknown.flat_map(|exchange| &exchange.requested_items);
    let counted: u64 = names.filter_map(|name| Some(wanted.domain(name)?.cents)).sum();
    drop(records);
    let wallet = world.accounts[actor.process.account].wallet_cents();
    unsold > wallet || unsold + counted > u64::from(wanted.at_most) * 100
}

/// Whether a plan needs more slots than are free, or might have needed more before other programs bought slots.
fn is_short_of_slots(actor: &Actor, wanted: &Wanted, error: &ProvisionError) -> bool {
    let account = &actor.world().accounts[actor.process.account];
    let existing = account.mailboxes(actor.workspace());
    let addresses = || wanted.domains.iter().flat_map(|domain| &domain.addresses);
    let exists = |address: &&String| existing.iter().any(|mailbox| mailbox["email"] == address.as_str());
    let missing = addresses().count() - addresses().filter(exists).count();
    let buys = actor.world().plan.actions.iter().any(|action| matches!(action.work, Work::Buy { .. }));
    let is_short = buys || account.free_slots(actor.workspace()) < missing as u64;
    is_short && error.to_string().contains("mailbox slots, but only ")
}
