//! The public record of exports, for tests to read.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::State;
use super::export::{ExportJob, Exported};
use crate::clock::rfc3339;

/// An export of mailboxes, or a consent job of `start_custom_oauth`. Both have an `exportId`.
///
/// ```
/// # use serde_json::json;
/// # use zapmail_sandbox::Sandbox;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// let url = format!("{}/v2/exports/mailboxes", sandbox.base_url());
/// let request = reqwest::Client::new().post(url).header("x-auth-zapmail", sandbox.api_key());
/// request.json(&json!({"apps": ["SMARTLEAD"], "contains": "acme-001"})).send().await?;
///
/// let exports = sandbox.exports();
/// assert_eq!(exports[0].apps, ["SMARTLEAD"]);
/// assert_eq!(exports[0].mailboxes.len(), 3);
/// assert!(exports[0].mailboxes[0].address.ends_with("@acme-001.example.com"));
/// assert_eq!(exports[0].status, "IN_PROGRESS");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExportEntry {
    /// Id of the export, the `exportId` of the API.
    pub id: i64,
    /// Id of the workspace in which the export was started.
    pub workspace: String,
    /// Target apps; empty for a consent job.
    pub apps: Vec<String>,
    /// Exported mailboxes.
    pub mailboxes: Vec<ExportedMailbox>,
    /// Current status: `IN_PROGRESS`, `COMPLETED` or `FAILED`.
    pub status: String,
    /// Reason for the failure, if the export has failed.
    pub failure_reason: Option<String>,
    /// Start time on the sandbox's clock. The export of a quick setup starts later than the quick setup itself.
    #[serde(with = "rfc3339")]
    pub started_at: SystemTime,
}

/// One mailbox of an [`ExportEntry`].
///
/// ```
/// # use zapmail_sandbox::{ExportedMailbox, Sandbox};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let sandbox = Sandbox::start().await?;
/// let mailboxes: Vec<ExportedMailbox> = sandbox.exports().into_iter().flat_map(|export| export.mailboxes).collect();
/// assert!(mailboxes.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportedMailbox {
    /// Id of the mailbox.
    pub id: String,
    /// Address of the mailbox when the export was requested.
    pub address: String,
}

impl State {
    /// Returns all exports, oldest first.
    pub(crate) fn export_entries(&self) -> Vec<ExportEntry> {
        let now = self.clock.now();
        let mailbox =
            |exported: &Exported| ExportedMailbox { id: exported.id.to_string(), address: exported.address.clone() };
        let entry = |job: &ExportJob| ExportEntry {
            id: job.id,
            workspace: self.workspace(job.workspace).id.to_string(),
            apps: job.apps.clone(),
            mailboxes: job.mailboxes.iter().map(mailbox).collect(),
            status: job.status(now).to_owned(),
            failure_reason: job.failure_reason(now).map(str::to_owned),
            started_at: job.started.to_system_time(),
        };
        self.exports.jobs().map(entry).collect()
    }
}
