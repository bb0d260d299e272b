//! The error of a run that did not complete its plan.

use zapmail_sdk::Error;

use super::report::AssignReport;
use super::rules::AssignViolation;
use crate::wrapped_error::wraps_error;

/// The error of an [`AssignRun`](crate::AssignRun) that did not complete its plan.
///
/// The `?` operator converts it into an [`Error`]. [The guide](crate::guide::waiting) has an example.
#[derive(Debug)]
pub struct AssignError {
    pub(super) error: Error,
    pub(super) violations: Vec<AssignViolation>,
    pub(super) report: AssignReport,
}

impl AssignError {
    /// Returns the reason why the run did not complete the plan.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns all violations of the plan. If there are any, nothing was sent.
    pub fn violations(&self) -> &[AssignViolation] {
        &self.violations
    }

    /// Returns the state of every domain.
    pub fn report(&self) -> &AssignReport {
        &self.report
    }
}

wraps_error!(AssignError);
