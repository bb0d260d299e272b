//! Exports of mailboxes to apps, and the stored logins of these apps.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{State, WorkspaceKey};
use crate::clock::Timestamp;

/// Id of the first job.
const FIRST_ID: i64 = 10_421;

/// Duration of a job. The live service takes minutes; the sandbox is faster, to keep tests short.
const DURATION: Duration = Duration::from_secs(30);

/// The stored login of an app. The password is not stored, because the sandbox never logs in.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExportAccount {
    pub(crate) id: Uuid,
    pub(crate) workspace: WorkspaceKey,
    pub(crate) app: String,
    pub(crate) email: String,
    /// Error of the login; `None` while it works.
    pub(crate) error: Option<String>,
}

/// An export or a consent job; both kinds share one sequence of ids.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExportJob {
    pub(crate) id: i64,
    pub(crate) workspace: WorkspaceKey,
    /// Target apps; empty for a consent job.
    pub(crate) apps: Vec<String>,
    pub(crate) mailboxes: Vec<Exported>,
    pub(crate) started: Timestamp,
    /// Reason for the coming failure; `None` if the job will succeed.
    pub(crate) failure: Option<String>,
}

/// A mailbox of a job.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Exported {
    pub(crate) id: Uuid,
    /// Address when the job was requested. The mailbox may have been renamed or removed since.
    pub(crate) address: String,
}

impl ExportJob {
    /// Returns the status. Only the final ones are documented (export.yaml); `IN_PROGRESS` is assumed.
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        match &self.failure {
            _ if now < self.ends() => "IN_PROGRESS",
            Some(_) => "FAILED",
            None => "COMPLETED",
        }
    }

    /// Returns the reason for the failure once the job has failed.
    pub(crate) fn failure_reason(&self, now: Timestamp) -> Option<&str> {
        self.failure.as_deref().filter(|_| now >= self.ends())
    }

    pub(crate) fn ends(&self) -> Timestamp {
        self.started.plus(DURATION)
    }
}

/// All stored logins and jobs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Exports {
    pub(crate) accounts: Vec<ExportAccount>,
    jobs: Vec<ExportJob>,
}

impl Exports {
    pub(crate) fn accounts_of(&self, workspace: WorkspaceKey, app: &str) -> impl Iterator<Item = &ExportAccount> {
        self.accounts.iter().filter(move |account| account.workspace == workspace && account.app == app)
    }

    pub(crate) fn job(&self, workspace: WorkspaceKey, id: i64) -> Option<&ExportJob> {
        let position = usize::try_from(id.checked_sub(FIRST_ID)?).ok()?;
        self.jobs.get(position).filter(|job| job.workspace == workspace)
    }

    pub(super) fn jobs(&self) -> impl Iterator<Item = &ExportJob> {
        self.jobs.iter()
    }

    /// Returns the number of jobs that were started since `since` and have exported a mailbox to an app.
    pub(crate) fn completed_exports(&self, mailbox: Uuid, app: &str, since: Timestamp, now: Timestamp) -> usize {
        let completed = self.jobs.iter().filter(|job| job.started >= since && job.status(now) == "COMPLETED");
        completed
            .filter(|job| {
                job.apps.iter().any(|target| target == app)
                    && job.mailboxes.iter().any(|exported| exported.id == mailbox)
            })
            .count()
    }
}

impl State {
    /// Adds a job that starts at `started`, schedules its webhook events and returns its id.
    pub(crate) fn start_export(
        &mut self,
        workspace: WorkspaceKey,
        apps: Vec<String>,
        mailboxes: Vec<Uuid>,
        started: Timestamp,
        failure: Option<String>,
    ) -> i64 {
        let id = FIRST_ID + i64::try_from(self.exports.jobs.len()).unwrap_or_default();
        let exported = |id: Uuid| {
            let (domain, mailbox) = self.mailbox_by_id(workspace, &id.to_string()).ok()?;
            Some(Exported { id, address: mailbox.address(domain) })
        };
        let mailboxes = mailboxes.into_iter().filter_map(exported).collect();
        let job = ExportJob { id, workspace, apps, mailboxes, started, failure };
        // Whether consent jobs cause events is not documented; here they do not.
        if !job.apps.is_empty() {
            let ends = job.ends();
            let last = if job.failure.is_some() { "export.failed" } else { "export.completed" };
            for (time, event) in [(started, "export.started"), (ends, last)] {
                // The snake-case keys are those that existing integrations read. An event names one app, here the
                // first; the other fields are assumed.
                let mut data = export_json(&job, time);
                data["app_name"] = job.apps.first().cloned().into();
                self.emit_at(time, event, data);
            }
        }
        self.exports.jobs.push(job);
        id
    }
}

/// Returns the job as `get_export_status` shows it.
pub(crate) fn export_json(job: &ExportJob, now: Timestamp) -> Value {
    json!({"export_id": job.id, "status": job.status(now), "failure_reason": job.failure_reason(now)})
}
