//! The entries of a journal.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use reqwest::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use zapmail_sdk::{Operation, clock};

use super::view::View;

/// A purchase as stored in a journal. Contains no credentials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// The key that the program chose for the purchase.
    pub key: String,
    /// The id of the operation that makes the purchase.
    pub operation: String,
    /// The base URL of the service to which the purchase is sent, such as a sandbox, without a trailing slash. It
    /// contains no credentials. Different base URLs count as different services.
    pub service: String,
    /// The id of the workspace; `None` for the primary workspace of the API key's owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The SHA-256 hash of the request (its method, URL, workspace and body), in hexadecimal.
    pub request: String,
    /// The time at which the purchase was started.
    pub started_at: DateTime<Utc>,
    /// The id of the claim on the key. It is different after the key has been freed and claimed again.
    pub claim: Uuid,
    /// The state of the purchase.
    pub state: EntryState,
    /// The state of the account before the purchase, as read by the operation that verifies the outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<View>,
    /// The response of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<RecordedResponse>,
}

/// The state of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EntryState {
    /// The key is claimed, and nothing has been sent.
    Claimed,
    /// The purchase was sent, or was about to be sent.
    Sent,
    /// The outcome of the purchase is unknown.
    Unknown,
    /// The purchase was made, and its response is stored.
    Made,
    /// The purchase was settled as made, and its response is unknown.
    Settled,
}

impl EntryState {
    /// Returns whether it is unknown if the purchase was made.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Sent | Self::Unknown)
    }
}

/// A response of the service, without credentials.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl fmt::Debug for RecordedResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RecordedResponse")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl JournalEntry {
    /// Returns the start time for a message, without fractions of a second.
    pub(crate) fn start_time(&self) -> impl fmt::Display {
        self.started_at.format("%Y-%m-%d %H:%M:%S UTC")
    }

    pub(crate) fn new(
        key: &str,
        operation: &Operation,
        service: &str,
        workspace: Option<&str>,
        request: &Request,
    ) -> Self {
        Self {
            key: key.to_owned(),
            operation: operation.id.to_owned(),
            service: service.to_owned(),
            workspace: workspace.map(str::to_owned),
            request: digest(workspace, request),
            started_at: clock::system_time().into(),
            claim: Uuid::new_v4(),
            state: EntryState::Claimed,
            before: None,
            response: None,
        }
    }

    /// Creates the entry that claims the name of a run while a process executes it. `kind` takes the place of the
    /// operation. The key contains the workspace and the service, because the progress of the run is stored under it,
    /// and is different in each of them.
    pub(super) fn of_run(kind: &str, name: &str, service: &str, workspace: Option<&str>) -> Self {
        Self {
            key: format!("{kind}: {name} in {} of {service}", workspace.unwrap_or("the primary workspace")),
            operation: kind.to_owned(),
            service: service.to_owned(),
            workspace: workspace.map(str::to_owned),
            request: String::new(),
            started_at: clock::system_time().into(),
            claim: Uuid::new_v4(),
            state: EntryState::Claimed,
            before: None,
            response: None,
        }
    }
}

/// Returns the SHA-256 hash of a request. It does not depend on the order of the properties in the body.
fn digest(workspace: Option<&str>, request: &Request) -> String {
    let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
    let body = match serde_json::from_slice::<Value>(body) {
        Ok(value) => sorted(&value).to_string(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let url = request.url();
    let parts =
        [request.method().as_str(), url.path(), url.query().unwrap_or_default(), workspace.unwrap_or_default(), &body];
    let mut digest = hmac_sha256::Hash::new();
    for part in parts {
        // The length prefix separates the parts unambiguously.
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    hex::encode(digest.finalize())
}

/// Returns a value with sorted properties, whether or not serde_json preserves their order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(properties) => {
            let properties: BTreeMap<_, _> =
                properties.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            Value::Object(properties.into_iter().collect())
        }
        Value::Array(elements) => elements.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
