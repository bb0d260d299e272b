//! Provisioning: turns a plan of domains and mailboxes into active mailboxes.
//!
//! Every run first reads the state of the account, and then completes what is missing. So the same plan can be run
//! again at any time: after a failure, after a crash, or with more domains and mailboxes. State that the account does
//! not show is stored in the journal before a request is sent.

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
use std::time::Duration;

use rust_decimal::Decimal;
use zapmail_sdk::builder::PurchaseDomains;
use zapmail_sdk::types::Mailbox;
use zapmail_sdk::{Error, ErrorKind, Request, Result};

pub use self::plan::{DomainSource, ProvisionPlan};
pub use self::preview::ProvisionPreview;
pub use self::report::{DomainReport, DomainState, ExportReport, MailboxReport, MailboxState, ProvisionReport};
use self::tracker::Tracker;
pub use self::tracker::{ProvisionEvent, ProvisionStep};
use crate::assign::rules::MAILBOXES_PER_DOMAIN;
use crate::journal::{Journal, Run};
use crate::rows;
use crate::wrapped_error::wraps_error;
use crate::{Wait, WaitError, Zapmail};

/// The time after which the account reliably shows whether a request with an unknown outcome was processed.
const SETTLE_TIME: Duration = Duration::from_secs(10 * 60);

/// A provisioning run that has not started: configure it, then call [`run`](Self::run) or [`dry_run`](Self::dry_run).
///
/// [`Zapmail::provision`] returns one, and [the guide](crate::guide::provisioning) has an example.
#[must_use = "nothing is sent until `run` is called"]
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

/// The error of a provisioning run that had to stop. The `?` operator converts it into an [`Error`].
///
/// Failures of single domains and mailboxes are in the [report](ProvisionReport::failures) instead.
#[derive(Debug)]
pub struct ProvisionError {
    error: Error,
    report: ProvisionReport,
}

impl ProvisionError {
    /// Returns the reason why the run stopped.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the report so far, with the state of every domain and mailbox.
    pub fn report(&self) -> &ProvisionReport {
        &self.report
    }

    /// Returns the reason why the run stopped, and the report so far.
    pub fn into_parts(self) -> (Error, ProvisionReport) {
        (self.error, self.report)
    }
}

impl Zapmail {
    /// Provisions the domains and mailboxes of a plan: buys or connects the domains, waits until they are active,
    /// applies their settings, creates the mailboxes, waits until they are active, and exports them.
    ///
    /// The client needs a [`journal`](Self::journal) and a name for the run, set with [`once`](Self::once). After a
    /// failure or a crash, even in the middle of a request, run the same plan again under the same name and with the
    /// same journal: the run first reads the state of the account, and then completes what is missing. A request with
    /// an unknown outcome is retried only if there is no trace of it after the
    /// [`settle_time`](Provisioning::settle_time). Only a plan that buys domains needs
    /// [`allow_spending`](Self::allow_spending).
    ///
    /// An active mailbox does not mean that its domain is visible in public DNS.
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
            per_domain: MAILBOXES_PER_DOMAIN,
            settle_time: SETTLE_TIME,
            intervals: None,
            timeouts: BTreeMap::new(),
            on_progress: None,
        }
    }
}

impl Provisioning {
    /// Sets the maximum total price, in USD, of the domains that this call of `run` buys. Required for a plan that buys
    /// domains.
    pub fn at_most(self, amount: impl Into<Decimal>) -> Self {
        Self { at_most: Some(amount.into()), ..self }
    }

    /// Sets the maximum number of mailboxes per domain. Defaults to 5; Zapmail raises it for some accounts.
    pub fn mailboxes_per_domain(self, mailboxes: usize) -> Self {
        Self { per_domain: mailboxes, ..self }
    }

    /// Sets how long the run waits after a request with an unknown outcome, from this run or an earlier one, before it
    /// checks whether the request was processed, and retries it if not. Defaults to 10 minutes, because the service
    /// works in the background. With a much shorter time, domains can be bought twice and mailboxes created twice; use
    /// one only in tests.
    pub fn settle_time(self, time: Duration) -> Self {
        Self { settle_time: time, ..self }
    }

