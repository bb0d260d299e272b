//! The stored progress: what a look at the account does not show.
//!
//! Everything else (which domains and mailboxes there are, which settings are in effect) is read anew in every run, and orders
//! of domains are purchases in the journal.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use zapmail_sdk::Result;
use zapmail_sdk::ids::{ExportId, MailboxId};

use crate::journal::Run;

/// The part with the exports.
pub(super) const EXPORTS: &str = "exports";

/// The part that says whether DNS records are being added: a bool.
pub(super) const ADDING_RECORDS: &str = "adding records";

/// The mailboxes of a domain whose creation was requested and that were not listed since, by their addresses: whether the
/// service accepted the request. If not, its outcome is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Requested(pub BTreeMap<String, bool>);

impl Requested {
    pub async fn load(run: &Run, domain: &str) -> Result<Self> {
        Ok(run.progress(&Self::part(domain)).await?.unwrap_or_default())
    }

    /// Stores it. It is durable when this returns.
    pub async fn save(&self, run: &Run, domain: &str) -> Result<()> {
        run.save(&Self::part(domain), self).await
    }

    fn part(domain: &str) -> String {
        format!("requested of {domain}")
    }
}

/// The exports of a run.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Exports {
    /// One that was started and is not known to have ended.
    pub started: Option<StartedExport>,
    /// The mailboxes that were exported, by the app and its account.
    pub done: BTreeMap<String, BTreeSet<MailboxId>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StartedExport {
    pub id: ExportId,
    /// The app and its account.
    pub target: String,
    pub mailboxes: BTreeSet<MailboxId>,
}
