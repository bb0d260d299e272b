//! What a journal knows of a purchase.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use reqwest::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zapmail_sdk::{Operation, clock};

use super::view::View;

/// A purchase, as a journal stores it. Contains no credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// The key that the program has given it.
    pub key: String,
    /// The id of the operation.
    pub operation: String,
    /// The workspace; `None` for the key owner's primary one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The SHA-256 of the request: its method, URL, workspace and body, in hexadecimal.
    pub request: String,
    /// When it was begun.
    pub started_at: DateTime<Utc>,
    /// The claim of its key. A key that was freed and taken again has another one.
    pub claim: Uuid,
    /// How far it has come.
    pub state: EntryState,
    /// What the operation that verifies the outcome showed before the purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<View>,
    /// What the service returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<RecordedResponse>,
}

/// How far a purchase has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EntryState {
    /// Its key is taken, and nothing was sent.
    Claimed,
    /// It was sent, or was about to be.
    Sent,
    /// Its outcome is unknown.
    Unknown,
    /// It was made, and the response is known.
    Made,
    /// It was settled as made, and the response is not known.
    Settled,
}

impl EntryState {
    /// Whether the purchase may or may not have been made.
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
    pub(super) fn new(key: &str, operation: &Operation, workspace: Option<&str>, request: &Request) -> Self {
        Self {
            key: key.to_owned(),
            operation: operation.id.to_owned(),
            workspace: workspace.map(str::to_owned),
            request: digest(workspace, request),
            started_at: clock::system_time().into(),
            claim: Uuid::new_v4(),
            state: EntryState::Claimed,
            before: None,
            response: None,
        }
    }

    /// Holds the name of a run while a process does it. `kind` stands in the place of the operation.
    pub(super) fn of_run(kind: &str, name: &str, workspace: Option<&str>) -> Self {
        Self {
            key: format!("{kind}: {name} in {}", workspace.unwrap_or("the primary workspace")),
            operation: kind.to_owned(),
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

/// The SHA-256 of a request. The order of the properties in its body does not matter.
fn digest(workspace: Option<&str>, request: &Request) -> String {
    let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
    let body = match serde_json::from_slice::<Value>(body) {
        Ok(value) => sorted(&value).to_string(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let url = request.url();
    let parts =
        [request.method().as_str(), url.path(), url.query().unwrap_or_default(), workspace.unwrap_or_default(), &body];
    let mut digest = Sha256::new();
    for part in parts {
        // Their lengths keep parts apart.
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    hex::encode(digest.finalize())
}

/// With sorted properties, whether serde_json keeps their order or not.
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