    /// Sets the polling intervals of all waits; see [`Wait::growing_interval`]. By default, each wait uses its own
    /// intervals.
    pub fn intervals(self, first: Duration, longest: Duration) -> Self {
        Self { intervals: Some((first, longest)), ..self }
    }

    /// Sets the timeout of the wait in a step. Domains and mailboxes that are not done by then are failures, and the
    /// run continues with the others.
    ///
    /// The defaults are:
    ///
    /// - [`WaitForDomains`](ProvisionStep::WaitForDomains): 48 hours for connecting domains, and 1 hour for registering
    ///   them. A domain to connect that is not registered fails after about an hour.
    /// - [`Settings`](ProvisionStep::Settings): 30 minutes.
    /// - [`WaitForMailboxes`](ProvisionStep::WaitForMailboxes): 24 hours.
    /// - [`Export`](ProvisionStep::Export): 10 minutes.
    pub fn timeout(mut self, step: ProvisionStep, timeout: Duration) -> Self {
        self.timeouts.insert(step, timeout);
        self
    }

    /// Calls `callback` with each event.
    pub fn on_progress(self, callback: impl FnMut(&ProvisionEvent) + Send + 'static) -> Self {
        Self { on_progress: Some(Box::new(callback)), ..self }
    }

    /// Returns what a run would do and what it would cost. Changes nothing.
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
    /// Any error of a call. Problems of the plan are in [`problems`](ProvisionPreview::problems) instead.
    pub async fn dry_run(self) -> Result<ProvisionPreview> {
        preview::preview(&self).await
    }

    /// Completes what is missing, and returns the state of every domain and mailbox; see
    /// [`ProvisionReport::is_complete`]. A failure of one domain or mailbox does not stop the others. However, each
    /// step begins only when the previous step has ended for all of them: a domain that takes two days to connect
    /// delays all others by two days, unless the [`timeout`](Self::timeout) is shorter.
    ///
    /// Dropping the future can leave the request in flight with an unknown outcome; the next run looks for its effect.
    /// With a journal in Redis, the next run can start 15 minutes after the drop.
    ///
    /// # Errors
    ///
    /// [`ProvisionError`], with the report so far:
    ///
    /// - [`ErrorKind::Invalid`] if the plan has problems, or domains would be bought although there are too few mailbox
    ///   slots; nothing was bought.
    /// - [`ErrorKind::SpendingNotAllowed`] if the plan buys domains and the client is not allowed to spend, or the
    ///   price of the domains exceeds [`at_most`](Self::at_most) or the balance of the wallet.
    /// - [`ErrorKind::Config`] if the client has no journal, or the run has no name.
    /// - [`ErrorKind::Journal`] if the journal cannot be used.
    /// - [`ErrorKind::Conflict`] if the run is in progress, in this process or a different one, or the journal contains
    ///   an order of a different service, such as a sandbox, for a domain that the plan buys.
    /// - Any error of a call that affects all domains and mailboxes: the key is rejected, or the service cannot be
    ///   reached.
    pub async fn run(mut self) -> Result<ProvisionReport, ProvisionError> {
        let report = ProvisionReport::of(&self.plan);
        let mut tracker = Tracker { report, callback: self.on_progress.take() };
        match self.run_with(&mut tracker).await {
            Ok(()) => Ok(tracker.report),
            Err(error) => Err(ProvisionError { error, report: tracker.report }),
        }
    }

    async fn run_with(&self, tracker: &mut Tracker) -> Result<()> {
        self.check_plan()?;
        let (journal, name) = self.journal()?;
        let run =
            Run::begin(&journal, "provision", &name, self.zapmail.base_url(), self.zapmail.workspace_id()).await?;
        let outcome = run.execute(self.steps(tracker, &run, &journal)).await.and_then(|outcome| outcome);
        if let Err(error) = run.end().await {
            tracing::warn!(name, %error, "the run has ended, but blocks other processes for up to 15 minutes");
        }
        outcome
    }

