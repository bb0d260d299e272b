//! Exports of mailboxes to sequencers, and the logins stored for them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{State, WorkspaceKey};
use crate::clock::Moment;

/// The id of the first job.
const FIRST_ID: i64 = 10_421;

/// How long a job runs. The service takes minutes; the sandbox does not keep anybody waiting.
const RUNNING: Duration = Duration::from_secs(30);

/// A login at an app. Its password opens nothing here, so it is not kept.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExportAccount {
    pub(crate) id: Uuid,
    pub(crate) workspace: WorkspaceKey,
    pub(crate) app: String,
    pub(crate) email: String,
    /// What is wrong with the login; none while it works.
    pub(crate) error: Option<String>,
}

/// An export, or a consent job: both are followed by the same id.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExportJob {
    pub(crate) id: i64,
    pub(crate) workspace: WorkspaceKey,
    /// None for consent.
    pub(crate) apps: Vec<String>,
    pub(crate) mailboxes: Vec<Exported>,
    pub(crate) started: Moment,
    /// Why it is going to fail, if it is.
    pub(crate) failure: Option<String>,
}

/// A mailbox of a job.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Exported {
    pub(crate) id: Uuid,
    /// Its address when the job was requested: the mailbox can be renamed or removed since.
    pub(crate) address: String,
}

impl ExportJob {
    /// The sheets name no status but the final ones (export.yaml); the other is assumed.
    pub(crate) fn status(&self, now: Moment) -> &'static str {
        match &self.failure {
            _ if now < self.ends() => "IN_PROGRESS",
            Some(_) => "FAILED",
            None => "COMPLETED",
        }
    }

    /// Why it has failed.
    pub(crate) fn failure_reason(&self, now: Moment) -> Option<&str> {
        self.failure.as_deref().filter(|_| now >= self.ends())
    }

    pub(crate) fn ends(&self) -> Moment {
        self.started.after(RUNNING)
    }
}

/// All accounts and jobs.
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

    /// How often a mailbox has arrived at an app since a moment.
    pub(crate) fn arrivals(&self, mailbox: Uuid, app: &str, since: Moment, now: Moment) -> usize {
        let completed = self.jobs.iter().filter(|job| job.started >= since && job.status(now) == "COMPLETED");
        completed
            .filter(|job| {
                job.apps.iter().any(|at| at == app) && job.mailboxes.iter().any(|exported| exported.id == mailbox)
            })
            .count()
    }
}

impl State {
    /// Starts a job, now or later, and tells the webhooks of it; its id.
    pub(crate) fn start_export(
        &mut self,
        workspace: WorkspaceKey,
        apps: Vec<String>,
        mailboxes: Vec<Uuid>,
        started: Moment,
        failure: Option<String>,
    ) -> i64 {
        let id = FIRST_ID + i64::try_from(self.exports.jobs.len()).unwrap_or_default();
        let exported = |id: Uuid| {
            let (domain, mailbox) = self.mailbox_by_id(workspace, &id.to_string()).ok()?;
            Some(Exported { id, address: mailbox.address(domain) })
        };
        let mailboxes = mailboxes.into_iter().filter_map(exported).collect();
        let job = ExportJob { id, workspace, apps, mailboxes, started, failure };
        // Nobody has said that consent is told of.
        if !job.apps.is_empty() {
            let ends = job.ends();
            let last = if job.failure.is_some() { "export.failed" } else { "export.completed" };
            for (moment, event) in [(started, "export.started"), (ends, last)] {
                // In snake case, as code reads it; one app is named, the first here, and the rest is assumed.
                let mut data = export_json(&job, moment);
                data["app_name"] = job.apps.first().cloned().into();
                self.emit_at(moment, event, data);
            }
        }
        self.exports.jobs.push(job);
        id
    }
}

/// A job as its status shows it.
pub(crate) fn export_json(job: &ExportJob, now: Moment) -> Value {
    json!({"export_id": job.id, "status": job.status(now), "failure_reason": job.failure_reason(now)})
}
