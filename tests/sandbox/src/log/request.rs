//! An entry of the request log.

use std::fmt;
use std::time::SystemTime;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::headers;
use super::redaction::{REDACTED, redacted_body};
use crate::clock::rfc3339;
use crate::request::Query;
use crate::routes::{Route, Routes};

/// A request to the sandbox.
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
    /// Id of the operation; `None` if the document has no operation with this method and path.
    pub operation: Option<String>,
    /// HTTP method, in upper case.
    pub method: String,
    /// Path, starting with `/api`.
    pub path: String,
    /// Query parameters, in the order in which they were sent. The value of a parameter that the document does not
    /// contain, or describes as a credential, is `[redacted]`.
    pub query: Vec<(String, String)>,
    /// Headers, in the order in which they were sent, with names in lower case. The value of the API key's header, and
    /// of any other header whose name suggests a credential, such as `authorization`, is `[redacted]`.
    pub headers: Vec<(String, String)>,
    /// Id of the workspace that the request ran in: the one that a header names, otherwise the primary one; `None` if a
    /// header names a workspace that does not exist.
    pub workspace: Option<String>,
    /// Body as it was sent, including credentials; a body that is not JSON is a string. `None` if there was no body, or
    /// if it was not read because it was larger than 16 MiB or because
    /// [`Fault::DropBeforeRequest`](crate::Fault::DropBeforeRequest) closed the connection.
    /// [`RemoteSandbox`](crate::RemoteSandbox) returns the body without credentials.
    pub body: Option<Value>,
    /// HTTP status of the response; 0 if a fault closed the connection instead.
    pub status: u16,
    /// Time at which the sandbox processed the request, on the sandbox's clock.
    #[serde(with = "rfc3339")]
    pub time: SystemTime,
}

/// A request as the sandbox received it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReceivedRequest<'a> {
    pub(crate) parts: &'a Parts,
    /// `None` if the body was not read.
    pub(crate) body: Option<&'a Bytes>,
}

impl LoggedRequest {
    pub(crate) fn new(
        route: &Route,
        received: &ReceivedRequest<'_>,
        workspace: Option<String>,
        status: Option<StatusCode>,
        time: SystemTime,
    ) -> Self {
        let (parts, operation) = (received.parts, route.operation());
        let is_printable =
            |name: &str| operation.is_some_and(|operation| operation.printable_parameters.contains(&name));
        let query = Query::of(&parts.uri).into_pairs().into_iter().map(|(name, value)| {
            let value = if is_printable(&name) { value } else { REDACTED.to_owned() };
            (name, value)
        });
        Self {
            operation: operation.map(|operation| operation.described.id.to_owned()),
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: query.collect(),
            headers: headers::redacted(&parts.headers),
            workspace,
            body: received.body.and_then(|bytes| json(bytes)),
            status: status.map_or(0, |status| status.as_u16()),
            time,
        }
    }

    /// Returns the request without credentials.
    pub(crate) fn redacted(self) -> Self {
        Self { body: self.redacted_body(), ..self }
    }

    fn redacted_body(&self) -> Option<Value> {
        let body = self.body.as_ref()?;
        let routes = Routes::of_document().ok();
        let operation = routes.zip(self.operation.as_ref()).and_then(|(routes, id)| routes.operation(id));
        let schema = operation.and_then(|operation| operation.described.body_schema());
        let redacted = routes.zip(schema).map(|(routes, schema)| redacted_body(routes.document, schema, body));
        Some(redacted.unwrap_or_else(|| REDACTED.into()))
    }
}

/// Returns a body as JSON; `None` if it is empty.
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
            .field("body", &self.redacted_body())
            .field("status", &self.status)
            .field("time", &self.time)
            .finish()
    }
}