    async fn steps(&self, tracker: &mut Tracker, run: &Run, journal: &Journal) -> Result<()> {
        self.look_up_domains(tracker, journal).await?;
        self.check_slots(tracker).await?;
        self.buy(tracker).await?;
        self.connect(tracker).await?;
        self.wait_for_domains(tracker).await?;
        self.set_settings(tracker, run).await?;
        self.assign(tracker, run).await?;
        self.wait_for_mailboxes(tracker, run).await?;
        self.export(tracker, run).await
    }

    /// Checks that there are enough mailbox slots before domains are bought.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if there are too few slots for the mailboxes.
    async fn check_slots(&self, tracker: &Tracker) -> Result<()> {
        let buys =
            tracker.names(DomainState::Planned).iter().any(|name| self.plan.source_of(name) == Some(DomainSource::Buy));
        if !buys {
            return Ok(());
        }
        self.zapmail.check_spending(PurchaseDomains::OPERATION)?;
        let existing = self.zapmail.mailboxes_by_address(self.plan.addresses()).await?;
        let is_missing = |mailbox: &&Option<Mailbox>| mailbox.as_ref().is_none_or(rows::has_expired);
        let missing = existing.values().filter(is_missing).count() as u64;
        let page = self.zapmail.list_mailboxes().limit(1u32).send().await?;
        match rows::free_slots(&page).filter(|free| *free < missing) {
            None => Ok(()),
            Some(free) => {
                let message = format!("the plan needs {missing} mailbox slots, but only {free} are free");
                Err(Error::new(ErrorKind::Invalid, message)
                    .with_hint("buy slots with `purchase_addon_mailboxes` first; no domain was bought"))
            }
        }
    }

    /// Checks the plan itself, so that no domain is bought for a mailbox that cannot be created.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if the plan has problems, and [`ErrorKind::Config`] if a polling interval is zero.
    fn check_plan(&self) -> Result<()> {
        let problems = self.plan.problems(self.per_domain);
        let is_zero = |(first, longest): &(Duration, Duration)| first.is_zero() || longest.is_zero();
        if self.intervals.as_ref().is_some_and(is_zero) {
            return Err(Error::config("`intervals` contains zero; polling intervals must be greater than zero"));
        }
        let message = match &problems[..] {
            [] => return Ok(()),
            [problem] => format!("the plan has a problem: {problem}"),
            [first, others @ ..] => format!("the plan has {} problems; first: {first}", others.len() + 1),
        };
        Err(Error::new(ErrorKind::Invalid, message).with_hint("call `dry_run` to see all problems; nothing was sent"))
    }

    /// Returns the journal and the name of the run.
    fn journal(&self) -> Result<(Journal, String)> {
        let once = self.zapmail.once_settings();
        let Some((journal, name)) = once.and_then(|once| Some((&once.journal, once.key.as_deref()?))) else {
            let message = "`provision` needs a journal and a name for the run; nothing was sent";
            return Err(Error::config(message)
                .with_hint("call `zapmail.journal(Journal::file(\"acme.journal\")?).once(\"acme\")` first"));
        };
        Ok((journal.clone(), name.to_owned()))
    }

    /// Applies the intervals and the timeout of this run to a wait.
    fn configured<S>(&self, wait: Wait<S>, step: ProvisionStep) -> Wait<S> {
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

/// Returns the last state of a wait that succeeded, failed or timed out, or the reason why there is no state.
///
/// # Errors
///
/// Any other error of the wait.
fn last_state<S>(outcome: Result<S, WaitError<S>>) -> Result<std::result::Result<S, String>> {
    match outcome {
        Ok(state) => Ok(Ok(state)),
        Err(error) if matches!(error.error().kind(), ErrorKind::JobFailed | ErrorKind::Timeout) => {
            let reason = error.error().to_string();
            Ok(error.into_last_state().ok_or(reason))
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns whether the service rejected a request because of its contents, so that it may accept a different request.
fn is_rejection(error: &Error) -> bool {
    use ErrorKind::{Conflict, Invalid, NotFound};
    matches!(error.kind(), Invalid | NotFound | Conflict) && !error.is_outcome_unknown()
}

wraps_error!(ProvisionError);
