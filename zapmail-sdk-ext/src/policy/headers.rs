//! The headers of a request: the API key, the workspace, and headers that the caller adds.

use reqwest::Request;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;
use zapmail_sdk::{ApiKey, Error, Operation, Result};

const WORKSPACE_KEY: HeaderName = HeaderName::from_static("x-workspace-key");
const WORKSPACE_ID: HeaderName = HeaderName::from_static("x-workspace-id");

/// Headers that the client or the HTTP library sets itself.
const RESERVED: [&str; 12] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "te",
    "transfer-encoding",
    "x-auth-zapmail",
    "x-workspace-id",
    "x-workspace-key",
];

/// The workspace that a client's calls run in.
#[derive(Debug, Clone, Default)]
pub(crate) enum Scope {
    /// The key owner's primary workspace.
    #[default]
    Primary,
    Workspace {
        id: String,
        header: HeaderValue,
    },
}

impl Scope {
    /// # Errors
    ///
    /// If the id is not a UUID, or if it is the API key.
    pub fn workspace(id: &str, key: Option<&ApiKey>) -> Result<Self> {
        let id = id.trim();
        let invalid = || {
            Error::config(
                "`workspace` (or ZAPMAIL_WORKSPACE_KEY) is not a UUID; use an id that `list_workspaces` returns, not a name",
            )
        };
        id.parse::<Uuid>().map_err(|_| invalid())?;
        let header = HeaderValue::from_str(id).map_err(|_| invalid())?;
        let scope = Self::Workspace { id: id.to_owned(), header };
        key.map_or(Ok(()), |key| scope.check_is_not_key(key))?;
        Ok(scope)
    }

    /// # Errors
    ///
    /// If the workspace id is the API key, because workspace ids are printed.
    pub fn check_is_not_key(&self, key: &ApiKey) -> Result<()> {
        if self.id().is_some_and(|id| key.is_in(id)) {
            let message =
                "`workspace` (or ZAPMAIL_WORKSPACE_KEY) is the API key; use an id that `list_workspaces` returns";
            return Err(Error::config(message));
        }
        Ok(())
    }

    /// Returns the id of the workspace; `None` for the primary workspace.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Workspace { id, .. } => Some(id),
            Self::Primary => None,
        }
    }
}

/// Headers that the caller adds to every request.
#[derive(Clone, Default)]
pub(crate) struct ExtraHeaders(HeaderMap);

impl ExtraHeaders {
    /// # Errors
    ///
    /// If the name or the value is invalid, or if the client sets this header itself.
    pub fn with(&self, name: &str, value: &str) -> Result<Self> {
        let shown: String = name.chars().filter(|character| !character.is_control()).take(100).collect();
        let header = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| Error::config(format!("`{shown}` is not a valid header name")))?;
        if RESERVED.contains(&header.as_str()) {
            return Err(Error::config(format!(
                "`{header}` is set by the client itself; use the API key, `workspace` or `request(..)` instead"
            )));
        }
        let value = HeaderValue::from_str(value)
            .map_err(|_| Error::config(format!("the value of the header `{header}` contains an invalid character")))?;
        let mut headers = self.0.clone();
        headers.insert(header, value);
        Ok(Self(headers))
    }
}

/// Sets the workspace header and the caller's headers.
pub(crate) fn apply(request: &mut Request, operation: &Operation, scope: &Scope, extra: &ExtraHeaders) {
    let headers = request.headers_mut();
    headers.extend(extra.0.clone());
    if let Scope::Workspace { header, .. } = scope {
        headers.insert(WORKSPACE_KEY, header.clone());
        if operation.workspace_id_header {
            headers.insert(WORKSPACE_ID, header.clone());
        }
    }
}

/// Adds a hint about the workspace to an error that mentions one, and to a 404: an object of another workspace is not
/// found.
pub(crate) fn with_workspace_hint(error: Error, scope: &Scope) -> Error {
    let is_mentioned = error.message().to_ascii_lowercase().contains("workspace");
    match (error.status(), scope.id()) {
        (Some(403 | 404), Some(id)) if is_mentioned => {
            error.with_hint(format!("the call was for workspace {id}; check `workspace` (ZAPMAIL_WORKSPACE_KEY)"))
        }
        (Some(400), None) if is_mentioned => error.with_hint("set `workspace` (ZAPMAIL_WORKSPACE_KEY)"),
        (Some(404), Some(id)) => error.with_hint(format!("the call was for workspace {id}")),
        (Some(404), None) => {
            error.with_hint("the call was for the primary workspace; use `zapmail.workspace(id)` for another one")
        }
        _ => error,
    }
}

/// Sets the API key. Called last, so that no other header replaces it.
pub(crate) fn authenticate(request: &mut Request, key: &ApiKey) {
    key.apply(request);
}
