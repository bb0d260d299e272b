//! What programs do with the client, and what they check while they do it.

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
use crate::records::{CallId, Claim, Purchase, Said};

/// More than a timer is late.
const TICKS: Duration = Duration::from_millis(20);

/// Carries out an action.
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

/// How long an action may take, by the timeouts of the calls that it makes.
pub fn longest(actor: &Actor) -> Duration {
    let call = actor.action.call;
    // What Redis may take, for a slot or an entry.
    let redis = Duration::from_secs(10);
    match &actor.action.work {
        Work::ReadUser { .. } | Work::CheckDomains { .. } | Work::Buy { key: None, .. } => call + redis,
        Work::Tag { .. } => 3 * (call + redis),
        // Reading before it, the purchase, and the entries.
        Work::Buy { key: Some(_), .. } => 3 * call + 8 * redis,
        // A page for each domain at most, and some more while the list changes.
        Work::List { .. } => 60 * call,
        Work::Code { usage, .. } => {
            let codes = match usage {
                CodeUsage::Stream(codes) => u32::try_from(*codes).unwrap_or(u32::MAX),
                // Ten codes that arrive too late.
                _ => 12,
            };
            codes * (12 * call + Duration::from_secs(60)) + redis
        }
        Work::Assign { domains, waits, .. } => {
            let runs = u32::try_from(assign::RUNS * (domains.len() + 12)).unwrap_or(u32::MAX);
            runs * (call + redis) + waits.map_or(Duration::ZERO, |waits| waits + assign::LAST_POLL) + 10 * redis
        }
        Work::Webhook { delay, .. } => *delay,
        Work::Provision { plan } => provision::longest(actor, *plan),
    }
}

impl Actor {
    /// Notes the outcome of a call, and looks for credentials in it.
    fn claim<T>(&self, call: CallId, operation: &'static Operation, purchase: Option<Purchase>, outcome: &Result<T>) {
        let said = match outcome {
            Ok(_) => Said::Done,
            Err(error) => Said::Failed {
                kind: error.kind(),
                maybe_done: error.may_have_been_processed(),
                attempts: error.attempts(),
            },
        };
        if let Err(error) = outcome {
            self.check_printable(error);
        }
        let (world, account) = (self.world(), self.process.account);
        world.claim(Claim { call, operation, account, purchase, said, at: world.now() });
    }

    /// Notes the outcome of a call that consists of nothing else, which has to end within its timeout.
    fn claim_single<T>(&self, call: CallId, operation: &'static Operation, outcome: &Result<T>) {
        self.check_time(call, operation, self.action.call);
        self.claim(call, operation, None, outcome);
    }

    /// Checks that a call, which has just ended, did not take longer, unless it was neglected.
    fn check_time(&self, call: CallId, operation: &'static Operation, longest: Duration) {
        let (took, world) = (self.called_for(), self.world());
        let is_awaited = !matches!(self.action.fate, Fate::Neglected(..));
        let longest = longest + world.plan.stalls() + TICKS;
        if is_awaited && took > longest {
            let seen = format!("{} of call {call} took {took:?}, {longest:?} at most", operation.id);
            world.violated("every future ends", seen);
        }
    }

    /// Looks for credentials in what an error prints.
    fn check_printable(&self, error: &Error) {
        canaries::check(self.world(), "an error", &format!("{error} {error:?} {error:#?}"));
    }
}
