//! The stored progress: the state of a run that the account does not show.
//!
//! All other state (which domains and mailboxes exist, and which settings are in effect) is read again in every run,
//! and orders for domains are purchases in the journal.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use zapmail_sdk::Result;
use zapmail_sdk::ids::{ExportId, MailboxId};

use crate::journal::Run;

/// The name of the part with the exports.
pub(super) const EXPORTS: &str = "exports";

/// The name of the part that stores whether DNS records were added that may not be listed yet, as a boolean.
pub(super) const ADDING_RECORDS: &str = "adding records";

/// The mailboxes of a domain that were requested and have not been listed since, by address. The value is `true` if the
/// service accepted the request, and `false` if the outcome of the request is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Requested(pub BTreeMap<String, bool>);

impl Requested {
    pub async fn load(run: &Run, domain: &str) -> Result<Self> {
        Ok(run.progress(&Self::part(domain)).await?.unwrap_or_default())
    }

    /// Stores the requested mailboxes durably.
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
    /// An export that was started, and whose end is not known yet.
    pub started: Option<StartedExport>,
    /// The mailboxes that were exported, by app and account.
    pub done: BTreeMap<String, BTreeSet<MailboxId>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StartedExport {
    pub id: ExportId,
    /// The app and its account.
    pub target: String,
    pub mailboxes: BTreeSet<MailboxId>,
}
