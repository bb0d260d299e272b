//! Provisioning: from a plan of domains and mailboxes to mailboxes that work.
//!
//! Every run looks at the account first and does what is missing, so that the same plan can be run again at any time: after a
//! failure, after a crash, or with more in it. What a look cannot show is stored in the journal before it is sent.

mod assignments;
mod csv;
mod domains;
mod export;
mod plan;
mod preview;
mod progress;
mod report;
mod settings;
#[cfg(test)]
mod tests;
mod tracker;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rust_decimal::Decimal;
use zapmail_sdk::{Error, ErrorKind, Result};

pub use self::plan::{DomainSource, ProvisionPlan};
pub use self::preview::ProvisionPreview;
use self::progress::Progress;
pub use self::report::{DomainReport, DomainState, ExportReport, MailboxReport, MailboxState, ProvisionReport};
use self::tracker::Tracker;
pub use self::tracker::{ProvisionEvent, ProvisionStep};
use crate::assign::rules::PER_DOMAIN;
use crate::journal::{Journal, Run};
use crate::{Wait, WaitError, Zapmail};

/// How long after a request with an unknown outcome it is certain that a look shows whether it was carried out.
const SETTLE_TIME: Duration = Duration::from_secs(10 * 60);

/// A provisioning that has not started: set it up, then call [`run`](Self::run) or [`dry_run`](Self::dry_run).
///
/// [`Zapmail::provision`] returns one, and [the guide](crate::guide::provisioning) has an example.
#[must_use = "nothing is sent before `run`"]
pub struct Provisioning {
    zapmail: Zapmail,
    plan: ProvisionPlan,
    at_most: Option<Decimal>,
    per_domain: usize,
    settle_time: Duration,
    intervals: Option<(Duration, Duration)>,
    timeouts: BTreeMap<ProvisionStep, Duration>,
    on_progress: Option<tracker::EventCallback>,
}

/// The error of a run that could not go on. It turns into an [`Error`] with `?`.
///
/// What fails for one domain or mailbox is in the [report](ProvisionReport::failures) instead.
pub struct ProvisionError {
    error: Error,
    report: ProvisionReport,
}

impl ProvisionError {
    /// The reason.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// What the run has come to.
    pub fn report(&self) -> &ProvisionReport {
        &self.report
    }
}

impl Zapmail {
    /// Brings about the domains and mailboxes of a plan: buys or connects the domains, waits until they are active, sets their
    /// settings, creates the mailboxes, waits until they are active, and exports them.
    ///
    /// The client needs a [`journal`](Self::journal) and a name for the run, set with [`once`](Self::once). Run the same plan
    /// under the same name again after a failure or a crash, even in the middle of a request: it looks at the account first,
    /// does what is missing, and never buys a domain or creates a mailbox twice. Only a plan that buys needs
    /// [`allow_spending`](Self::allow_spending).
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::{Journal, ProvisionPlan, Zapmail};
    ///
    /// # async fn example(zapmail: Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let plan = ProvisionPlan::new().buy("tryacme.com").mailbox("dana.reed@tryacme.com", "Dana", "Reed");
    /// let journal = Journal::file("acme.journal")?;
    /// let report = zapmail.allow_spending().journal(journal).once("acme").provision(plan).at_most(15).run().await?;
    /// println!("{report}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn provision(&self, plan: ProvisionPlan) -> Provisioning {
        Provisioning {
            zapmail: self.clone(),
            plan,
            at_most: None,
            per_domain: PER_DOMAIN,
            settle_time: SETTLE_TIME,
            intervals: None,
            timeouts: BTreeMap::new(),
            on_progress: None,
        }
    }
}

impl Provisioning {
    /// Sets what the domains that this run buys may cost together, in USD. A plan that buys needs it.
    pub fn at_most(self, amount: impl Into<Decimal>) -> Self {
        Self { at_most: Some(amount.into()), ..self }
    }

    /// Sets the maximum number of mailboxes per domain. Defaults to 5; Zapmail raises it for some accounts.
    pub fn mailboxes_per_domain(self, mailboxes: usize) -> Self {
        Self { per_domain: mailboxes, ..self }
    }

    /// Sets how long after a request with an unknown outcome the account is looked at before anything is sent again. Defaults
    /// to 10 minutes, since the service works in the background.
    pub fn settle_time(self, time: Duration) -> Self {
        Self { settle_time: time, ..self }
    }

    /// Sets the polling intervals of all waits; see [`Wait::growing_interval`]. Defaults to those of each wait.
    pub fn intervals(self, first: Duration, longest: Duration) -> Self {
        Self { intervals: Some((first, longest)), ..self }
    }

    /// Sets the timeout of the wait in a step. Defaults to that of each wait. What has not happened then is a failure, and
    /// the rest goes on.
    pub fn timeout(mut self, step: ProvisionStep, timeout: Duration) -> Self {
        self.timeouts.insert(step, timeout);
        self
    }

    /// Calls `callback` with each event.
    pub fn on_progress(self, callback: impl FnMut(&ProvisionEvent) + Send + 'static) -> Self {
        Self { on_progress: Some(Box::new(callback)), ..self }
    }

