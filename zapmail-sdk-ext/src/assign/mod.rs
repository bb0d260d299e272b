//! Bulk assignment: creates any number of mailboxes, checked before anything is sent, in batches.
//!
//! `assign_mailboxes` is not idempotent: after a fault, the outcome of a batch is unknown. The run stops at the first one,
//! and its [`AssignReport`] has the state of every domain: accepted, not sent, or unknown. The report can be stored, and the
//! same plan resumed with it.

pub(crate) mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use zapmail_sdk::builder::AssignMailboxes;
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::{Error, ErrorKind, Request, Result, types};

use crate::client::Zapmail;
use crate::names;
use crate::page::Paged;
use crate::rows;

pub use rules::AssignViolation;

/// Domains per request by default.
const BATCH: usize = 20;

/// Mailboxes to create, domain by domain.
///
/// ```
/// use zapmail_sdk_ext::{AssignPlan, DomainId};
///
/// let domain = DomainId::from("7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e");
/// let plan = AssignPlan::new()
///     .mailbox(&domain, "acme-example.com", "Dana", "Reed", "dana.reed")
///     .mailbox(&domain, "acme-example.com", "Lee", "Wood", "lee.wood");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignPlan {
    domains: BTreeMap<DomainId, PlannedDomain>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PlannedDomain {
    name: String,
    /// Another name that the plan has for the same id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    other_name: Option<String>,
    mailboxes: Vec<PlannedMailbox>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PlannedMailbox {
    first_name: String,
    last_name: String,
    username: String,
}

impl AssignPlan {
    /// A plan without a mailbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a mailbox: the domain by its id and name, the person, and the part of the address before the @.
    #[must_use]
    pub fn mailbox(
        mut self,
        domain_id: impl Into<DomainId>,
        domain_name: impl Into<String>,
        first_name: impl Into<String>,
        last_name: impl Into<String>,
        username: impl Into<String>,
    ) -> Self {
        let name = domain_name.into();
        let domain = self.domains.entry(domain_id.into()).or_insert_with(|| PlannedDomain {
            name: name.clone(),
            other_name: None,
            mailboxes: Vec::new(),
        });
        if names::domain(&domain.name) != names::domain(&name) {
            domain.other_name = Some(name);
        }
        domain.mailboxes.push(PlannedMailbox {
            first_name: first_name.into(),
            last_name: last_name.into(),
            username: username.into(),
        });
        self
    }

    /// Returns the addresses of all mailboxes, for [`Zapmail::wait_for_mailboxes`].
    ///
    /// ```
    /// use zapmail_sdk_ext::AssignPlan;
    ///
    /// let id = "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e";
    /// let plan = AssignPlan::new().mailbox(id, "acme-example.com", "Dana", "Reed", "dana.reed");
    /// assert_eq!(plan.addresses().collect::<Vec<_>>(), ["dana.reed@acme-example.com"]);
    /// ```
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        self.domains.values().flat_map(PlannedDomain::addresses)
    }

    /// The domains: their ids and names.
    pub(crate) fn domains(&self) -> impl Iterator<Item = (&DomainId, &str)> {
        self.domains.iter().map(|(id, domain)| (id, domain.name.as_str()))
    }

    /// The addresses of the mailboxes of a domain.
    pub(crate) fn addresses_on(&self, id: &DomainId) -> impl Iterator<Item = String> {
        self.domains.get(id).into_iter().flat_map(PlannedDomain::addresses)
    }

    /// How many mailboxes the plan has.
    pub fn len(&self) -> usize {
        self.domains.values().map(|domain| domain.mailboxes.len()).sum()
    }

    /// Whether the plan has no mailbox.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl PlannedDomain {
    fn addresses(&self) -> impl Iterator<Item = String> {
        self.mailboxes.iter().map(|mailbox| format!("{}@{}", mailbox.username, self.name))
    }
}

/// The outcome for a domain of a plan; see [`AssignReport`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AssignState {
    /// The service accepted its mailboxes and creates them; see [`Zapmail::wait_for_mailboxes`].
    Accepted,
    /// Not sent, or rejected by the service.
    NotSent,
    /// Sent, with an unknown outcome; also after a later request for it was rejected, since the earlier one may be the reason.
    Unknown,
}

/// The outcome for every domain of a plan, by id. It can be stored, and passed to [`AssignRun::resume`].
///
/// ```
/// use zapmail_sdk_ext::{AssignReport, AssignState};
///
/// let stored = r#"{"7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e": "accepted", "8b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e": "unknown"}"#;
/// let report: AssignReport = serde_json::from_str(stored)?;
/// assert!(!report.is_complete());
/// assert_eq!(report.iter().filter(|(_, assigned)| **assigned == AssignState::Unknown).count(), 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssignReport {
    domains: BTreeMap<DomainId, AssignState>,
}

