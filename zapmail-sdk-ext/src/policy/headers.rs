//! The headers that every request carries: the key, and the workspace of a scoped client.

use std::fmt;

use reqwest::Request;
use reqwest::header::{HeaderName, HeaderValue};
use zapmail_sdk::Operation;

use crate::error::Error;

const KEY: HeaderName = HeaderName::from_static("x-auth-zapmail");
const WORKSPACE_KEY: HeaderName = HeaderName::from_static("x-workspace-key");
const WORKSPACE_ID: HeaderName = HeaderName::from_static("x-workspace-id");

/// The account's key, never printed.
#[derive(Clone)]
pub(crate) struct Key(HeaderValue);

/// The workspace that a client's calls run in.
#[derive(Debug, Clone, Default)]
pub(crate) enum Scope {
    /// The key owner's primary workspace.
    #[default]
    Primary,
    /// The workspace with this id.
    Workspace(String, HeaderValue),
    /// An id that no header can carry; each call fails with what is wrong.
    Broken(Error),
}

impl Key {
    /// # Errors
    ///
    /// When the key is empty, or has a character that no header can carry.
    pub fn new(key: &str) -> Result<Self, Error> {
        let mut value = header_value("api_key", "ZAPMAIL_API_KEY", key)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    /// Text of the service without the key, should the service have quoted it.
    pub fn redact(&self, text: &str) -> String {
        match self.0.to_str() {
            Ok(key) => text.replace(key, "[redacted]"),
            Err(_) => text.to_owned(),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl Scope {
    /// # Errors
    ///
    /// When the id is empty, or has a character that no header can carry.
    pub fn workspace(id: &str) -> Result<Self, Error> {
        let value = header_value("workspace", "ZAPMAIL_WORKSPACE_KEY", id)?;
        Ok(Self::Workspace(id.to_owned(), value))
    }

    /// The id of the workspace, unless it is the primary one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Workspace(id, _) => Some(id),
            Self::Primary | Self::Broken(_) => None,
        }
    }

    /// Writes the headers of a request. What the call has set itself stays.
    ///
    /// # Errors
    ///
    /// When the workspace's id is none.
    pub fn apply(&self, key: &Key, request: &mut Request, operation: &Operation) -> Result<(), Error> {
        let headers = request.headers_mut();
        headers.insert(KEY, key.0.clone());
        match self {
            Self::Primary => Ok(()),
            Self::Broken(error) => Err(error.clone()),
            Self::Workspace(_, workspace) => {
                // Both headers or none: two that disagree would leave the choice to the service.
                if !headers.contains_key(WORKSPACE_KEY) && !headers.contains_key(WORKSPACE_ID) {
                    headers.insert(WORKSPACE_KEY, workspace.clone());
                    if operation.workspace_id_header {
                        headers.insert(WORKSPACE_ID, workspace.clone());
                    }
                }
                Ok(())
            }
        }
    }
}

fn header_value(setting: &str, variable: &str, value: &str) -> Result<HeaderValue, Error> {
    if value.trim().is_empty() {
        return Err(Error::config(format!("`{setting}` is empty; give a value, or export {variable}")));
    }
    HeaderValue::from_str(value).map_err(|_| {
        Error::config(format!(
            "`{setting}` (or {variable}) has a character that no header can carry; is there a line break in it?"
        ))
    })
}
