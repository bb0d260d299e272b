//! Swaps of mailboxes: new ones are created and become active before the removal of the old ones is scheduled.

mod error;
mod requests;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zapmail_sdk::builder::{AssignMailboxes, ListMailboxes};
use zapmail_sdk::types::Mailbox;
use zapmail_sdk::{Error, ErrorKind, Request, Result};

use self::error::Problems;
use self::requests::Requests;
use super::listed::Mailboxes;
use super::selection::{Addresses, RemovalError};
use super::{Removal, batches};
use crate::assign::{AssignError, AssignPlan, AssignState, AssignViolation};
use crate::client::Zapmail;
use crate::names;
use crate::rows;
use crate::wait::{Condition, Wait};

pub use self::error::SwapError;

/// How long the service can take to list requested mailboxes.
const SETTLE_TIME: Duration = Duration::from_secs(10 * 60);

/// Polling intervals for the mailboxes of a request with an unknown outcome.
const FIRST_INTERVAL: Duration = Duration::from_secs(15);
const MAX_INTERVAL: Duration = Duration::from_secs(60);

/// Maximum number of requests for the same mailboxes in one run.
const MAX_ATTEMPTS: u32 = 3;

/// # Removing mailboxes
impl Zapmail {
    /// Plans a swap: the creation of new mailboxes, and the removal of the old ones at the next renewal, as by
    /// [`plan_removal`](Self::plan_removal). Changes nothing: reads the list of mailboxes and the list of
    /// subscriptions, once each. [`Swap::run`] executes the swap.
    ///
    /// The old mailboxes keep their slots until the renewal, so the new ones need free slots until then. New mailboxes
    /// that already exist, such as those of an earlier run, need none.
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::{AssignPlan, Zapmail};
    ///
    /// # async fn example(zapmail: Zapmail) -> Result<(), Box<dyn std::error::Error>> {
    /// let domain = "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e";
    /// let new_mailboxes = AssignPlan::new().mailbox(domain, "acme.net", "Dana", "Reed", "dana.reed");
    /// let swap = zapmail.plan_swap(["dana.reed@acme.com"], new_mailboxes).await?;
    /// println!("{swap}");
    /// // To continue after a crash.
    /// std::fs::write("swap.json", serde_json::to_string(&swap)?)?;
    /// swap.run(&zapmail).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SwapError`], with all problems: [`ErrorKind::Invalid`] if [`plan_removal`](Self::plan_removal) would refuse
    /// `addresses`; if `new_mailboxes` is empty; if a new mailbox is on a domain that is removed, has the id of a
    /// domain with a different name, or has the address of an expired mailbox; or if there are fewer free slots than
    /// new mailboxes. Also any error of a call. Dropping the future loses nothing.
    ///
    /// [`ErrorKind::Invalid`]: crate::ErrorKind::Invalid
    pub async fn plan_swap<I>(&self, addresses: I, new_mailboxes: AssignPlan) -> Result<Swap, SwapError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let old = Addresses::of(addresses);
        let new: BTreeSet<_> = new_mailboxes.addresses().map(|address| names::address(&address)).collect();
        if new.is_empty() {
            let message = "`new_mailboxes` is empty; add mailboxes, or use `plan_removal` to remove mailboxes only";
            let error = Error::new(ErrorKind::Invalid, message).with_operation(AssignMailboxes::OPERATION);
            return Err(SwapError::of(error));
        }
        if old.is_empty() {
            return Err(SwapError::refused(Some(RemovalError::empty()), Problems::default()));
        }
        let mailboxes = Mailboxes::read(self).await.map_err(SwapError::of)?;
        let selected = old.select(&mailboxes);
        let problems = Problems {
            overlapping: overlapping(&old.valid, &new_mailboxes, &mailboxes),
            expired: new.iter().filter(|address| mailboxes.has_expired(address)).cloned().collect(),
            violations: misnamed(&new_mailboxes, &mailboxes).chain(missing_slots(&mailboxes, &new)).collect(),
        };
        let domains = match selected {
            Ok(domains) if problems.is_empty() => domains,
            selected => return Err(SwapError::refused(selected.err(), problems)),
        };
        let removal = Removal::of(&domains, self).await.map_err(SwapError::of)?;
        Ok(Swap {
            removal,
            new_mailboxes,
            mailboxes_per_domain: None,
            interval: None,
            timeout: None,
            settle_time: None,
            requests: Requests::none(),
        })
    }
}

/// Returns the domains of new mailboxes that the removal covers. They are compared by id and by name, because a plan
/// can combine the id of one domain with the name of another.
fn overlapping(old: &BTreeSet<String>, new: &AssignPlan, mailboxes: &Mailboxes) -> Vec<String> {
    let domain_of = |address: &String| Some(address.rsplit_once('@')?.1.to_owned());
    let mut removed: BTreeSet<_> = old.iter().filter_map(domain_of).collect();
    for domain in mailboxes.domains.values() {
        if domain.mailboxes.values().any(|mailbox| old.contains(&mailbox.address)) {
            removed.insert(domain.name.clone());
        }
    }
    let planned = new
        .domains()
        .flat_map(|(id, name)| [Some(names::domain(name)), mailboxes.name_of(id).cloned()].into_iter().flatten());
    let overlapping: BTreeSet<_> = planned.filter(|name| removed.contains(name)).collect();
    overlapping.into_iter().collect()
}

