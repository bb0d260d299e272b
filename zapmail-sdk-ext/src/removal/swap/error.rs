//! The error of a swap, and the faults for which a swap is refused.

use std::fmt;

use zapmail_sdk::builder::{AssignMailboxes, ScheduleMailboxRemoval};
use zapmail_sdk::{Error, ErrorKind, Request};

use crate::assign::{AssignError, AssignReport, AssignViolation};
use crate::names;
use crate::removal::RemovalError;

/// The error of a swap that cannot be planned, with all of its faults, or that failed.
///
/// It turns into an [`Error`] with `?`.
///
/// ```no_run
/// # async fn example(zapmail: zapmail_sdk_ext::Zapmail, swap: zapmail_sdk_ext::Swap) {
/// if let Err(failed) = swap.run(&zapmail).await {
///     eprintln!("{failed}");
///     failed.violations().iter().for_each(|violation| eprintln!("{violation}"));
///     failed.report().iter().for_each(|(domain, outcome)| eprintln!("{domain}: {outcome:?}"));
/// }
/// # }
/// ```
pub struct SwapError {
    error: Error,
    removal: Option<Box<RemovalError>>,
    faults: Faults,
    report: AssignReport,
}

/// Faults of the new mailboxes of a swap.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub overlapping: Vec<String>,
    pub expired: Vec<String>,
    pub violations: Vec<AssignViolation>,
}

impl SwapError {
    /// The reason.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The faults of the list of old mailboxes.
    pub fn removal(&self) -> Option<&RemovalError> {
        self.removal.as_deref()
    }

    /// Domains that have both old and new mailboxes: the removal would delete the new ones, too.
    pub fn overlapping(&self) -> &[String] {
        &self.faults.overlapping
    }

    /// Addresses of new mailboxes that the service still lists for mailboxes that have expired.
    pub fn expired(&self) -> &[String] {
        &self.faults.expired
    }

    /// Violations of the plan of new mailboxes. If there is one, the run that returned it sent nothing.
    pub fn violations(&self) -> &[AssignViolation] {
        &self.faults.violations
    }

    /// The outcome for every domain of the new mailboxes; empty if the error came before their creation. The swap keeps it, so
    /// running it again continues.
    pub fn report(&self) -> &AssignReport {
        &self.report
    }

    pub(super) fn of(error: Error) -> Self {
        Self { error, removal: None, faults: Faults::default(), report: AssignReport::default() }
    }

    pub(super) fn with_report(self, report: AssignReport) -> Self {
        Self { report, ..self }
    }

    pub(super) fn of_assignment(error: AssignError) -> Self {
        let faults = Faults { violations: error.violations().to_vec(), ..Faults::default() };
        let report = error.report().clone();
        Self { faults, report, ..Self::of(error.into()) }
    }

    /// The error of a plan with faults.
    pub(super) fn refused(removal: Option<RemovalError>, faults: Faults) -> Self {
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
        Self { removal: removal.map(Box::new), faults, ..Self::of(error) }
    }
}

impl Faults {
    pub fn is_empty(&self) -> bool {
        self.reasons().next().is_none()
    }

    /// A part of the message for each kind of fault, with advice.
    fn reasons(&self) -> impl Iterator<Item = (String, Option<&'static str>)> {
        let violations: Vec<_> = self.violations.iter().map(ToString::to_string).collect();
        let lacks_slots = self.violations.iter().any(|violation| matches!(violation, AssignViolation::Slots { .. }));
        [
            (
                "new mailboxes on domains that are removed: ",
                names::listed(&self.overlapping, ", "),
                Some("create them on other domains: the removal would delete them, too"),
            ),
            (
                "new mailboxes that have expired and are still listed: ",
                names::listed(&self.expired, ", "),
                Some("use other addresses"),
            ),
            (
                "",
                names::listed(&violations, "; "),
                lacks_slots
                    .then_some("old mailboxes keep their slots until the renewal: buy slots, or swap fewer mailboxes"),
            ),
        ]
        .into_iter()
        .filter(|(_, names, _)| !names.is_empty())
        .map(|(text, names, advice)| (format!("{text}{names}"), advice))
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
            .field("overlapping", &self.faults.overlapping)
            .field("expired", &self.faults.expired)
            .field("violations", &self.faults.violations)
            .field("report", &self.report)
            .finish()
    }
}

impl std::error::Error for SwapError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}
