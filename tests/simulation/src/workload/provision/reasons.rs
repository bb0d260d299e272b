//! Whether what fails has a reason: where nothing goes wrong, a plan is completed, unless there is too little money, there are
//! too few slots, or a name cannot be had.

use zapmail_sdk_ext::{ErrorKind, ProvisionError};

use super::wanted::Wanted;
use super::{Outcome, described, is_calm};
use crate::plan::{JournalPlace, Source, Work};
use crate::process::Actor;
use crate::records::CallId;

/// Why the service does not take mailboxes.
const FULL: [&str; 5] =
    ["a domain takes ", "takes no mailboxes", "slots are free", "not active yet", "purchased mailboxes"];

/// `unsold` is the price of what was still to be bought before the run, in US cents.
pub(super) fn check(actor: &Actor, wanted: &Wanted, call: CallId, outcome: &Outcome, unsold: u64) {
    let violated = |seen: &str| {
        let seen = format!("{call} {}: {seen}; {}", wanted.run(), described(outcome));
        actor.world().violated("nothing fails without a reason", seen);
    };
    match outcome {
        Ok(report) => {
            if !report.is_complete() && report.failures().next().is_none() {
                violated("nothing is reported as failed, and it is not complete");
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
                    violated("there is enough money");
                }
                ErrorKind::Invalid if !is_short_of_slots(actor, wanted, error) => violated("there are enough slots"),
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
        return FULL.iter().any(|full| reason.contains(full));
    }
    match wanted.domain(subject).map(|domain| domain.source) {
        Some(Source::Taken) => reason == "it cannot be bought",
        // In Redis, an order that was dropped counts as running for twice as long as its call.
        Some(Source::Buy) if reason.contains(" is being made now, ") => {
            actor.world().plan.journal == JournalPlace::Redis
        }
        Some(Source::Buy) => reason.starts_with("the domain is not active: ") && was_invoiced(actor, subject),
        _ => false,
    }
}

/// Whether the wallet was too small when a domain was ordered: something else was bought after the client had looked.
fn was_invoiced(actor: &Actor, name: &str) -> bool {
    let records = actor.world().records();
    records.exchanges.iter().any(|exchange| {
        let is_order = exchange.account == actor.process.account && exchange.operation.id == "purchase_domains";
        is_order
            && exchange.carried_out_at.is_some()
            && !exchange.is_charged
            && exchange.asks_for.iter().any(|asked| asked == name)
    })
}

/// Whether the names that were still to be bought cost more than the wallet has, or than they may cost. The wallet does not
/// grow. An order with an unknown outcome counts for what they may cost, also if it is repeated.
fn is_short_of_money(actor: &Actor, wanted: &Wanted, call: CallId, unsold: u64) -> bool {
    let world = actor.world();
    let records = world.records();
    let unknown = records.exchanges.iter().filter(|exchange| {
        exchange.call == call
            && exchange.operation.id == "purchase_domains"
            && exchange.is_ambiguous()
            && !exchange.is_charged
    });
    let names = unknown.flat_map(|exchange| &exchange.asks_for);
    let counted: u64 = names.filter_map(|name| Some(wanted.domain(name)?.cents)).sum();
    drop(records);
    let wallet = world.accounts[actor.process.account].wallet_cents();
    unsold > wallet || unsold + counted > u64::from(wanted.at_most) * 100
}

/// Whether a plan needs more slots than there are. They may have been bought since.
fn is_short_of_slots(actor: &Actor, wanted: &Wanted, error: &ProvisionError) -> bool {
    let account = &actor.world().accounts[actor.process.account];
    let there = account.mailboxes(actor.workspace());
    let addresses = || wanted.domains.iter().flat_map(|domain| &domain.addresses);
    let is_there = |address: &&String| there.iter().any(|mailbox| mailbox["email"] == address.as_str());
    let missing = addresses().count() - addresses().filter(is_there).count();
    let buys = actor.world().plan.actions.iter().any(|action| matches!(action.work, Work::Buy { .. }));
    let is_short = buys || account.free_slots(actor.workspace()) < missing as u64;
    is_short && error.to_string().contains("mailbox slots and ")
}
