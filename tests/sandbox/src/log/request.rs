//! One request, as the log keeps it.

use std::fmt;
use std::time::SystemTime;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::headers;
use super::shown::{REDACTED, shown};
use crate::clock::rfc3339;
use crate::request::Query;
use crate::routes::{Route, Routes};

/// One request that the sandbox has responded to.
///
/// ```
/// # use serde_json::json;
/// # use zapmail_sandbox::Sandbox;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// let north = &sandbox.workspaces()[1].id;
/// let url = format!("{}/v2/domains?page=2", sandbox.base_url());
/// let request = reqwest::Client::new().post(url).header("x-auth-zapmail", sandbox.api_key());
/// request.header("x-workspace-key", north).json(&json!({"contains": "acme"})).send().await?;
///
/// let requests = sandbox.requests();
/// assert_eq!(requests[0].operation.as_deref(), Some("search_domains"));
/// assert_eq!(requests[0].workspace.as_deref(), Some(&**north));
/// assert_eq!(requests[0].query, [("page".to_owned(), "2".to_owned())]);
/// assert_eq!(requests[0].body, Some(json!({"contains": "acme"})));
/// assert!(requests[0].headers.contains(&("x-workspace-key".to_owned(), north.clone())));
/// assert!(requests[0].headers.contains(&("x-auth-zapmail".to_owned(), "[redacted]".to_owned())));
/// assert_eq!(requests[0].status, 200);
/// # Ok(())
/// # }
/// ```
///
/// `Debug` prints no credentials: in the body, properties that the document does not contain or describes as
/// credentials are `[redacted]`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoggedRequest {
    /// Id of the operation; `None` if the document has none with this method and path.
    pub operation: Option<String>,
    /// HTTP method, in upper case.
    pub method: String,
    /// Path from the root of the address, so it starts with `/api`.
    pub path: String,
    /// Query, in the order in which it was sent. The value of a parameter that the document does not contain, or
    /// describes as a credential, is `[redacted]`.
    pub query: Vec<(String, String)>,
    /// Headers, in the order in which they were sent, with names in lower case. The value of the API key and of every other
    /// header that is named like a credential, such as `authorization`, is `[redacted]`.
    pub headers: Vec<(String, String)>,
    /// Id of the workspace that the request ran in: the primary one if no header named another; `None` if a header
    /// named one that does not exist.
    pub workspace: Option<String>,
    /// Body as it was sent, credentials included; a body that is not JSON is a string. `None` if there was no body, or if
    /// it was not read: it was larger than 16 MiB, or [`Fault::DropBeforeRequest`](crate::Fault::DropBeforeRequest)
    /// closed the connection before. [`RemoteSandbox`](crate::RemoteSandbox) returns it without credentials.
    pub body: Option<Value>,
    /// HTTP status of the response; 0 if a fault closed the connection instead.
    pub status: u16,
    /// When the sandbox processed it, in the sandbox's time.
    #[serde(with = "rfc3339")]
    pub time: SystemTime,
}

/// What a client sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(crate) parts: &'a Parts,
    /// `None` if it was not read.
    pub(crate) body: Option<&'a Bytes>,
}

impl LoggedRequest {
    pub(crate) fn new(
        route: &Route,
        sent: &Sent<'_>,
        workspace: Option<String>,
        status: Option<StatusCode>,
        time: SystemTime,
    ) -> Self {
        let (parts, operation) = (sent.parts, route.found());
        let is_shown = |name: &str| operation.is_some_and(|operation| operation.printable_parameters.contains(&name));
        let query = Query::of(&parts.uri).into_pairs().into_iter().map(|(name, value)| {
            let value = if is_shown(&name) { value } else { REDACTED.to_owned() };
            (name, value)
        });
        Self {
            operation: operation.map(|operation| operation.described.id.to_owned()),
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: query.collect(),
            headers: headers::shown(&parts.headers),
            workspace,
            body: sent.body.and_then(|bytes| json(bytes)),
            status: status.map_or(0, |status| status.as_u16()),
            time,
        }
    }

    /// Returns the same request without credentials.
    pub(crate) fn redacted(self) -> Self {
        Self { body: self.shown_body(), ..self }
    }

    fn shown_body(&self) -> Option<Value> {
        let body = self.body.as_ref()?;
        let routes = Routes::of_document().ok();
        let operation = routes.zip(self.operation.as_ref()).and_then(|(routes, id)| routes.operation(id));
        let schema = operation.and_then(|operation| operation.described.body_schema());
        let redacted = routes.zip(schema).map(|(routes, schema)| shown(routes.document, schema, body));
        Some(redacted.unwrap_or_else(|| REDACTED.into()))
    }
}

/// A body as JSON; `None` if it is empty.
fn json(bytes: &[u8]) -> Option<Value> {
    if bytes.is_empty() {
        return None;
    }
    Some(serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into()))
}

/// Prints no credentials.
impl fmt::Debug for LoggedRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoggedRequest")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &self.headers)
            .field("workspace", &self.workspace)
            .field("body", &self.shown_body())
            .field("status", &self.status)
            .field("time", &self.time)
            .finish()
    }
}
