//! The workloads of programs: calls of the client, with immediate checks of the results.

mod assign;
pub mod buy;
mod code;
mod list;
pub mod provision;
mod read;
mod tag;
mod webhook;

use std::time::Duration;

use zapmail_sdk_ext::{Error, Operation, Result};

use crate::canaries;
use crate::plan::{CodeUsage, Fate, Work};
use crate::process::Actor;
use crate::records::{CallId, Claim, Purchase, Reported};

/// Tolerance for the resolution of timers.
pub const TIMER_TOLERANCE: Duration = Duration::from_millis(20);

/// Runs the work of an action.
pub async fn run(actor: &Actor) {
    match actor.action.work.clone() {
        Work::ReadUser { times } => read::users(actor, times).await,
        Work::CheckDomains { times } => read::availability(actor, times).await,
        Work::Tag { deletes } => tag::create(actor, deletes).await,
        Work::List { list, limit, read_ahead } => list::read(actor, list, limit, read_ahead).await,
        Work::Code { mailbox, usage } => code::use_code(actor, mailbox, usage).await,
        Work::Buy { key: Some(key), quantity } => buy::once(actor, key, quantity).await,
        Work::Buy { key: None, quantity } => buy::slots(actor, quantity).await,
        Work::Assign { domains, each, batch, skips_existing, waits } => {
            assign::assign(actor, &domains, &assign::Settings { each, batch, skips_existing, waits }).await;
        }
        Work::Webhook { delay, is_forged } => webhook::receive(actor, delay, is_forged).await,
        Work::Provision { plan } => provision::provision(actor, plan).await,
    }
}

/// The maximum duration of an action, according to the timeouts of its calls.
pub fn max_duration(actor: &Actor) -> Duration {
    let call = actor.action.call;
    // The maximum time of Redis for a slot or a journal entry.
    let redis = Duration::from_secs(10);
    match &actor.action.work {
        Work::ReadUser { .. } | Work::CheckDomains { .. } | Work::Buy { key: None, .. } => call + redis,
        Work::Tag { .. } => 3 * (call + redis),
        // The reads before the purchase, the purchase, and the journal entries.
        Work::Buy { key: Some(_), .. } => 3 * call + 8 * redis,
        // At most one page per domain, and a few more if the list changes.
        Work::List { .. } => 60 * call,
        Work::Code { usage, .. } => {
            let codes = match usage {
                CodeUsage::Stream(codes) => u32::try_from(*codes).unwrap_or(u32::MAX),
                // Up to ten codes can arrive too late.
                _ => 12,
            };
            codes * (12 * call + Duration::from_secs(60)) + redis
        }
        Work::Assign { domains, waits, .. } => {
            let runs = u32::try_from(assign::RUNS * (domains.len() + 12)).unwrap_or(u32::MAX);
            runs * (call + redis) + waits.map_or(Duration::ZERO, |waits| waits + assign::LAST_POLL) + 10 * redis
        }
        Work::Webhook { delay, .. } => *delay,
        Work::Provision { plan } => provision::max_duration(actor, *plan),
    }
}

impl Actor {
    /// Records the reported outcome of a call, and searches it for credentials.
    fn claim<T>(&self, call: CallId, operation: &'static Operation, purchase: Option<Purchase>, outcome: &Result<T>) {
        let reported = match outcome {
            Ok(_) => Reported::Done,
            Err(error) => Reported::Failed {
                kind: error.kind(),
                may_be_done: error.may_have_been_processed(),
                attempts: error.attempts(),
            },
        };
        if let Err(error) = outcome {
            self.check_printable(error);
        }
        let (world, account) = (self.world(), self.process.account);
        world.claim(Claim { call, operation, account, purchase, reported, at: world.now() });
    }

    /// Records the reported outcome of a single API call, and checks that it ended within its timeout.
    fn claim_single<T>(&self, call: CallId, operation: &'static Operation, outcome: &Result<T>) {
        self.check_time(call, operation, self.action.call);
        self.claim(call, operation, None, outcome);
    }

    /// Checks the duration of a call that has just ended, unless its future was neglected.
    fn check_time(&self, call: CallId, operation: &'static Operation, max_duration: Duration) {
        let (took, world) = (self.called_for(), self.world());
        let is_awaited = !matches!(self.action.fate, Fate::Neglected(..));
        let max_duration = max_duration + world.plan.stalls() + TIMER_TOLERANCE;
        if is_awaited && took > max_duration {
            let details = format!("{} of call {call} took {took:?}, more than {max_duration:?}", operation.id);
            world.violated("every future ends", details);
        }
    }

    /// Records a violation of an invariant by the action.
    fn violated(&self, invariant: &'static str, details: &str) {
        self.world().violated(invariant, format!("{}: {details}", self.action.id));
    }

    /// Searches the texts of an error for credentials.
    fn check_printable(&self, error: &Error) {
        canaries::check(self.world(), "an error", &format!("{error} {error:?} {error:#?}"));
    }
}
