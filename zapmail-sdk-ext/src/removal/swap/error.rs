//! The error of a swap, and the problems for which a swap is refused.

use zapmail_sdk::builder::{AssignMailboxes, ScheduleMailboxRemoval};
use zapmail_sdk::{Error, ErrorKind, Request};

use crate::assign::{AssignError, AssignReport, AssignViolation};
use crate::names;
use crate::removal::RemovalError;
use crate::wrapped_error::wraps_error;

/// The error of a swap that cannot be planned, with all of its problems, or that failed.
///
/// The `?` operator converts it into an [`Error`].
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
#[derive(Debug)]
pub struct SwapError {
    error: Error,
    removal: Option<Box<RemovalError>>,
    problems: Problems,
    report: AssignReport,
}

/// Problems with the new mailboxes of a swap.
#[derive(Debug, Default)]
pub(super) struct Problems {
    pub overlapping: Vec<String>,
    pub expired: Vec<String>,
    pub violations: Vec<AssignViolation>,
}

impl SwapError {
    /// Returns the underlying error.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the problems of the list of old mailboxes.
    pub fn removal(&self) -> Option<&RemovalError> {
        self.removal.as_deref()
    }

    /// Returns the domains with both old and new mailboxes: the removal would delete the new ones, too.
    pub fn overlapping(&self) -> &[String] {
        &self.problems.overlapping
    }

    /// Returns the addresses of new mailboxes that the service still lists for expired mailboxes.
    pub fn expired(&self) -> &[String] {
        &self.problems.expired
    }

    /// Returns the violations of the plan of new mailboxes. If there is a violation, the run that returned it sent
    /// nothing.
    pub fn violations(&self) -> &[AssignViolation] {
        &self.problems.violations
    }

    /// Returns the outcome for every domain of the new mailboxes; empty if the error occurred before their creation.
    /// The swap keeps the outcomes, so running it again continues.
    pub fn report(&self) -> &AssignReport {
        &self.report
    }

    pub(super) fn of(error: Error) -> Self {
        Self { error, removal: None, problems: Problems::default(), report: AssignReport::default() }
    }

    pub(super) fn with_report(self, report: AssignReport) -> Self {
        Self { report, ..self }
    }

    pub(super) fn of_assignment(error: AssignError) -> Self {
        let problems = Problems { violations: error.violations().to_vec(), ..Problems::default() };
        let report = error.report().clone();
        Self { problems, report, ..Self::of(error.into()) }
    }

    /// Creates the error of a plan with problems.
    pub(super) fn refused(removal: Option<RemovalError>, problems: Problems) -> Self {
        let reasons = removal.iter().map(|removal| (removal.error().message().to_owned(), removal.hint()));
        let (messages, hints): (Vec<_>, Vec<_>) = reasons.chain(problems.reasons()).unzip();
        let operation = match removal {
            Some(_) => ScheduleMailboxRemoval::OPERATION,
            None => AssignMailboxes::OPERATION,
        };
        let error = Error::new(ErrorKind::Invalid, messages.join("; ")).with_operation(operation);
        let error = match hints.into_iter().flatten().next() {
            Some(hint) => error.with_hint(hint),
            None => error,
        };
        Self { removal: removal.map(Box::new), problems, ..Self::of(error) }
    }
}

impl Problems {
    pub fn is_empty(&self) -> bool {
        self.reasons().next().is_none()
    }

    /// Returns one part of the message per kind of problem, with advice.
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

wraps_error!(SwapError);
