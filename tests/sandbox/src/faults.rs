//! Misbehaviour on cue: what a caller of the service has to live with, in the order that a test asks for.

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

/// In place of an operation's id: whichever comes next.
pub(crate) const ANY: &str = "*";

/// One way to misbehave, once.
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
/// let answer = reqwest::Client::new().post(url).header("x-auth-zapmail", sandbox.api_key()).send().await;
/// assert!(answer.is_err());
/// // It was paid for all the same.
/// assert_eq!(sandbox.ledger()[0].cents, 650);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The answer is this one, and the request is not carried out. [`Fault::status`] makes one in the service's form.
    Status {
        /// HTTP status, 200 to 599; anything else becomes 500.
        status: u16,
        /// The body, whatever it is.
        body: String,
        /// Its media type.
        content_type: String,
        /// Value of `Retry-After`, rounded up to whole seconds; without one there is no such header.
        retry_after: Option<Duration>,
    },
    /// The request is carried out, and the answer held back for so long.
    Delay(Duration),
    /// The connection closes once the head of the request has told which operation it is for: nothing is carried out,
    /// nothing is answered, and no quota is used.
    DropBeforeRequest,
    /// The request is carried out, and the connection closes without an answer.
    DropAfterRequest,
    /// The request is carried out, and the connection closes in the middle of the answer's body.
    CutBody,
    /// The request is carried out; the answer's body is no JSON.
    GarbledJson,
    /// The request is carried out; the first value of the answer that an enum describes becomes one that nobody knows. An
    /// answer without such a value stays as it is.
    UnknownEnumValue,
    /// The request is carried out; a field of the answer is missing: of the fields that lie deepest, the first that is no
    /// identifier. An answer without such a field stays as it is.
    MissingField,
    /// The answer is that of page 1, whichever page was asked for.
    RepeatedPage,
    /// The answer is an error inside an HTTP 200, and the request is not carried out.
    ErrorInside200 {
        /// Status inside the body.
        status: u16,
        /// Text inside the body.
        message: String,
    },
    /// The answer is a redirect (302) to this URL, and the request is not carried out.
    Redirect(String),
}

impl Fault {
    /// An error with this HTTP status in the form that the service gives its errors.
    ///
    /// ```
    /// # use zapmail_sandbox::{Fault, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.fail_next("get_user", Fault::status(503))?;
    ///
    /// let url = format!("{}/v2/users", sandbox.base_url());
    /// let answer = reqwest::Client::new().get(url).header("x-auth-zapmail", sandbox.api_key()).send().await?;
    /// assert_eq!(answer.status(), 503);
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

    /// The answer that is given instead of carrying the request out, if this is such a fault.
    pub(crate) fn instead(&self) -> Option<Response> {
        match self {
            Self::Status { status, body, content_type, retry_after } => {
                let status = StatusCode::from_u16(*status).ok().filter(|status| (200..600).contains(&status.as_u16()));
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let mut response = (status, Body::from(body.clone())).into_response();
                if let Ok(content_type) = HeaderValue::from_str(content_type) {
                    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
                }
                if let Some(wait) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, envelope::whole_seconds(*wait).into());
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

    /// How long the answer is held back.
    pub(crate) fn delay(&self) -> Duration {
        if let Self::Delay(time) = self { *time } else { Duration::ZERO }
    }
}

/// An error as the service writes it. Its id is always the same: nothing was made up for it.
fn error_body(status: u16, message: &str) -> String {
    json!({"status": status, "message": message, "errorId": "00000000-0000-4000-8000-000000000000"}).to_string()
}

/// The faults that wait for their requests.
#[derive(Debug, Default)]
pub(crate) struct Faults(VecDeque<(String, Fault)>);

impl Faults {
    pub(crate) fn add(&mut self, operation: &str, fault: Fault, times: usize) {
        self.0.extend((0..times).map(|_| (operation.to_owned(), fault.clone())));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn waiting(&self) -> usize {
        self.0.len()
    }

    /// The fault that has waited longest for a request of this operation, if the condition holds for it.
    pub(crate) fn take_if(&mut self, operation: Option<&str>, condition: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let is_meant = |meant: &str| meant == ANY || Some(meant) == operation;
        let position = self.0.iter().position(|(meant, _)| is_meant(meant))?;
        condition(&self.0[position].1).then(|| self.0.remove(position)).flatten().map(|(_, fault)| fault)
    }
}

/// The document has no operation with this id, so a fault would wait for ever.
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
