//! Swaps: new mailboxes are created and active before the removal of the old ones is scheduled.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use zapmail_sdk::builder::{AssignMailboxes, ScheduleMailboxRemoval};
use zapmail_sdk::{Error, ErrorKind, Request, Result};

use super::listed::Mailboxes;
use super::selection::{Addresses, RemovalError};
use super::{Removal, counted};
use crate::assign::{AssignError, AssignPlan, AssignViolation};
use crate::client::Zapmail;
use crate::names;

/// # Removing mailboxes
impl Zapmail {
    /// Plans a swap: new mailboxes, and the removal of the old ones at the next renewal, as
    /// [`plan_removal`](Self::plan_removal) does. Changes nothing: it reads the list of mailboxes and the list of
    /// subscriptions, once each. [`Swap::run`] carries it out.
    ///
    /// The old mailboxes keep their slots until the renewal, so the new ones need free slots until then. New mailboxes that
    /// exist already, such as those of an earlier run, need none.
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::{AssignPlan, Zapmail};
    ///
    /// # async fn example(zapmail: Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let domain = "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e";
    /// let new_mailboxes = AssignPlan::new().mailbox(domain, "acme.net", "Dana", "Reed", "dana.reed");
    /// let swap = zapmail.plan_swap(["dana.reed@acme.com"], new_mailboxes).await?;
    /// println!("{swap}");
    /// swap.run(&zapmail).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SwapError`], with everything that is wrong at once: [`ErrorKind::Invalid`] for what
    /// [`plan_removal`](Self::plan_removal) refuses, if no new mailbox is planned, if one would be on a domain that is removed
    /// or has the address of a mailbox that has expired, or if there are fewer free slots than new mailboxes; and any of a
    /// call. Dropping the future loses nothing.
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
            return Err(SwapError::refused(Some(RemovalError::empty()), Faults::default()));
        }
        let mailboxes = Mailboxes::read(self).await.map_err(SwapError::of)?;
        let selected = old.select(&mailboxes);
        let faults = Faults {
            overlapping: overlapping(&old.valid, &new),
            expired: expired(&mailboxes, &new),
            missing_slots: missing_slots(&mailboxes, &new),
        };
        let domains = match selected {
            Ok(domains) if faults.is_empty() => domains,
            selected => return Err(SwapError::refused(selected.err(), faults)),
        };
        let removal = Removal::of(&domains, self).await.map_err(SwapError::of)?;
        Ok(Swap { removal, new_mailboxes, mailboxes_per_domain: None, interval: None, timeout: None })
    }
}

/// What is wrong with the new mailboxes of a swap.
#[derive(Debug, Default)]
struct Faults {
    overlapping: Vec<String>,
    expired: Vec<String>,
    missing_slots: Option<AssignViolation>,
}

/// Domains that would get new mailboxes and lose all of theirs.
fn overlapping(old: &BTreeSet<String>, new: &BTreeSet<String>) -> Vec<String> {
    let domains = |addresses: &BTreeSet<String>| -> BTreeSet<String> {
        addresses.iter().filter_map(|address| address.rsplit_once('@')).map(|(_, domain)| domain.to_owned()).collect()
    };
    domains(old).intersection(&domains(new)).cloned().collect()
}

/// New mailboxes that would not be created, since they are listed, and never become active.
fn expired(mailboxes: &Mailboxes, new: &BTreeSet<String>) -> Vec<String> {
    let has_expired = |address: &&String| {
        let mut listed = mailboxes.with_address(address).peekable();
        listed.peek().is_some() && listed.all(|mailbox| mailbox.is_expired)
    };
    new.iter().filter(has_expired).cloned().collect()
}

/// The rule that the new mailboxes break if there are not enough free slots. Those that exist already have theirs.
fn missing_slots(mailboxes: &Mailboxes, new: &BTreeSet<String>) -> Option<AssignViolation> {
    let planned = new.iter().filter(|address| mailboxes.with_address(address).next().is_none()).count() as u64;
    let free = mailboxes.free_slots.filter(|free| *free < planned)?;
    Some(AssignViolation::Slots { free, planned })
}