impl AssignReport {
    /// Returns the outcome for a domain; `None` if it is not in the plan.
    pub fn of(&self, domain_id: impl Into<DomainId>) -> Option<&AssignState> {
        self.domains.get(&domain_id.into())
    }

    /// Returns all domains with their outcomes.
    pub fn iter(&self) -> impl Iterator<Item = (&DomainId, &AssignState)> {
        self.domains.iter()
    }

    /// Marks a domain as unknown unless its mailboxes were accepted.
    pub(crate) fn doubt(&mut self, id: &DomainId) {
        let outcome = self.domains.entry(id.clone()).or_insert(AssignState::Unknown);
        if *outcome != AssignState::Accepted {
            *outcome = AssignState::Unknown;
        }
    }

    /// Whether the service accepted all of them.
    pub fn is_complete(&self) -> bool {
        self.domains.values().all(|assigned| *assigned == AssignState::Accepted)
    }
}

/// The error of a run that did not complete its plan.
///
/// It turns into an [`Error`] with `?`. [The guide](crate::guide::waiting) has an example.
pub struct AssignError {
    error: Error,
    violations: Vec<AssignViolation>,
    report: AssignReport,
}

impl AssignError {
    /// The reason.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// All violations of the plan. If there is one, nothing was sent.
    pub fn violations(&self) -> &[AssignViolation] {
        &self.violations
    }

    /// The outcome for every domain.
    pub fn report(&self) -> &AssignReport {
        &self.report
    }
}

/// A run that has not started: set it up, then call [`run`](Self::run).
///
/// [`Zapmail::assign_mailboxes_in_batches`] makes one; [the guide](crate::guide::waiting) has an example.
#[must_use = "nothing is sent before `run`"]
pub struct AssignRun {
    zapmail: Zapmail,
    plan: AssignPlan,
    batch: usize,
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
    ///     Err(failed) => {
    ///         failed.violations().iter().for_each(|violation| eprintln!("{violation}"));
    ///         std::fs::write("report.json", serde_json::to_string(failed.report())?)?;
    ///         return Err(failed.into());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn assign_mailboxes_in_batches(&self, plan: AssignPlan) -> AssignRun {
        AssignRun {
            zapmail: self.clone(),
            plan,
            batch: BATCH,
            per_domain: rules::PER_DOMAIN,
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
        Self { batch: domains.max(1), ..self }
    }

    /// Sets the maximum number of mailboxes per domain. Defaults to 5; Zapmail raises it for some accounts.
    pub fn mailboxes_per_domain(self, mailboxes: usize) -> Self {
        Self { per_domain: mailboxes, ..self }
    }

    /// Resumes a plan from an earlier report. Accepted domains are not sent again. All others are looked up first, those
    /// that the service refused too, since it may have applied part of the request; they are sent again only if none of
    /// their mailboxes exists.
    ///
    /// Mailboxes are created asynchronously, so wait a few minutes before resuming: accepted mailboxes may not be listed yet.
    pub fn resume(self, report: AssignReport) -> Self {
        Self { report, resumed: true, ..self }
    }

    /// Leaves out the mailboxes that exist already, whatever the letter case of their addresses, and sends the rest. A domain
    /// of which nothing is left counts as accepted.
    ///
    /// The service refuses a whole request if one of its mailboxes exists.
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

    /// Calls `callback` with the report before every request, with its domains as unknown, and after it.
    pub fn on_progress(self, callback: impl FnMut(&AssignReport) + Send + 'static) -> Self {
        Self { on_progress: Some(Box::new(callback)), ..self }
    }

