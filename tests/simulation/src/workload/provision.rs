//! Provisioning: a plan is run until it is complete or cannot be completed, even after faults and crashes, and by
//! several programs at the same time.

mod correctness;
mod reasons;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use zapmail_sdk_ext::{
    Error, ErrorKind, ProvisionError, ProvisionEvent, ProvisionReport, ProvisionStep, Provisioning, Zapmail,
};

use self::wanted::Wanted;
use crate::canaries;
use crate::plan::{Event, Fate};
use crate::process::Actor;
use crate::records::{CallId, FINAL_PHASE};
use crate::running::Running;

/// The time for which the client looks for the effect of a request with an unknown outcome.
pub const SETTLE: Duration = Duration::from_secs(10 * 60);

/// The maximum number of runs of a plan.
const RUNS: u32 = 4;

/// The delay between two runs.
const RUN_DELAY: Duration = Duration::from_secs(60);

/// The delay before the next run while another program is running the plan.
const CONFLICT_DELAY: Duration = Duration::from_secs(5 * 60);

/// The minimum and maximum polling intervals of all waits.
const INTERVALS: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(60));

/// The timeouts of the waits. Connecting a domain takes 4 minutes, and everything else takes less.
const TIMEOUTS: [(ProvisionStep, Duration); 4] = [
    (ProvisionStep::WaitForDomains, Duration::from_secs(20 * 60)),
    (ProvisionStep::Settings, Duration::from_secs(10 * 60)),
    (ProvisionStep::WaitForMailboxes, Duration::from_secs(20 * 60)),
    (ProvisionStep::Export, Duration::from_secs(10 * 60)),
];

/// The time that an availability check can wait for the rate limiter, in addition to the call timeout (`offers.rs`).
const AVAILABILITY_WAIT: Duration = Duration::from_secs(60 * 60);

/// The maximum time for which a run can be left unpolled and must still succeed.
const MAX_NEGLECT: Duration = Duration::from_secs(60);

/// The outcome of a run.
type Outcome = Result<ProvisionReport, ProvisionError>;

/// Runs a plan, given by its index, until it is complete or cannot be completed.
pub async fn provision(actor: &Actor, number: usize) {
    let Some(wanted) = Wanted::of(actor, number) else { return };
    let mut last = None;
    for _ in 0..RUNS {
        let delay = match run(actor, &wanted).await {
            Ok(report) if report.is_complete() => return,
            Ok(report) => {
                let failures = report.to_string();
                if last.as_ref() == Some(&failures) {
                    return;
                }
                last = Some(failures);
                RUN_DELAY
            }
            Err(error) => match error.error().kind() {
                ErrorKind::Conflict => CONFLICT_DELAY,
                ErrorKind::SpendingNotAllowed | ErrorKind::Invalid => return,
                _ => RUN_DELAY,
            },
        };
        sleep(delay).await;
    }
}

/// The maximum duration of all runs of a plan.
pub(super) fn max_duration(actor: &Actor, number: usize) -> Duration {
    let domains = actor.world().plan.provisions.get(number).map_or(0, |wanted| wanted.domains.len());
    // Reads of lists, and a few requests per domain, each at most three times.
    let calls = u32::try_from(40 * (1 + domains)).unwrap_or(u32::MAX);
    let waits: Duration = TIMEOUTS.iter().map(|(_, timeout)| *timeout).sum();
    let run = calls * (actor.action.call + Duration::from_secs(10)) + 3 * AVAILABILITY_WAIT + 6 * SETTLE + 2 * waits;
    RUNS * (run + CONFLICT_DELAY)
}

/// Runs the plan once.
async fn run(actor: &Actor, wanted: &Wanted) -> Outcome {
    let (zapmail, call) = actor.call();
    let world = Arc::clone(actor.world());
    let watched = Arc::clone(&world);
    let run = provisioning(actor, &zapmail, wanted).on_progress(move |event: &ProvisionEvent| {
        canaries::check(&watched, "an event", &format!("{event} {event:?}"));
        watched.trace(|| format!("{call} {event}"));
    });
    let before = wanted.unsold(actor);
    let wallet = world.accounts[actor.process.account].wallet_cents();
    let running = Running::begin(&world, actor.process.account, wanted.number);
    let outcome = run.run().await;
    world.trace(|| format!("{call} {} {}", wanted.run(), described(&outcome)));
    if let Err(error) = &outcome {
        check_conflict(actor, call, &running, error.error());
    }
    // A lease that cannot be removed from Redis stays until it expires.
    running.returned(!world.plan.has(|event| matches!(event, Event::RedisAway { .. } | Event::RedisRestart { .. })));
    correctness::check(actor, wanted, call, &outcome, wallet);
    reasons::check(actor, wanted, call, &outcome, before);
    outcome
}

fn provisioning(actor: &Actor, zapmail: &Zapmail, wanted: &Wanted) -> Provisioning {
    let zapmail = zapmail.allow_spending().journal(actor.process.journal.clone()).once(wanted.run());
    let run = zapmail.provision(wanted.plan.clone()).at_most(wanted.at_most).settle_time(SETTLE);
    let run = run.intervals(INTERVALS.0, INTERVALS.1);
    TIMEOUTS.iter().fold(run, |run, (step, timeout)| run.timeout(*step, *timeout))
}

/// Checks that a run is blocked only by a run that is in progress, or that was dropped recently.
fn check_conflict(actor: &Actor, call: CallId, running: &Running<'_>, error: &Error) {
    let is_blocked = error.kind() == ErrorKind::Conflict && error.status().is_none();
    if is_blocked && !running.can_be_blocked() {
        actor.world().violated("nothing is left behind", format!("the run of {call} was blocked: {error}"));
    }
}

/// Whether there are no faults and disturbances, so that the run must not fail.
fn is_calm(actor: &Actor) -> bool {
    let plan = &actor.world().plan;
    let is_final = actor.process.incarnation.number == FINAL_PHASE;
    // After a long neglect, an attempt might have timed out, the last poll of a wait might have begun long before its
    // timeout, and another program might have taken over a run in Redis.
    let is_neglected = matches!(actor.action.fate, Fate::Neglected(_, time) if time > MAX_NEGLECT);
    // Moved domains are missing.
    let is_moved = plan.has(|event| matches!(event, Event::MoveDomain { .. }));
    (plan.is_calm() || is_final) && !is_neglected && !is_moved
}

fn described(outcome: &Outcome) -> String {
    match outcome {
        Ok(report) if report.is_complete() => format!("is complete: {report}"),
        Ok(report) => format!("is incomplete: {report}"),
        Err(error) => format!("failed: {:?}, {error}; {}", error.error().kind(), error.report()),
    }
}
