//! Bulk assignment: a run is resumed from the stored report after a fault or a crash, and then awaited.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};
use zapmail_sdk_ext::chrono::{DateTime, Utc};
use zapmail_sdk_ext::{AssignError, AssignPlan, AssignReport, AssignState, Error, ErrorKind, WaitError};

use crate::process::Actor;

/// The maximum number of runs of an assignment.
pub(super) const RUNS: usize = 3;

/// The timeout of the final poll of a wait.
pub(super) const LAST_POLL: Duration = Duration::from_secs(5);

/// The polling interval of a wait.
const INTERVAL: Duration = Duration::from_secs(20);

/// The delay between runs, after which no request is in flight any more.
const RUN_DELAY: Duration = Duration::from_secs(60);

/// How long a mailbox takes to become active in the sandbox.
const ACTIVATION: Duration = Duration::from_secs(120);

/// The settings of an assignment.
pub(super) struct Settings {
    pub each: usize,
    pub batch: usize,
    pub skips_existing: bool,
    pub waits: Option<Duration>,
}

pub(super) async fn assign(actor: &Actor, indices: &[usize], settings: &Settings) {
    let account = &actor.world().accounts[actor.process.account];
    let domains = account.domains(actor.workspace());
    if domains.is_empty() {
        return;
    }
    // By id, so that a moved domain counts as a different domain.
    let chosen: BTreeMap<_, _> = indices.iter().map(|index| domains[index % domains.len()].clone()).collect();
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
        sleep(RUN_DELAY).await;
    }
    if let Some(timeout) = settings.waits {
        wait(actor, &plan, timeout).await;
    }
}

/// A user name that only this action assigns.
fn username(actor: &Actor, number: usize) -> String {
    format!("sim{}n{number}", actor.action.id)
}

/// Runs the plan once. The flag in the error is whether to run it again.
async fn run(
    actor: &Actor,
    plan: AssignPlan,
    settings: &Settings,
    stored: Option<AssignReport>,
) -> Result<AssignReport, (AssignReport, bool)> {
    let (zapmail, call) = actor.call();
    let (world, id) = (Arc::clone(actor.world()), actor.action.id);
    let run = zapmail.assign_mailboxes_in_batches(plan).domains_per_request(settings.batch);
    let run = run.on_progress(move |report| world.disk.store_report(id, report));
    let run = if settings.skips_existing { run.skip_existing() } else { run };
    let run = match stored {
        Some(report) => run.resume(report),
        None => run,
    };
    let outcome = run.run().await;
    let report = outcome.as_ref().map_or_else(|failed| failed.report().clone(), AssignReport::clone);
    let world = actor.world();
    world.disk.store_report(id, &report);
    check(actor, &report, settings.each);
    let error = outcome.as_ref().err().map(AssignError::error);
    world.trace(|| format!("{call} assignment: {:?}, {report:?}", error.map_or(Ok(()), Err)));
    if let Some(error) = error {
        actor.check_printable(error);
    }
    // Slots can run out, and a domain can be moved.
    let is_expected = |error: &&Error| matches!(error.kind(), ErrorKind::Invalid | ErrorKind::NotFound);
    if let Some(error) = error.filter(|error| world.plan.is_calm() && !is_expected(error)) {
        world.violated("failures have a reason", format!("{call}: an assignment failed: {error}"));
    }
    // An invalid plan is not run again.
    outcome.map_err(|failed| (report, failed.violations().is_empty()))
}

/// Compares a report with the mailboxes of the service. A domain is unknown while its request is in flight.
fn check(actor: &Actor, report: &AssignReport, each: usize) {
    let world = actor.world();
    let account = &world.accounts[actor.process.account];
    let mailboxes: Vec<_> = (0..account.workspaces.len()).flat_map(|workspace| account.mailboxes(workspace)).collect();
    let usernames: Vec<_> = (0..each).map(|number| username(actor, number)).collect();
    let is_own =
        |mailbox: &Value| mailbox["username"].as_str().is_some_and(|name| usernames.iter().any(|own| own == name));
    for (id, state) in report.iter() {
        let count = mailboxes.iter().filter(|mailbox| mailbox["domainId"] == id.as_str() && is_own(mailbox)).count();
        let is_correct = match state {
            AssignState::Accepted => count == each,
            AssignState::NotSent => count == 0,
            _ => !world.plan.is_calm(),
        };
        if !is_correct {
            let details = format!("{id} is reported as {state:?}, but has {count} mailboxes");
            actor.violated("reports are correct", &details);
        }
    }
}

async fn wait(actor: &Actor, plan: &AssignPlan, timeout: Duration) {
    let (zapmail, _) = actor.call();
    let world = actor.world();
    let began_at = Instant::now();
    let outcome = zapmail.wait_for_mailboxes(plan.addresses()).interval(INTERVAL).timeout(timeout).await;
    let took = began_at.elapsed();
    let error = outcome.as_ref().err().map(WaitError::error);
    world.trace(|| format!("{} waited for {took:?}: {:?}", actor.action.id, error.map(|error| error.kind())));
    let account = &world.accounts[actor.process.account];
    let mailboxes = account.mailboxes(actor.workspace());
    let of = |address: &str| {
        mailboxes.iter().find(|mailbox| {
            let (name, domain) = (mailbox["username"].as_str(), mailbox["domain"].as_str());
            address.split_once('@') == name.zip(domain)
        })
    };
    let is_active = |address: String| of(&address).is_some_and(|mailbox| mailbox["status"] == "ACTIVE");
    if outcome.is_ok() && !plan.addresses().all(is_active) {
        actor.violated("reports are correct", "a mailbox is not active");
    }
    let was_active = |address: String| {
        let created = of(&address).and_then(|mailbox| mailbox["createdAt"].as_str()?.parse::<DateTime<Utc>>().ok());
        created.is_some_and(|created| created + 2 * ACTIVATION < account.system_time().into())
    };
    if error.is_some() && world.plan.is_calm() && plan.addresses().all(was_active) {
        actor.violated("failures have a reason", "a wait failed although its mailboxes are active");
    }
    if let Some(error) = error {
        actor.check_printable(error);
    }
}