/// New mailboxes in place of old ones. [`Zapmail::plan_swap`] returns one; [`run`](Self::run) carries it out.
///
/// The old mailboxes are **deleted** at the billing date; see [`Removal`], also for the date.
///
/// `Display` is a line for each domain and mailbox.
#[derive(Debug, Clone)]
#[must_use = "nothing is changed before `run`"]
pub struct Swap {
    removal: Removal,
    new_mailboxes: AssignPlan,
    mailboxes_per_domain: Option<usize>,
    interval: Option<Duration>,
    timeout: Option<Duration>,
}

impl Swap {
    /// The removal of the old mailboxes, to be stored or undone.
    pub fn removal(&self) -> &Removal {
        &self.removal
    }

    /// The new mailboxes.
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

    /// Carries out the swap in the workspace of the client: creates the new mailboxes, waits until all of them are active,
    /// and only then schedules the removal of the old ones. A failure before that removes nothing.
    ///
    /// Run it again to continue after a failure or a crash, or plan it again first: mailboxes that exist are not created
    /// again, and the removal is idempotent. Wait a few minutes before that: accepted mailboxes may not be listed yet, and
    /// the service refuses to create them twice. For progress, call the three parts yourself:
    /// [`assign_mailboxes_in_batches`] with [`skip_existing`], [`wait_for_mailboxes`], and [`Removal::schedule`].
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail, swap: zapmail_sdk_ext::Swap) -> zapmail_sdk_ext::Result<()> {
    /// let swap = swap.interval(Duration::from_secs(300)).timeout(Duration::from_secs(6 * 3600));
    /// swap.run(&zapmail).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SwapError`]: with all violations of the plan, [`ErrorKind::JobFailed`] if a new mailbox failed,
    /// [`ErrorKind::Timeout`], those of [`Removal::schedule`], and any of a call. Dropping the future can leave the new
    /// mailboxes created and the old ones not scheduled; run it again.
    ///
    /// [`assign_mailboxes_in_batches`]: Zapmail::assign_mailboxes_in_batches
    /// [`skip_existing`]: crate::AssignRun::skip_existing
    /// [`wait_for_mailboxes`]: Zapmail::wait_for_mailboxes
    /// [`ErrorKind::JobFailed`]: crate::ErrorKind::JobFailed
    /// [`ErrorKind::Timeout`]: crate::ErrorKind::Timeout
    pub async fn run(&self, zapmail: &Zapmail) -> Result<(), SwapError> {
        // The wait refuses it too, but only after the mailboxes were created.
        if self.interval.is_some_and(|interval| interval.is_zero()) {
            return Err(SwapError::of(Error::config("the polling interval must be greater than zero")));
        }
        let mut assignment = zapmail.assign_mailboxes_in_batches(self.new_mailboxes.clone()).skip_existing();
        if let Some(mailboxes) = self.mailboxes_per_domain {
            assignment = assignment.mailboxes_per_domain(mailboxes);
        }
        assignment.run().await.map_err(SwapError::of_assignment)?;
        let mut wait = zapmail.wait_for_mailboxes(self.new_mailboxes.addresses());
        if let Some(interval) = self.interval {
            wait = wait.interval(interval);
        }
        if let Some(timeout) = self.timeout {
            wait = wait.timeout(timeout);
        }
        wait.await.map_err(|error| SwapError::of(error.into()))?;
        self.removal.schedule(zapmail).await.map_err(SwapError::of)
    }
}

impl fmt::Display for Swap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} to be created first", counted(self.new_mailboxes.len(), "mailbox", "mailboxes"))?;
        self.new_mailboxes.addresses().try_for_each(|address| write!(formatter, "\n  {address}"))?;
        write!(formatter, "\n{}", self.removal)
    }
}

