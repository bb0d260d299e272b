//! Zapsites: landing pages on the account's domains.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::WorkspaceKey;
use crate::clock::Timestamp;

/// The time to generate the text of a site, and the time to deploy it.
const DURATION: Duration = Duration::from_secs(60);

/// A landing page.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ZapSite {
    pub(crate) id: String,
    pub(crate) workspace: WorkspaceKey,
    /// Fields of the requests, as they were sent.
    pub(crate) parts: Map<String, Value>,
    pub(crate) created_at: Timestamp,
    /// Time at which the last generation of the text was started.
    pub(crate) written_from: Timestamp,
    pub(crate) deployment: Option<Deployment>,
}

/// The deployment of a site on one or more domains.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub(crate) domains: Vec<Uuid>,
    pub(crate) since: Timestamp,
}

impl ZapSite {
    /// Returns the status. The field and its values are assumed, because neither is documented.
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        match &self.deployment {
            _ if now.since(self.written_from) < DURATION => "GENERATING",
            None => "READY",
            Some(deployment) if now.since(deployment.since) < DURATION => "DEPLOYING",
            Some(_) => "LIVE",
        }
    }
}
