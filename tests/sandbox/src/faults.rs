//! Fault injection: failures of the service that a test requests.

mod alter;
mod wire;

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub(crate) use alter::alter;
pub(crate) use wire::{FaultRequest, seconds};

use crate::envelope;

/// The wildcard for an operation id: any operation.
pub(crate) const ANY: &str = "*";

/// A fault that affects one request.
///
/// ```
/// use zapmail_sandbox::{Fault, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// sandbox.fail_next("purchase_addon_mailboxes", Fault::DropAfterRequest)?;
///
/// let url = format!("{}/v2/wallet/buy-addon-mailboxes?quantity=2", sandbox.base_url());
/// let response = reqwest::Client::new().post(url).header("x-auth-zapmail", sandbox.api_key()).send().await;
/// assert!(response.is_err());
/// // The purchase was charged nevertheless.
/// assert_eq!(sandbox.ledger()[0].cents, 650);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Responds with this status and body; the request is not processed. [`Fault::status`] creates an error in the
    /// service's form.
    Status {
        /// The HTTP status, from 200 to 599; any other value becomes 500.
        status: u16,
        /// The body.
        body: String,
        /// The media type of the body.
        content_type: String,
        /// The value of the header `Retry-After`, rounded up to whole seconds; `None` omits the header.
        retry_after: Option<Duration>,
    },
    /// Processes the request, and delays the response by this duration.
    Delay(Duration),
    /// Closes the connection without a response after the request's headers are read; the request is not processed and
    /// does not count against a quota.
    DropBeforeRequest,
    /// Processes the request, and closes the connection without a response.
    DropAfterRequest,
    /// Processes the request, and closes the connection in the middle of the response body.
    CutBody,
    /// Processes the request, and responds with a body that is not valid JSON.
    GarbledJson,
    /// Processes the request, and replaces the first enum value in the response with an undocumented one. A response
    /// without an enum value is not changed.
    UnknownEnumValue,
    /// Processes the request, and removes a field from the response: the first of the most deeply nested fields that
    /// are not identifiers. A response without such a field is not changed.
    MissingField,
    /// Processes the request, and responds with page 1, regardless of the requested page.
    RepeatedPage,
    /// Responds with an error inside a response with HTTP status 200; the request is not processed.
    ErrorInside200 {
        /// The status inside the body.
        status: u16,
        /// The error message inside the body.
        message: String,
    },
    /// Responds with a redirect (302) to this URL; the request is not processed.
    Redirect(String),
}

impl Fault {
    /// Creates an error response with this HTTP status, in the form of the service's errors.
    ///
    /// ```
    /// # use zapmail_sandbox::{Fault, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.fail_next("get_user", Fault::status(503))?;
    ///
    /// let url = format!("{}/v2/users", sandbox.base_url());
    /// let response = reqwest::Client::new().get(url).header("x-auth-zapmail", sandbox.api_key()).send().await?;
    /// assert_eq!(response.status(), 503);
    /// # Ok(())
    /// # }
    /// ```
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            body: error_body(status, "Something went wrong"),
            content_type: "application/json; charset=utf-8".to_owned(),
            retry_after: None,
        }
    }

    /// Returns the response of a fault that prevents the request from being processed; `None` for other faults.
    pub(crate) fn replacement_response(&self) -> Option<Response> {
        match self {
            Self::Status { status, body, content_type, retry_after } => {
                let status = StatusCode::from_u16(*status).ok().filter(|status| (200..600).contains(&status.as_u16()));
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let mut response = (status, Body::from(body.clone())).into_response();
                if let Ok(content_type) = HeaderValue::from_str(content_type) {
                    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
                }
                if let Some(delay) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, envelope::whole_seconds(*delay).into());
                }
                Some(response)
            }
            Self::ErrorInside200 { status, message } => {
                let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
                Some((headers, error_body(*status, message)).into_response())
            }
            Self::Redirect(url) => {
                let mut response = StatusCode::FOUND.into_response();
                if let Ok(url) = HeaderValue::from_str(url) {
                    response.headers_mut().insert(header::LOCATION, url);
                }
                Some(response)
            }
            _ => None,
        }
    }

    /// Returns the delay of the response.
    pub(crate) fn delay(&self) -> Duration {
        if let Self::Delay(time) = self { *time } else { Duration::ZERO }
    }
}

/// Returns an error in the service's form. Its id is constant, so that a fault does not change the ids generated later.
fn error_body(status: u16, message: &str) -> String {
    json!({"status": status, "message": message, "errorId": "00000000-0000-4000-8000-000000000000"}).to_string()
}

/// The pending faults, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(VecDeque<(String, Fault)>);

impl Faults {
    pub(crate) fn add(&mut self, operation: &str, fault: Fault, times: usize) {
        self.0.extend((0..times).map(|_| (operation.to_owned(), fault.clone())));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn pending(&self) -> usize {
        self.0.len()
    }

    /// Removes and returns the oldest pending fault for this operation, if it meets the condition.
    pub(crate) fn take_if(&mut self, operation: Option<&str>, condition: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let matches = |id: &str| id == ANY || Some(id) == operation;
        let position = self.0.iter().position(|(id, _)| matches(id))?;
        condition(&self.0[position].1).then(|| self.0.remove(position)).flatten().map(|(_, fault)| fault)
    }
}

/// The error for an operation id that the document does not contain: its fault would never be applied.
///
/// ```
/// # use zapmail_sandbox::{Fault, Sandbox};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let sandbox = Sandbox::start().await?;
/// let error = sandbox.fail_next("buy_domains", Fault::CutBody).unwrap_err();
/// assert_eq!(error.to_string(), "the document has no operation buy_domains");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownOperation(pub(crate) String);

impl fmt::Display for UnknownOperation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the document has no operation {}", self.0)
    }
}

impl std::error::Error for UnknownOperation {}