/// The error of a swap that cannot be planned, with everything that is wrong with it, or that failed.
///
/// It turns into an [`Error`] with `?`.
///
/// ```no_run
/// # async fn example(zapmail: zapmail_sdk_ext::Zapmail, swap: zapmail_sdk_ext::Swap) {
/// if let Err(failed) = swap.run(&zapmail).await {
///     eprintln!("{failed}");
///     failed.violations().iter().for_each(|violation| eprintln!("{violation}"));
/// }
/// # }
/// ```
pub struct SwapError {
    error: Error,
    removal: Option<Box<RemovalError>>,
    overlapping: Vec<String>,
    expired: Vec<String>,
    violations: Vec<AssignViolation>,
}

impl SwapError {
    /// The reason.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// What is wrong with the list of old mailboxes.
    pub fn removal(&self) -> Option<&RemovalError> {
        self.removal.as_deref()
    }

    /// Domains that have both old and new mailboxes: the removal would delete the new ones, too.
    pub fn overlapping(&self) -> &[String] {
        &self.overlapping
    }

    /// Addresses of new mailboxes that the service still lists for mailboxes that have expired.
    pub fn expired(&self) -> &[String] {
        &self.expired
    }

    /// Violations of the plan of new mailboxes. If there is one, nothing was sent.
    pub fn violations(&self) -> &[AssignViolation] {
        &self.violations
    }

    fn of(error: Error) -> Self {
        Self { error, removal: None, overlapping: Vec::new(), expired: Vec::new(), violations: Vec::new() }
    }

    fn of_assignment(error: AssignError) -> Self {
        let violations = error.violations().to_vec();
        Self { violations, ..Self::of(error.into()) }
    }

    /// The error of a plan with something wrong.
    fn refused(removal: Option<RemovalError>, faults: Faults) -> Self {
        let reasons = removal.iter().map(|removal| (removal.error().message().to_owned(), removal.hint()));
        let (messages, hints): (Vec<_>, Vec<_>) = reasons.chain(faults.reasons()).unzip();
        let operation = match removal {
            Some(_) => ScheduleMailboxRemoval::OPERATION,
            None => AssignMailboxes::OPERATION,
        };
        let error = Error::new(ErrorKind::Invalid, messages.join("; ")).with_operation(operation);
        let error = match hints.into_iter().flatten().next() {
            Some(hint) => error.with_hint(hint),
            None => error,
        };
        let Faults { overlapping, expired, missing_slots } = faults;
        let violations = missing_slots.into_iter().collect();
        Self { error, removal: removal.map(Box::new), overlapping, expired, violations }
    }
}

impl Faults {
    fn is_empty(&self) -> bool {
        self.reasons().next().is_none()
    }

    /// A part of the message for each fault, with what to do about it.
    fn reasons(&self) -> impl Iterator<Item = (String, Option<&'static str>)> {
        let names = |text: &str, names: &[String]| {
            (!names.is_empty()).then(|| format!("{text}: {}", names::listed(names, ", ")))
        };
        [
            (
                names("new mailboxes on domains that are removed", &self.overlapping),
                "create them on other domains: the removal would delete them, too",
            ),
            (names("new mailboxes that have expired and are still listed", &self.expired), "use other addresses"),
            (
                self.missing_slots.as_ref().map(ToString::to_string),
                "old mailboxes keep their slots until the renewal: buy slots, or swap fewer mailboxes",
            ),
        ]
        .into_iter()
        .filter_map(|(reason, hint)| Some((reason?, Some(hint))))
    }
}

impl From<SwapError> for Error {
    fn from(error: SwapError) -> Self {
        error.error
    }
}

impl fmt::Display for SwapError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl fmt::Debug for SwapError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SwapError")
            .field("error", &self.error)
            .field("removal", &self.removal)
            .field("overlapping", &self.overlapping)
            .field("expired", &self.expired)
            .field("violations", &self.violations)
            .finish()
    }
}

impl std::error::Error for SwapError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}