    /// Returns what a run would do, and what it would cost. Only reads.
    ///
    /// ```no_run
    /// # use zapmail_sdk_ext::{ProvisionPlan, Zapmail};
    /// # async fn example(zapmail: Zapmail, plan: ProvisionPlan) -> zapmail_sdk_ext::Result<()> {
    /// println!("{}", zapmail.provision(plan).dry_run().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Any of a call. What is wrong with the plan is in the [`problems`](ProvisionPreview::problems).
    pub async fn dry_run(self) -> Result<ProvisionPreview> {
        preview::preview(&self.zapmail, &self.plan, self.per_domain).await
    }

    /// Does what is missing, and returns what has become of every domain and mailbox: see
    /// [`ProvisionReport::is_complete`]. Failures of single ones do not keep the others from going on.
    ///
    /// Dropping the future can leave the request in flight with an unknown outcome; the next run looks for its effect.
    ///
    /// # Errors
    ///
    /// [`ProvisionError`], with the report so far:
    ///
    /// - [`ErrorKind::Invalid`] if something is wrong with the plan; nothing was sent.
    /// - [`ErrorKind::SpendingNotAllowed`] if the plan buys and the client may not spend, or the domains cost more than
    ///   [`at_most`](Self::at_most) or the wallet has.
    /// - [`ErrorKind::Config`] without a journal or the name of the run, [`ErrorKind::Journal`] if the journal cannot be used,
    ///   [`ErrorKind::Conflict`] if another process does this run now.
    /// - Any of a call that concerns all: the key is refused, or the service cannot be reached.
    pub async fn run(mut self) -> Result<ProvisionReport, ProvisionError> {
        let report = ProvisionReport::of(&self.plan);
        let mut tracker = Tracker { report, callback: self.on_progress.take() };
        let outcome = self.run_with(&mut tracker).await;
        match outcome {
            Ok(()) => Ok(tracker.report),
            Err(error) => Err(ProvisionError { error, report: tracker.report }),
        }
    }

    async fn run_with(&self, tracker: &mut Tracker) -> Result<()> {
        self.check_plan()?;
        let (journal, name) = self.journal()?;
        let run = Run::begin(&journal, "provision", &name).await?;
        run.doing(self.steps(tracker, &run)).await??;
        run.end().await
    }

    async fn steps(&self, tracker: &mut Tracker, run: &Run) -> Result<()> {
        let mut progress = run.progress().await?.unwrap_or_else(Progress::default);
        self.look(tracker).await?;
        self.buy(tracker).await?;
        self.connect(tracker).await?;
        self.wait_for_domains(tracker).await?;
        self.set_settings(tracker).await?;
        self.assign(tracker, run, &mut progress).await?;
        self.wait_for_mailboxes(tracker).await?;
        self.export(tracker, run, &mut progress).await
    }

    /// # Errors
    ///
    /// Everything that is wrong with the plan itself: nothing is bought for a mailbox that cannot be created.
    fn check_plan(&self) -> Result<()> {
        let problems = self.plan.problems(self.per_domain);
        let message = match &problems[..] {
            [] => return Ok(()),
            [problem] => format!("the plan has a problem: {problem}"),
            [first, others @ ..] => format!("the plan has {} problems; first: {first}", others.len() + 1),
        };
        Err(Error::new(ErrorKind::Invalid, message).with_hint("`dry_run` shows all problems; nothing was sent"))
    }

    /// The journal, and the name of the run.
    fn journal(&self) -> Result<(Journal, String)> {
        let once = self.zapmail.once_settings();
        let Some((journal, name)) = once.and_then(|once| Some((&once.journal, once.key.as_deref()?))) else {
            let message = "`provision` needs a journal and the name of the run; nothing was sent";
            return Err(Error::config(message)
                .with_hint("call `zapmail.journal(Journal::file(\"acme.journal\")?).once(\"acme\")` first"));
        };
        Ok((journal.clone(), name.to_owned()))
    }

    /// A wait with the intervals and the timeout of this run.
    fn paced<S>(&self, wait: Wait<S>, step: ProvisionStep) -> Wait<S> {
        let wait = match self.intervals {
            Some((first, longest)) => wait.growing_interval(first, longest),
            None => wait,
        };
        match self.timeouts.get(&step) {
            Some(timeout) => wait.timeout(*timeout),
            None => wait,
        }
    }
}

/// The last state of a wait: what has failed, or has not happened in time, is in it.
///
/// # Errors
///
/// If the wait ended for another reason.
fn last_state<S>(outcome: Result<S, WaitError<S>>) -> Result<S> {
    match outcome {
        Ok(state) => Ok(state),
        Err(error) if matches!(error.error().kind(), ErrorKind::JobFailed | ErrorKind::Timeout) => {
            let reason = error.error().clone();
            error.into_last_state().ok_or(reason)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the service refused a request for what is in it, so that another one may be accepted.
fn is_refusal(error: &Error) -> bool {
    use ErrorKind::{Conflict, Invalid, NotFound};
    matches!(error.kind(), Invalid | NotFound | Conflict) && !error.is_outcome_unknown()
}

impl From<ProvisionError> for Error {
    fn from(error: ProvisionError) -> Self {
        error.error
    }
}

impl fmt::Display for ProvisionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl fmt::Debug for ProvisionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ProvisionError").field("error", &self.error).field("report", &self.report).finish()
    }
}

impl std::error::Error for ProvisionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}
