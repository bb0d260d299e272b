//! The export of the active mailboxes.

use zapmail_sdk::Result;
use zapmail_sdk::ids::MailboxId;
use zapmail_sdk::types::{ExportApp, ExportStatus, MailboxExport};

use super::plan::PlannedExport;
use super::progress::{Progress, StartedExport};
use super::report::MailboxState;
use super::tracker::{ProvisionStep, Tracker};
use super::{Provisioning, is_refusal, last_state};
use crate::journal::Run;

impl Provisioning {
    /// Exports the active mailboxes that were not exported yet.
    ///
    /// An export whose request was interrupted is requested again: it costs nothing, and the app has each mailbox once.
    pub(super) async fn export(&self, tracker: &mut Tracker, run: &Run, progress: &mut Progress) -> Result<()> {
        let Some(export) = &self.plan.export else { return Ok(()) };
        let is_exported = |progress: &Progress, address: &String| progress.exported.contains(address);
        let active = tracker.addresses(MailboxState::Active);
        if let Some(started) = progress.export.clone() {
            tracker.step(ProvisionStep::Export);
            self.finish(tracker, run, progress, started).await?;
        } else if active.iter().any(|address| !is_exported(progress, address)) {
            tracker.step(ProvisionStep::Export);
        }
        let rest: Vec<_> = active.into_iter().filter(|address| !is_exported(progress, address)).collect();
        if !rest.is_empty() && tracker.report.export.as_ref().is_some_and(|export| export.failure.is_none()) {
            self.start(tracker, run, progress, export, rest).await?;
        }
        for address in tracker.addresses(MailboxState::Active) {
            if is_exported(progress, &address) {
                tracker.mailbox(&address, MailboxState::Exported, None);
            }
        }
        Ok(())
    }

    async fn start(
        &self,
        tracker: &mut Tracker,
        run: &Run,
        progress: &mut Progress,
        export: &PlannedExport,
        addresses: Vec<String>,
    ) -> Result<()> {
        let id = |address: &String| -> Option<MailboxId> {
            let (_, domain) = address.rsplit_once('@')?;
            tracker.report.domains.get(domain)?.mailboxes.get(address)?.id.clone()
        };
        let ids: Vec<_> = addresses.iter().filter_map(id).collect();
        let mut body = MailboxExport::new([export.app.clone()]).ids(ids);
        if export.app != ExportApp::Manual {
            match self.zapmail.export_account(export.app.clone(), export.account.as_deref()).await {
                Ok(account) => body = body.third_party_account_id(account.id),
                Err(error) if is_refusal(&error) || error.status().is_none() && !error.is_retryable() => {
                    tracker.fail_export(error.to_string());
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        let job = match self.zapmail.export_mailboxes().body(body).send().await {
            Ok(job) => job,
            Err(error) if is_refusal(&error) => {
                tracker.fail_export(error.to_string());
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        match job.and_then(|job| job.export_id) {
            Some(id) => {
                let started = StartedExport { id, addresses };
                progress.export = Some(started.clone());
                run.save(progress).await?;
                self.finish(tracker, run, progress, started).await
            }
            None => {
                // Accepted, and without an id, nothing can be waited for.
                progress.exported.extend(addresses);
                run.save(progress).await
            }
        }
    }

    /// Waits for an export that was started.
    async fn finish(
        &self,
        tracker: &mut Tracker,
        run: &Run,
        progress: &mut Progress,
        started: StartedExport,
    ) -> Result<()> {
        if let Some(export) = &mut tracker.report.export {
            export.id = Some(started.id);
        }
        let wait = self.zapmail.wait_for_export(started.id);
        let status = last_state(self.paced(wait, ProvisionStep::Export).await)?;
        if has_status(&status, "completed") {
            progress.exported.extend(started.addresses);
        } else {
            let reason = status.failure_reason.clone().or(status.status.clone()).unwrap_or_default();
            tracker.fail_export(format!("export {} is not completed: {reason}", started.id));
        }
        // One that is still in progress is waited for by the next run.
        if has_status(&status, "completed") || has_status(&status, "failed") {
            progress.export = None;
        }
        run.save(progress).await
    }
}

fn has_status(export: &ExportStatus, word: &str) -> bool {
    export.status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case(word))
}