/// Returns a violation for each planned domain whose id belongs to a domain with a different name.
fn misnamed(new: &AssignPlan, mailboxes: &Mailboxes) -> impl Iterator<Item = AssignViolation> {
    new.domains().filter_map(|(id, planned)| {
        let listed = mailboxes.name_of(id)?;
        let is_different = *listed != names::domain(planned);
        is_different.then(|| AssignViolation::Name { domain: listed.clone(), other: planned.to_owned() })
    })
}

/// Returns a violation if there are fewer free slots than new mailboxes. Mailboxes that already exist have their slots.
fn missing_slots(mailboxes: &Mailboxes, new: &BTreeSet<String>) -> Option<AssignViolation> {
    let planned = new.iter().filter(|address| !mailboxes.has(address)).count() as u64;
    let free = mailboxes.free_slots.filter(|free| *free < planned)?;
    Some(AssignViolation::Slots { free, planned })
}

/// A plan to replace old mailboxes with new ones, returned by [`Zapmail::plan_swap`] and executed by
/// [`run`](Self::run).
///
/// The old mailboxes are **deleted** at the billing date; see [`Removal`] for details, including the date.
///
/// Store the swap, for example as JSON, before you run it: a swap that is read from a file takes into account that the
/// program may have ended in the middle of a run. It contains no credentials.
///
/// `Display` prints one line per domain and mailbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[must_use = "nothing is changed before `run`"]
pub struct Swap {
    removal: Removal,
    new_mailboxes: AssignPlan,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mailboxes_per_domain: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interval: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeout: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settle_time: Option<Duration>,
    #[serde(rename = "report", default = "Requests::stored")]
    requests: Requests,
}

impl Swap {
    /// Returns the removal of the old mailboxes, to store or undo it.
    pub fn removal(&self) -> &Removal {
        &self.removal
    }

    /// Returns the plan of the new mailboxes.
    pub fn new_mailboxes(&self) -> &AssignPlan {
        &self.new_mailboxes
    }

    /// Sets the polling interval of the wait for the new mailboxes. Defaults to that of
    /// [`Zapmail::wait_for_mailboxes`].
    pub fn interval(self, interval: Duration) -> Self {
        Self { interval: Some(interval), ..self }
    }

    /// Sets the timeout of the wait for the new mailboxes. Defaults to that of [`Zapmail::wait_for_mailboxes`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Sets the maximum number of mailboxes per domain. Defaults to 5; Zapmail raises it for some accounts.
    pub fn mailboxes_per_domain(self, mailboxes: usize) -> Self {
        Self { mailboxes_per_domain: Some(mailboxes), ..self }
    }

    /// Sets how long to look for mailboxes whose request had an unknown outcome before they are requested again.
    /// Defaults to 10 minutes.
    ///
    /// The service lists new mailboxes with a delay, and creates them twice if they are requested twice.
    pub fn settle_time(self, settle_time: Duration) -> Self {
        Self { settle_time: Some(settle_time), ..self }
    }

