//! Bulk assignment: checks a plan for any number of mailboxes, then creates them in batches.
//!
//! `assign_mailboxes` is not idempotent: after a failure, the outcome of a batch can be unknown. The run stops at the
//! first batch that fails, and its [`AssignReport`] contains the state of every domain: accepted, not sent, or unknown.
//! Store the report to resume the same plan later.

mod error;
mod plan;
mod report;
pub(crate) mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use zapmail_sdk::builder::AssignMailboxes;
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::{Error, ErrorKind, Request, Result, types};

use self::plan::{PlannedDomain, PlannedMailbox};
use crate::client::Zapmail;
use crate::names;
use crate::page::Paged;
use crate::rows;

pub use self::error::AssignError;
pub use self::plan::AssignPlan;
pub use self::report::{AssignReport, AssignState};
pub use self::rules::AssignViolation;

/// The default number of domains per request.
const DEFAULT_BATCH_SIZE: usize = 20;

/// A bulk assignment that has not started: configure it, then call [`run`](Self::run).
///
/// [`Zapmail::assign_mailboxes_in_batches`] creates one; [the guide](crate::guide::waiting) has an example.
#[must_use = "nothing is sent until `run` is called"]
pub struct AssignRun {
    zapmail: Zapmail,
    plan: AssignPlan,
    batch_size: usize,
    per_domain: usize,
    report: AssignReport,
    resumed: bool,
    skips_existing: bool,
    on_progress: Option<ProgressCallback>,
}

/// Called with the report before and after every request.
type ProgressCallback = Box<dyn FnMut(&AssignReport) + Send>;

impl Zapmail {
    /// Creates the mailboxes of a plan in batches; see [`AssignRun`].
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::{AssignPlan, Zapmail};
    ///
    /// # async fn example(zapmail: Zapmail, plan: AssignPlan) -> Result<(), Box<dyn std::error::Error>> {
    /// match zapmail.assign_mailboxes_in_batches(plan).run().await {
    ///     Ok(report) => println!("{} domains", report.iter().count()),
    ///     Err(error) => {
    ///         error.violations().iter().for_each(|violation| eprintln!("{violation}"));
    ///         std::fs::write("report.json", serde_json::to_string(error.report())?)?;
    ///         return Err(error.into());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn assign_mailboxes_in_batches(&self, plan: AssignPlan) -> AssignRun {
        AssignRun {
            zapmail: self.clone(),
            plan,
            batch_size: DEFAULT_BATCH_SIZE,
            per_domain: rules::MAILBOXES_PER_DOMAIN,
            report: AssignReport::default(),
            resumed: false,
            skips_existing: false,
            on_progress: None,
        }
    }
}

impl AssignRun {
    /// Sets the number of domains per request. Defaults to 20.
    pub fn domains_per_request(self, domains: usize) -> Self {
        Self { batch_size: domains.max(1), ..self }
    }

    /// Sets the maximum number of mailboxes per domain. Defaults to 5; Zapmail raises it for some accounts.
    pub fn mailboxes_per_domain(self, mailboxes: usize) -> Self {
        Self { per_domain: mailboxes, ..self }
    }

    /// Resumes a plan from an earlier report. Accepted domains are not sent again. All other domains are looked up
    /// first, including those that the service rejected, because it may have processed part of the request. A domain is
    /// sent again only if none of its mailboxes exist.
    ///
    /// Mailboxes are created asynchronously, so wait a few minutes before resuming: accepted mailboxes may not be
    /// listed yet.
    pub fn resume(self, report: AssignReport) -> Self {
        Self { report, resumed: true, ..self }
    }

