//! Exports: sends the active mailboxes to an app.

use std::collections::BTreeMap;

use zapmail_sdk::Result;
use zapmail_sdk::ids::MailboxId;
use zapmail_sdk::types::{ExportApp, ExportStatus, MailboxExport};

use super::plan::PlannedExport;
use super::progress::{EXPORTS, Exports, StartedExport};
use super::report::MailboxState;
use super::tracker::{ProvisionStep, Tracker};
use super::{Provisioning, is_rejection, last_state};
use crate::journal::Run;
use crate::names;
use crate::rows;

impl Provisioning {
    /// Exports the active mailboxes that have not been exported to this app and account yet.
    ///
    /// An export whose request was interrupted is requested again; the app has each mailbox only once. Each request
    /// counts toward the limit of the service: 3 to 10 exports of a mailbox in 7 days.
    pub(super) async fn export(&self, tracker: &mut Tracker, run: &Run) -> Result<()> {
        let Some(export) = &self.plan.export else { return Ok(()) };
        let target = target(export);
        let mut exports: Exports = run.progress(EXPORTS).await?.unwrap_or_default();
        let active = active(tracker);
        let is_incomplete = |exports: &Exports| {
            let done = exports.done.get(&target);
            active.iter().any(|(_, id)| !done.is_some_and(|done| done.contains(id)))
        };
        if is_incomplete(&exports) {
            tracker.step(ProvisionStep::Export);
            // An export to a different account does not matter to this plan.
            if let Some(started) = exports.started.clone().filter(|started| started.target == target) {
                _ = self.finish(tracker, run, &mut exports, started).await?;
            }
        }
        let has_failed = tracker.report.export.as_ref().is_some_and(|export| export.failure.is_some());
        if is_incomplete(&exports) && !has_failed {
            self.start(tracker, run, &mut exports, export, &active).await?;
        }
        let done = exports.done.remove(&target).unwrap_or_default();
        for (address, id) in active.into_iter().filter(|(_, id)| done.contains(id)) {
            tracker.set_mailbox_state(&address, MailboxState::Exported, Some(id));
        }
        Ok(())
    }

    async fn start(
        &self,
        tracker: &mut Tracker,
        run: &Run,
        exports: &mut Exports,
        export: &PlannedExport,
        active: &BTreeMap<String, MailboxId>,
    ) -> Result<()> {
        let target = target(export);
        let done = exports.done.entry(target.clone()).or_default();
        let mailboxes: Vec<_> = active.values().filter(|id| !done.contains(*id)).cloned().collect();
        let mut body = MailboxExport::new([export.app.clone()]).ids(mailboxes.iter().cloned());
        if export.app != ExportApp::Manual {
            match self.zapmail.export_account(export.app.clone(), export.account.as_deref()).await {
                Ok(account) => body = body.third_party_account_id(account.id),
                // An error without a status comes from the client: no account matches, or several do.
                Err(error) if is_rejection(&error) || (error.status().is_none() && !error.is_retryable()) => {
                    tracker.fail_export(error.to_string());
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        let job = match self.zapmail.export_mailboxes().body(body).send().await {
            Ok(job) => job,
            Err(error) if is_rejection(&error) || error.is_outcome_unknown() => {
                tracker.fail_export(error.to_string());
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let mailboxes = mailboxes.into_iter().collect();
        match job.and_then(|job| job.export_id) {
            Some(id) => {
                let started = StartedExport { id, target, mailboxes };
                exports.started = Some(started.clone());
                run.save(EXPORTS, exports).await?;
                if let Err(error) = self.finish(tracker, run, exports, started).await? {
                    tracker.fail_export(error.to_string());
                }
                Ok(())
            }
            None => {
                // The export was accepted. Without an id, there is nothing to wait for.
                done.extend(mailboxes);
                run.save(EXPORTS, exports).await
            }
        }
    }

    /// Waits for an export that was started, and stores the result. Returns the error of the service if it does not have
    /// the export.
    async fn finish(
        &self,
        tracker: &mut Tracker,
        run: &Run,
        exports: &mut Exports,
        started: StartedExport,
    ) -> Result<Result<()>> {
        if let Some(export) = &mut tracker.report.export {
            export.id = Some(started.id);
        }
        let wait = self.configured(self.zapmail.wait_for_export(started.id), ProvisionStep::Export);
        let status = match last_state(wait.await) {
            Ok(Ok(status)) => status,
            Ok(Err(reason)) => {
                tracker.fail_export(reason);
                return Ok(Ok(()));
            }
            Err(error) if is_rejection(&error) => {
                exports.started = None;
                return run.save(EXPORTS, exports).await.map(|()| Err(error));
            }
            Err(error) => return Err(error),
        };
        if has_status(&status, "completed") {
            exports.done.entry(started.target).or_default().extend(started.mailboxes);
        } else {
            let reason = status.failure_reason.clone().or(status.status.clone()).unwrap_or_default();
            tracker.fail_export(format!("export {} did not complete: {reason}", started.id));
        }
        // The next run continues to wait for an export that is still in progress.
        if has_status(&status, "completed") || has_status(&status, "failed") {
            exports.started = None;
        }
        run.save(EXPORTS, exports).await.map(Ok)
    }
}

/// Returns the app and its account as one string.
fn target(export: &PlannedExport) -> String {
    let account = export.account.as_deref().map(names::address).unwrap_or_default();
    format!("{} {account}", export.app).trim_end().to_owned()
}

/// Returns the active mailboxes of the plan, by address.
fn active(tracker: &Tracker) -> BTreeMap<String, MailboxId> {
    let mailboxes = tracker.report.domains.values().flat_map(|domain| &domain.mailboxes);
    let active = mailboxes.filter(|(_, mailbox)| mailbox.state == MailboxState::Active);
    active.filter_map(|(address, mailbox)| Some((address.clone(), mailbox.id.clone()?))).collect()
}

fn has_status(export: &ExportStatus, expected: &str) -> bool {
    export.status.as_deref().is_some_and(|status| rows::is(status, expected))
}
