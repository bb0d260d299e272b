//! Provisioning: a plan is run until it is complete or cannot be completed, after faults and crashes as well, and by several
//! programs at the same time.

mod reasons;
mod truth;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use zapmail_sdk_ext::{
    Error, ErrorKind, ProvisionError, ProvisionEvent, ProvisionReport, ProvisionStep, Provisioning, Zapmail,
};

use self::wanted::Wanted;
use crate::afterwards::AFTERWARDS;
use crate::canaries;
use crate::plan::{Event, Fate};
use crate::process::Actor;
use crate::records::CallId;
use crate::runs::Running;

/// How long after a request with an unknown outcome the client looks for its effect.
pub const SETTLE: Duration = Duration::from_secs(10 * 60);

/// How often a plan is run until it is complete.
const RUNS: u32 = 4;

/// The time between two runs.
const PAUSE: Duration = Duration::from_secs(60);

/// The time after which it is tried again whether another program has ended the run.
const TURN: Duration = Duration::from_secs(5 * 60);

/// The polling intervals of all waits.
const INTERVALS: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(60));

/// The timeouts of the waits. A domain is connected after 4 minutes, and everything else takes less.
const TIMEOUTS: [(ProvisionStep, Duration); 4] = [
    (ProvisionStep::WaitForDomains, Duration::from_secs(20 * 60)),
    (ProvisionStep::Settings, Duration::from_secs(10 * 60)),
    (ProvisionStep::WaitForMailboxes, Duration::from_secs(20 * 60)),
    (ProvisionStep::Export, Duration::from_secs(10 * 60)),
];

/// How long an availability check waits for its turn, beyond the timeout of a call (`offers.rs`).
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// For how long a run may be left alone and still has to succeed.
const LATE: Duration = Duration::from_secs(60);

/// What a run has come to.
type Outcome = Result<ProvisionReport, ProvisionError>;

/// Runs a plan, by its place, until it is complete or cannot be completed.
pub async fn provision(actor: &Actor, number: usize) {
    let Some(wanted) = Wanted::of(actor, number) else { return };
    let mut last = None;
    for _ in 0..RUNS {
        let pause = match run(actor, &wanted).await {
            Ok(report) if report.is_complete() => return,
            Ok(report) => {
                let failures = report.to_string();
                if last.as_ref() == Some(&failures) {
                    return;
                }
                last = Some(failures);
                PAUSE
            }
            Err(error) => match error.error().kind() {
                ErrorKind::Conflict => TURN,
                ErrorKind::SpendingNotAllowed | ErrorKind::Invalid => return,
                _ => PAUSE,
            },
        };
        sleep(pause).await;
    }
}

/// How long all runs of a plan may take.
pub(super) fn longest(actor: &Actor, number: usize) -> Duration {
    let domains = actor.world().plan.provisions.get(number).map_or(0, |wanted| wanted.domains.len());
    // Reads of lists, and some requests for each domain, three times at most.
    let calls = u32::try_from(40 * (1 + domains)).unwrap_or(u32::MAX);
    let waits: Duration = TIMEOUTS.iter().map(|(_, timeout)| *timeout).sum();
    let run = calls * (actor.action.call + Duration::from_secs(10)) + 3 * PATIENCE + 6 * SETTLE + 2 * waits;
    RUNS * (run + TURN)
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
        check_kept_out(actor, call, &running, error.error());
    }
    // What cannot be removed from Redis stays for its time.
    running.returned(!world.plan.has(|event| matches!(event, Event::RedisAway { .. } | Event::RedisRestart { .. })));
    truth::check(actor, wanted, call, &outcome, wallet);
    reasons::check(actor, wanted, call, &outcome, before);
    outcome
}

fn provisioning(actor: &Actor, zapmail: &Zapmail, wanted: &Wanted) -> Provisioning {
    let zapmail = zapmail.allow_spending().journal(actor.process.journal.clone()).once(wanted.run());
    let run = zapmail.provision(wanted.plan.clone()).at_most(wanted.at_most).settle_time(SETTLE);
    let run = run.intervals(INTERVALS.0, INTERVALS.1);
    TIMEOUTS.iter().fold(run, |run, (step, timeout)| run.timeout(*step, *timeout))
}

/// A run is kept out only by one that is in progress, or was dropped not long ago.
fn check_kept_out(actor: &Actor, call: CallId, running: &Running<'_>, error: &Error) {
    let is_kept_out = error.kind() == ErrorKind::Conflict && error.status().is_none();
    if is_kept_out && !running.may_be_kept_out() {
        actor.world().violated("nothing is left behind", format!("{call} was kept out of a run: {error}"));
    }
}

/// Whether nothing goes wrong, so that nothing may fail.
fn is_calm(actor: &Actor) -> bool {
    let plan = &actor.world().plan;
    let is_over = actor.process.life.incarnation == AFTERWARDS;
    // An attempt may have timed out, the last poll of a wait may be one that began long before its timeout, and a run in Redis
    // may have been taken.
    let is_late = matches!(actor.action.fate, Fate::Neglected(_, time) if time > LATE);
    // What is moved away is missing.
    let is_moved = plan.has(|event| matches!(event, Event::MoveDomain { .. }));
    (plan.is_calm() || is_over) && !is_late && !is_moved
}

fn described(outcome: &Outcome) -> String {
    match outcome {
        Ok(report) if report.is_complete() => format!("is complete: {report}"),
        Ok(report) => format!("is incomplete: {report}"),
        Err(error) => format!("failed: {:?}, {error}; {}", error.error().kind(), error.report()),
    }
}
