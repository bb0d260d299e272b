//! Zapsites: landing pages on the account's domains.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::WorkspaceKey;
use crate::clock::Moment;

/// How long the text of a site is written, and how long its publication takes.
const WORKING: Duration = Duration::from_secs(60);

/// A landing page.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ZapSite {
    pub(crate) id: String,
    pub(crate) workspace: WorkspaceKey,
    /// What was said of it, under the names of the requests.
    pub(crate) parts: Map<String, Value>,
    pub(crate) created_at: Moment,
    /// When its text was last asked for.
    pub(crate) written_from: Moment,
    pub(crate) deployment: Option<Deployment>,
}

/// Where a site is published.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub(crate) domains: Vec<Uuid>,
    pub(crate) since: Moment,
}

impl ZapSite {
    /// Assumed: which part of the answer tells the state, and in which words, is not documented.
    pub(crate) fn status(&self, now: Moment) -> &'static str {
        match &self.deployment {
            _ if now.since(self.written_from) < WORKING => "GENERATING",
            None => "READY",
            Some(deployment) if now.since(deployment.since) < WORKING => "DEPLOYING",
            Some(_) => "LIVE",
        }
    }
}