    /// Executes the swap in the workspace of the client: creates the new mailboxes, waits until all of them are active,
    /// and only then schedules the removal of the old ones. If an earlier step fails, nothing is removed. Returns the
    /// new mailboxes by their addresses, with their credentials, as [`wait_for_mailboxes`] does.
    ///
    /// Run it again to continue after a failure, a dropped future, or a crash: mailboxes that were accepted or already
    /// exist are not created again, and the removal is idempotent. If the outcome of a request for mailboxes is
    /// unknown, the run looks for them during the [settle time](Self::settle_time) before it requests them again. The
    /// same applies to a swap that was read from a file. A swap that was planned again has no record of earlier
    /// requests; let the settle time elapse before you run it.
    ///
    /// To follow the progress, call the three steps yourself: [`assign_mailboxes_in_batches`] with [`skip_existing`],
    /// [`wait_for_mailboxes`], and [`Removal::schedule`].
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail, swap: zapmail_sdk_ext::Swap) -> zapmail_sdk_ext::Result<()> {
    /// let swap = swap.interval(Duration::from_secs(300)).timeout(Duration::from_secs(6 * 3600));
    /// let mailboxes = swap.run(&zapmail).await?;
    /// println!("{} mailboxes are active", mailboxes.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SwapError`], with the outcome for every domain of the new mailboxes: all violations of the plan,
    /// [`ErrorKind::JobFailed`] if a new mailbox failed, [`ErrorKind::Timeout`], the errors of [`Removal::schedule`],
    /// and any error of a call. If an old domain has mailboxes that are not in the plan, the run fails before anything
    /// is created. If the future is dropped, the new mailboxes may exist while the removal of the old ones is not
    /// scheduled; run the swap again.
    ///
    /// [`assign_mailboxes_in_batches`]: Zapmail::assign_mailboxes_in_batches
    /// [`skip_existing`]: crate::AssignRun::skip_existing
    /// [`wait_for_mailboxes`]: Zapmail::wait_for_mailboxes
    /// [`ErrorKind::JobFailed`]: crate::ErrorKind::JobFailed
    /// [`ErrorKind::Timeout`]: crate::ErrorKind::Timeout
    pub async fn run(&self, zapmail: &Zapmail) -> Result<BTreeMap<String, Option<Mailbox>>, SwapError> {
        // The wait also refuses a zero interval, but only after the mailboxes were created.
        if self.interval.is_some_and(|interval| interval.is_zero()) {
            return Err(SwapError::of(Error::config("the polling interval must be greater than zero")));
        }
        let failed = |error| SwapError::of(error).with_report(self.requests.report());
        batches::check(zapmail, &self.removal.domains).await.map_err(failed)?;
        self.assign(zapmail).await?;
        let mut wait = zapmail.wait_for_mailboxes(self.new_mailboxes.addresses());
        if let Some(interval) = self.interval {
            wait = wait.interval(interval);
        }
        if let Some(timeout) = self.timeout {
            wait = wait.timeout(timeout);
        }
        let mailboxes = wait.await.map_err(|error| failed(error.into()))?;
        self.removal.schedule(zapmail).await.map_err(failed)?;
        Ok(mailboxes)
    }

    /// Creates the mailboxes that do not exist, each once.
    async fn assign(&self, zapmail: &Zapmail) -> Result<(), SwapError> {
        self.requests.begin(&self.new_mailboxes);
        let mut attempt = 1;
        loop {
            self.settle(zapmail).await.map_err(|error| SwapError::of(error).with_report(self.requests.report()))?;
            let requests = self.requests.clone();
            let mut assignment = zapmail
                .assign_mailboxes_in_batches(self.new_mailboxes.clone())
                .resume(self.requests.report())
                .skip_existing()
                .on_progress(move |report| requests.record(report));
            if let Some(mailboxes) = self.mailboxes_per_domain {
                assignment = assignment.mailboxes_per_domain(mailboxes);
            }
            match assignment.run().await {
                Ok(report) => {
                    self.requests.record(&report);
                    return Ok(());
                }
                Err(failed) if attempt < MAX_ATTEMPTS && may_have_been_created(&failed) => {
                    tracing::warn!(error = %failed, attempt, "it is unknown whether mailboxes were created");
                    attempt += 1;
                }
                Err(failed) => return Err(SwapError::of_assignment(failed)),
            }
        }
    }

    /// Waits until the mailboxes of requests with an unknown outcome are listed, or until the settle time has elapsed.
    async fn settle(&self, zapmail: &Zapmail) -> Result<()> {
        let settle_time = self.settle_time.unwrap_or(SETTLE_TIME);
        let Some((domains, remaining)) = self.requests.unsettled(settle_time) else { return Ok(()) };
        let addresses: Vec<_> = domains.iter().flat_map(|id| self.new_mailboxes.addresses_on(id)).collect();
        let zapmail = zapmail.clone();
        let poll = move || {
            let (zapmail, addresses) = (zapmail.clone(), addresses.clone());
            async move { zapmail.mailboxes_by_address(addresses).await }
        };
        let judge = |mailboxes: &BTreeMap<String, Option<Mailbox>>| {
            let is_listed =
                |mailbox: &Option<Mailbox>| mailbox.as_ref().is_some_and(|mailbox| !rows::has_expired(mailbox));
            match mailboxes.values().all(is_listed) {
                true => Condition::Met,
                false => Condition::Pending("mailboxes are not listed".to_owned()),
            }
        };
        let wait = Wait::new(ListMailboxes::OPERATION, poll, judge).growing_interval(FIRST_INTERVAL, MAX_INTERVAL);
        match wait.timeout(remaining).await {
            Ok(_) => Ok(()),
            // Mailboxes that are not listed by now were not created. The list is read once more before anything is
            // sent.
            Err(error) if error.error().is_timeout() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns whether mailboxes may exist although their request failed: its outcome is unknown, or it was rejected,
/// perhaps because an earlier request was processed.
fn may_have_been_created(failed: &AssignError) -> bool {
    use ErrorKind::{Conflict, Invalid, NotFound, OutcomeUnknown};
    let error = failed.error();
    error.operation() == Some(AssignMailboxes::OPERATION.id)
        && failed.violations().is_empty()
        && matches!(error.kind(), OutcomeUnknown | Invalid | NotFound | Conflict)
        && failed.report().iter().any(|(_, outcome)| *outcome == AssignState::Unknown)
}

impl fmt::Display for Swap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} to be created first", names::counted(self.new_mailboxes.len(), "mailbox", "mailboxes"))?;
        self.new_mailboxes.addresses().try_for_each(|address| write!(formatter, "\n  {address}"))?;
        write!(formatter, "\n{}", self.removal)
    }
}
