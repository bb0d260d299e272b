//! Bulk assignment: resumed from the stored report after a fault or a crash, and waited for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use zapmail_sdk_ext::builder::{AssignMailboxes, ListMailboxes};
use zapmail_sdk_ext::{AssignPlan, AssignReport, AssignState, ErrorKind, Request};

use crate::process::Actor;
use crate::weather::Fault;

/// How often an assignment is run until it is complete.
pub(super) const RUNS: usize = 3;

/// The timeout of the final poll of a wait.
pub(super) const LAST_POLL: Duration = Duration::from_secs(5);

/// How often a wait polls.
const INTERVAL: Duration = Duration::from_secs(20);

/// A time after which no request is on its way any more.
const PAUSE: Duration = Duration::from_secs(60);

/// The settings of an assignment.
pub(super) struct Settings {
    pub each: usize,
    pub batch: usize,
    pub skips_existing: bool,
    pub waits: Option<Duration>,
}

pub(super) async fn assign(actor: &Actor, places: &[usize], settings: &Settings) {
    let account = &actor.world().accounts[actor.process.account];
    let domains = account.domains(actor.workspace());
    if domains.is_empty() {
        return;
    }
    // By id, so that one that was moved meanwhile is another.
    let chosen: BTreeMap<_, _> = places.iter().map(|place| domains[place % domains.len()].clone()).collect();
    let mut plan = AssignPlan::new();
    for (id, name) in &chosen {
        for number in 0..settings.each {
            plan = plan.mailbox(id.as_str(), name, "Dana", "Reed", username(actor, number));
        }
    }
    let mut stored = actor.world().disk.report(actor.action.id);
    for _ in 0..RUNS {
        match run(actor, plan.clone(), settings, stored.take()).await {
            Ok(report) if report.is_complete() => break,
            Ok(report) | Err((report, true)) => stored = Some(report),
            Err((_, false)) => break,
        }
        sleep(PAUSE).await;
    }
    if let Some(timeout) = settings.waits {
        wait(actor, &plan, timeout).await;
    }
}

/// Nobody else assigns it.
fn username(actor: &Actor, number: usize) -> String {
    format!("sim{}n{number}", actor.action.id)
}

/// Runs the plan once; an error says whether to go on.
async fn run(
    actor: &Actor,
    plan: AssignPlan,
    settings: &Settings,
    stored: Option<AssignReport>,
) -> Result<AssignReport, (AssignReport, bool)> {
    let (zapmail, call) = actor.call();
    let world = Arc::clone(actor.world());
    let id = actor.action.id;
    let last = Arc::<Mutex<Option<AssignReport>>>::default();
    let noted = Arc::clone(&last);
    let mut run =
        zapmail.assign_mailboxes_in_batches(plan).domains_per_request(settings.batch).on_progress(move |report| {
            world.disk.store_report(id, report);
            *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(report.clone());
        });
    if settings.skips_existing {
        run = run.skip_existing();
    }
    if let Some(report) = stored {
        run = run.resume(report);
    }
    let outcome = run.run().await;
    let world = actor.world();
    let report = match &outcome {
        Ok(report) => report.clone(),
        Err(failed) => failed.report().clone(),
    };
    world.disk.store_report(id, &report);
    judge(actor, &report).await;
    let outcome = outcome.map_err(|failed| {
        let goes_on = failed.violations().is_empty();
        (failed.error().clone(), goes_on)
    });
    let claimed = outcome.as_ref().map(drop).map_err(|(error, _)| error.clone());
    if let Err(error) = &claimed {
        actor.check_printable(error);
    }
    world.trace(|| format!("{call} assignment: {claimed:?}, {report:?}"));
    outcome.map_err(|(_, goes_on)| (report, goes_on))
}

/// Compares a report with what the service has.
async fn judge(actor: &Actor, report: &AssignReport) {
    let world = actor.world();
    let mine = |id: &zapmail_sdk_ext::DomainId| {
        let mailboxes = (0..2).flat_map(|workspace| world.accounts[actor.process.account].mailboxes(workspace));
        let prefix = format!("sim{}n", actor.action.id);
        mailboxes
            .filter(|mailbox| mailbox["domainId"] == id.as_str())
            .filter(|mailbox| mailbox["username"].as_str().is_some_and(|name| name.starts_with(&prefix)))
            .count()
    };
    // A request of this action may still be on its way; its domains are unknown then.
    for (id, state) in report.iter() {
        let there = mine(id);
        let is_true = match state {
            AssignState::Accepted => there > 0,
            AssignState::NotSent => there == 0,
            _ => true,
        };
        if !is_true {
            let seen = format!("{}: {id} is reported as {state:?}, and {there} mailboxes are there", actor.action.id);
            world.violated("what is reported is true", seen);
        }
    }
}

async fn wait(actor: &Actor, plan: &AssignPlan, timeout: Duration) {
    let (zapmail, _) = actor.call();
    let world = actor.world();
    let began_at = Instant::now();
    let outcome = zapmail.wait_for_mailboxes(plan.addresses()).interval(INTERVAL).timeout(timeout).await;
    let took = began_at.elapsed();
    let error = outcome.as_ref().err().map(zapmail_sdk_ext::WaitError::error);
    world.trace(|| format!("{} waited for {took:?}: {:?}", actor.action.id, error.map(|error| error.kind())));
    let mailboxes = world.accounts[actor.process.account].mailboxes(actor.workspace());
    let is_active = |address: &str| {
        mailboxes.iter().any(|mailbox| {
            let (name, domain) = (mailbox["username"].as_str(), mailbox["domain"].as_str());
            mailbox["status"] == "ACTIVE" && address.split_once('@') == name.zip(domain)
        })
    };
    if outcome.is_ok() && !plan.addresses().all(|address| is_active(&address)) {
        world.violated("what is reported is true", format!("{}: a mailbox is not active", actor.action.id));
    }
    let _ = (AssignMailboxes::OPERATION, ListMailboxes::OPERATION, ErrorKind::Timeout, Fault::Torn);
    if let Some(error) = error {
        actor.check_printable(error);
    }
}