    /// Checks the whole plan and sends it if it has no violation. Dropping the future can leave the outcome of the request
    /// in flight unknown, as the last report of [`on_progress`](Self::on_progress) says.
    ///
    /// The report of a resumed plan can still have unknown domains, of which only some mailboxes exist; see
    /// [`AssignReport::is_complete`].
    ///
    /// # Errors
    ///
    /// [`AssignError`], with all violations of the plan, or with the state of every domain.
    pub async fn run(mut self) -> Result<AssignReport, AssignError> {
        let ids: Vec<_> = self.plan.domains.keys().cloned().collect();
        for id in ids {
            self.report.domains.entry(id).or_insert(AssignState::NotSent);
        }
        let pending = match self.look_up().await {
            Ok(pending) => pending,
            Err(error) => return Err(self.failed(error, Vec::new())),
        };
        if pending.is_empty() {
            return Ok(self.report);
        }
        let facts = match rules::Facts::read(&self.zapmail).await {
            Ok(facts) => facts,
            Err(error) => return Err(self.failed(error, Vec::new())),
        };
        let violations = rules::violations(&pending, &facts, self.per_domain);
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
        for batch in pending.chunks(self.batch) {
            // A stored report is right even if the program ends while the request is in flight.
            let were_unknown: Vec<_> = batch
                .iter()
                .map(|(id, _)| id)
                .filter(|id| self.report.of(*id) == Some(&AssignState::Unknown))
                .collect();
            self.set(batch, &AssignState::Unknown);
            self.report_progress();
            let outcome = self.zapmail.assign_mailboxes().body(body(batch)).send().await;
            let assigned = match &outcome {
                Ok(_) => AssignState::Accepted,
                Err(error) if was_refused(error) => AssignState::NotSent,
                Err(_) => AssignState::Unknown,
            };
            self.set(batch, &assigned);
            if assigned == AssignState::NotSent {
                // The reason may be an earlier request, which has arrived since the lookup.
                let unknown = were_unknown.into_iter().map(|id| (id.clone(), AssignState::Unknown));
                self.report.domains.extend(unknown);
            }
            self.report_progress();
            if let Err(error) = outcome {
                return Err(self.failed(error, Vec::new()));
            }
        }
        Ok(self.report)
    }

    fn set(&mut self, batch: &[(DomainId, PlannedDomain)], assigned: &AssignState) {
        self.report.domains.extend(batch.iter().map(|(id, _)| (id.clone(), assigned.clone())));
    }

    fn report_progress(&mut self) {
        if let Some(callback) = &mut self.on_progress {
            callback(&self.report);
        }
    }

    /// Resolves the domains of the plan that an earlier run did not report as accepted, and returns those to send.
    ///
    /// A domain whose outcome was unknown stays unknown until it is sent, although none of its mailboxes was found: it may
    /// have moved to another workspace together with them, or the earlier request may still arrive.
    async fn look_up(&mut self) -> Result<Vec<(DomainId, PlannedDomain)>> {
        let open: BTreeSet<_> = self.plan.domains.keys().filter(|id| self.is_open(id)).cloned().collect();
        let looks = (self.resumed || self.skips_existing) && !open.is_empty();
        let found = if looks { usernames(&self.zapmail, &open).await? } else { BTreeMap::new() };
        let mut pending = Vec::new();
        for (id, domain) in self.plan.domains.iter_mut().filter(|(id, _)| open.contains(id)) {
            let present = found.get(id).map(Vec::as_slice).unwrap_or_default();
            let exists = |mailbox: &PlannedMailbox| present.contains(&mailbox.username.to_ascii_lowercase());
            match domain.mailboxes.iter().filter(|mailbox| exists(mailbox)).count() {
                0 => pending.push((id.clone(), domain.clone())),
                all if all == domain.mailboxes.len() => {
                    _ = self.report.domains.insert(id.clone(), AssignState::Accepted)
                }
                _ if self.skips_existing => {
                    domain.mailboxes.retain(|mailbox| !exists(mailbox));
                    pending.push((id.clone(), domain.clone()));
                }
                // Sending the rest would be a different plan.
                _ => _ = self.report.domains.insert(id.clone(), AssignState::Unknown),
            }
        }
        Ok(pending)
    }

    /// Whether a domain was not accepted yet.
    fn is_open(&self, id: &DomainId) -> bool {
        self.report.of(id) != Some(&AssignState::Accepted)
    }

    fn failed(&self, error: Error, violations: Vec<AssignViolation>) -> AssignError {
        AssignError { error, violations, report: self.report.clone() }
    }
}

/// The user names that exist on these domains, in lower case.
async fn usernames(zapmail: &Zapmail, domains: &BTreeSet<DomainId>) -> Result<BTreeMap<DomainId, Vec<String>>> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    let mut pages = zapmail.list_mailboxes().limit(100u32).pages().until_stable();
    while let Some(page) = pages.next().await? {
        for (id, mailbox) in rows::each_mailbox(page).filter(|(id, _)| domains.contains(id)) {
            found.entry(id).or_default().extend(mailbox.username.map(|username| username.to_ascii_lowercase()));
        }
    }
    Ok(found)
}

/// Whether the service refused a request as a whole.
fn was_refused(error: &Error) -> bool {
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

impl From<AssignError> for Error {
    fn from(failed: AssignError) -> Self {
        failed.error
    }
}

impl fmt::Display for AssignError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl fmt::Debug for AssignError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AssignError")
            .field("error", &self.error)
            .field("violations", &self.violations)
            .field("report", &self.report)
            .finish()
    }
}

impl std::error::Error for AssignError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}