    /// Skips the mailboxes that already exist, and sends only the missing ones. Addresses are compared
    /// case-insensitively. A domain whose mailboxes all exist counts as accepted. An expired mailbox counts as missing.
    ///
    /// The service rejects a whole request if any of its mailboxes already exists.
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::{AssignPlan, Zapmail};
    ///
    /// # async fn example(zapmail: Zapmail, plan: AssignPlan) -> zapmail_sdk_ext::Result<()> {
    /// zapmail.assign_mailboxes_in_batches(plan).skip_existing().run().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn skip_existing(self) -> Self {
        Self { skips_existing: true, ..self }
    }

    /// Calls `callback` with the report before and after every request. Before a request, its domains are reported as
    /// unknown.
    pub fn on_progress(self, callback: impl FnMut(&AssignReport) + Send + 'static) -> Self {
        Self { on_progress: Some(Box::new(callback)), ..self }
    }

    /// Checks the whole plan, and sends it if there are no violations. Dropping the future can leave the outcome of the
    /// request in flight unknown; the last report passed to [`on_progress`](Self::on_progress) shows its domains as
    /// unknown.
    ///
    /// The report of a resumed plan can still contain unknown domains, of which only some mailboxes exist; see
    /// [`AssignReport::is_complete`].
    ///
    /// # Errors
    ///
    /// [`AssignError`] with all violations of the plan if there are any, or with the state of every domain if a request
    /// fails.
    pub async fn run(mut self) -> Result<AssignReport, AssignError> {
        let ids: Vec<_> = self.plan.domains.keys().cloned().collect();
        for id in ids {
            self.report.domains.entry(id).or_insert(AssignState::NotSent);
        }
        let to_send = self.look_up().await.map_err(|error| self.failed(error, Vec::new()))?;
        if to_send.is_empty() {
            return Ok(self.report);
        }
        let preflight = rules::Preflight::read(&self.zapmail).await.map_err(|error| self.failed(error, Vec::new()))?;
        let violations = rules::violations(&to_send, &preflight, self.per_domain);
        if let [first, others @ ..] = &violations[..] {
            let message = match others.len() {
                0 => format!("the plan has a violation: {first}"),
                others => format!("the plan has {} violations; first: {first}", others + 1),
            };
            return Err(self.failed(
                Error::new(ErrorKind::Invalid, message).with_operation(AssignMailboxes::OPERATION),
                violations,
            ));
        }
        for batch in to_send.chunks(self.batch_size) {
            // Reported before the request, so that a stored report is correct even if the program ends while it is in
            // flight.
            let previously_unknown: Vec<_> = batch
                .iter()
                .map(|(id, _)| id)
                .filter(|id| self.report.of(*id) == Some(&AssignState::Unknown))
                .collect();
            self.record(batch, &AssignState::Unknown);
            self.report_progress();
            let outcome = self.zapmail.assign_mailboxes().body(body(batch)).send().await;
            let state = match &outcome {
                Ok(_) => AssignState::Accepted,
                Err(error) if is_rejection(error) => AssignState::NotSent,
                Err(_) => AssignState::Unknown,
            };
            self.record(batch, &state);
            if state == AssignState::NotSent {
                // The reason may be an earlier request that has arrived since the lookup.
                let unknown = previously_unknown.into_iter().map(|id| (id.clone(), AssignState::Unknown));
                self.report.domains.extend(unknown);
            }
            self.report_progress();
            if let Err(error) = outcome {
                return Err(self.failed(error, Vec::new()));
            }
        }
        Ok(self.report)
    }

    fn record(&mut self, batch: &[(DomainId, PlannedDomain)], state: &AssignState) {
        self.report.domains.extend(batch.iter().map(|(id, _)| (id.clone(), state.clone())));
    }

    fn report_progress(&mut self) {
        if let Some(callback) = &mut self.on_progress {
            callback(&self.report);
        }
    }

    /// Resolves the domains of the plan that an earlier run did not report as accepted, and returns the domains to
    /// send.
    ///
    /// A domain whose outcome was unknown stays unknown until it is sent, even if none of its mailboxes are found: the
    /// domain may have moved to another workspace together with its mailboxes, or the earlier request may still arrive.
    async fn look_up(&mut self) -> Result<Vec<(DomainId, PlannedDomain)>> {
        let pending: BTreeSet<_> = self.plan.domains.keys().filter(|id| self.is_pending(id)).cloned().collect();
        let must_look_up = (self.resumed || self.skips_existing) && !pending.is_empty();
        let found = if must_look_up { usernames(&self.zapmail, &pending).await? } else { BTreeMap::new() };
        let mut to_send = Vec::new();
        for (id, domain) in self.plan.domains.iter_mut().filter(|(id, _)| pending.contains(id)) {
            let existing = found.get(id).map(Vec::as_slice).unwrap_or_default();
            let exists = |mailbox: &PlannedMailbox| existing.contains(&mailbox.username.to_ascii_lowercase());
            match domain.mailboxes.iter().filter(|mailbox| exists(mailbox)).count() {
                0 => to_send.push((id.clone(), domain.clone())),
                count if count == domain.mailboxes.len() => {
                    _ = self.report.domains.insert(id.clone(), AssignState::Accepted)
                }
                _ if self.skips_existing => {
                    domain.mailboxes.retain(|mailbox| !exists(mailbox));
                    to_send.push((id.clone(), domain.clone()));
                }
                // Sending only the missing mailboxes would change the plan.
                _ => _ = self.report.domains.insert(id.clone(), AssignState::Unknown),
            }
        }
        Ok(to_send)
    }

    /// Returns whether a domain has not been accepted yet.
    fn is_pending(&self, id: &DomainId) -> bool {
        self.report.of(id) != Some(&AssignState::Accepted)
    }

    fn failed(&self, error: Error, violations: Vec<AssignViolation>) -> AssignError {
        AssignError { error, violations, report: self.report.clone() }
    }
}

/// Reads the user names of the mailboxes on these domains that have not expired, in lower case.
async fn usernames(zapmail: &Zapmail, domains: &BTreeSet<DomainId>) -> Result<BTreeMap<DomainId, Vec<String>>> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    let mut pages = zapmail.list_mailboxes().limit(100u32).pages().until_stable();
    while let Some(page) = pages.next().await? {
        let is_wanted = |(id, mailbox): &(DomainId, _)| domains.contains(id) && !rows::has_expired(mailbox);
        for (id, mailbox) in rows::each_mailbox(page).filter(is_wanted) {
            let address = names::address(&mailbox.address());
            found.entry(id).or_default().extend(address.rsplit_once('@').map(|(username, _)| username.to_owned()));
        }
    }
    Ok(found)
}

/// Returns whether a request was rejected as a whole, or not processed.
fn is_rejection(error: &Error) -> bool {
    use ErrorKind::{Conflict, Forbidden, Invalid, NotFound, Unauthorized};
    !error.may_have_been_processed() || matches!(error.kind(), Invalid | Unauthorized | Forbidden | NotFound | Conflict)
}

fn body(batch: &[(DomainId, PlannedDomain)]) -> types::MailboxAssignments {
    let entries = batch.iter().map(|(id, domain)| {
        let mailboxes = domain.mailboxes.iter().map(|mailbox| {
            let PlannedMailbox { first_name, last_name, username } = mailbox;
            types::NewMailbox::new(&domain.name, first_name, last_name, username)
        });
        (id.clone(), mailboxes.collect())
    });
    types::MailboxAssignments(entries.collect())
}
