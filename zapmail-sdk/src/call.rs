//! Sending a builder: what every operation's `send()`, `send_with_response()` and `prepare()` do.

use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::future::BoxFuture;

use crate::client::Client;
use crate::credentials::Credentials;
use crate::decode::Fault;
use crate::error::{Error, ErrorKind, Result};
use crate::open_enum;
use crate::operations::{Effect, Operation};
use crate::response::{BufferedResponse, Response};

/// A call that is set up: every builder of [`builder`](crate::builder) is one. The trait is for code that works with any
/// operation, and is sealed; the builders have its methods themselves.
pub trait Request: Sized + fmt::Debug + private::Sealed {
    /// The data of a success.
    type Data: Send + 'static;

    /// The operation.
    const OPERATION: &'static Operation;

    /// The client that the call belongs to.
    fn client(&self) -> &Client;

    /// Builds the request without sending it. What the transport adds, such as the API key, is not in it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if a parameter is missing or invalid.
    fn prepare(self) -> Result<reqwest::Request>;

    /// Decodes the body of a success.
    #[doc(hidden)]
    fn decode(body: &Bytes) -> Result<Self::Data, Fault>;

    /// Reads a response as [`send`](Self::send) does: the data of a success, or the error that the response reports.
    ///
    /// ```
    /// use zapmail_sdk::builder::GetUser;
    /// use zapmail_sdk::reqwest::{StatusCode, header::HeaderMap};
    /// use zapmail_sdk::{BufferedResponse, Request};
    ///
    /// let body = r#"{"status": 200, "data": {"id": "u-1", "email": "ops@acme.example.com"}}"#;
    /// let user = GetUser::read(BufferedResponse::new(StatusCode::OK, HeaderMap::new(), body))?;
    /// assert_eq!(user.email.as_deref(), Some("ops@acme.example.com"));
    /// # Ok::<(), zapmail_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error that the response reports, or [`ErrorKind::Decode`].
    fn read(response: BufferedResponse) -> Result<Self::Data> {
        data::<Self>(&response.into_success(Self::OPERATION, Credentials::none())?)
    }

    /// Sends the request and returns the data.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`]; if it is [`ErrorKind::Invalid`] without a status, nothing was sent.
    fn send(self) -> Pending<Self::Data> {
        Pending { exchange: start(self), finish: |response| data::<Self>(&response) }
    }

    /// Sends the request and returns the data with the rest of the response.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send).
    fn send_with_response(self) -> Pending<Response<Self::Data>> {
        Pending { exchange: start(self), finish: |response| Ok(Response::new(data::<Self>(&response)?, response)) }
    }
}

pub(crate) mod private {
    pub trait Sealed {}
}

/// The future of a call. Dropping it cancels the call: a request that was already sent may still be processed.
#[must_use = "nothing is sent before the future is awaited"]
pub struct Pending<T> {
    exchange: BoxFuture<'static, Result<BufferedResponse>>,
    finish: fn(BufferedResponse) -> Result<T>,
}

impl<T> Future for Pending<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = ready!(self.exchange.as_mut().poll(context));
        Poll::Ready(outcome.and_then(self.finish))
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pending")
    }
}

fn start<R: Request>(call: R) -> BoxFuture<'static, Result<BufferedResponse>> {
    let client = call.client().clone();
    exchange(client, call.prepare(), R::OPERATION)
}

/// Not generic, so that it is compiled once.
fn exchange(
    client: Client,
    request: Result<reqwest::Request>,
    operation: &'static Operation,
) -> BoxFuture<'static, Result<BufferedResponse>> {
    match request {
        Ok(request) => Box::pin(async move { client.exchange(request, operation).await }),
        Err(error) => Box::pin(ready(Err(error))),
    }
}

fn data<R: Request>(response: &BufferedResponse) -> Result<R::Data> {
    const NOTHING: Bytes = Bytes::from_static(b"{}");
    // A write that succeeded may have nothing to add.
    let is_nothing = matches!(response.bytes().trim_ascii(), b"" | b"null");
    let may_be_nothing = matches!(R::OPERATION.effect, Effect::Write | Effect::Authorize);
    let body = if is_nothing && may_be_nothing { &NOTHING } else { response.bytes() };
    R::decode(body).map_err(|fault| response.undecodable(fault, R::OPERATION))
}

/// What is wrong with a request that progenitor's code could not build.
pub(crate) enum BuildError {
    /// In progenitor's words.
    InvalidRequest(String),
    Reqwest(reqwest::Error),
}

impl From<reqwest::Error> for BuildError {
    fn from(error: reqwest::Error) -> Self {
        Self::Reqwest(error)
    }
}

/// Builds a request, and refuses an unknown value of an open enum unless that is allowed.
pub(crate) fn without_unknown(
    allow_unknown: bool,
    build: impl FnOnce() -> Result<reqwest::Request, BuildError>,
) -> Result<reqwest::Request, BuildError> {
    match open_enum::watched(build) {
        (Ok(_), Some(complaint)) if !allow_unknown => Err(BuildError::InvalidRequest(complaint)),
        (request, _) => request,
    }
}

/// Checks a request that was built, and names what is wrong with one that was not.
pub(crate) fn prepared(
    client: &Client,
    request: Result<reqwest::Request, BuildError>,
    operation: &'static Operation,
) -> Result<reqwest::Request> {
    let invalid = |message: String| Error::new(ErrorKind::Invalid, message).with_operation(operation);
    match request {
        Ok(request) => {
            let path = client.baseurl.below(request.url()).unwrap_or_default();
            match unfilled_segment(operation.path, path) {
                None => operation.check(&request).map(|()| request),
                Some(name) => Err(invalid(format!(
                    "`{name}` is empty, `.` or `..`, which would address something else; set an id"
                ))),
            }
        }
        Err(BuildError::InvalidRequest(reason)) => Err(invalid(parameter_fault(&reason))),
        Err(BuildError::Reqwest(error)) => {
            Err(invalid("could not build the request".to_owned()).with_source(error.without_url()))
        }
    }
}

/// The first parameter of a path template that a path does not fill. URLs drop segments such as `..`.
fn unfilled_segment<'t>(template: &'t str, path: &str) -> Option<&'t str> {
    let parameter = |part: &'t str| part.strip_prefix('{')?.strip_suffix('}');
    let first = template.split('/').find_map(parameter).unwrap_or(template);
    let mut segments = path.split('/');
    for part in template.split('/') {
        let name = parameter(part);
        let filled = match (segments.next(), name) {
            (Some(segment), Some(_)) => !segment.is_empty(),
            (Some(segment), None) => segment == part,
            (None, _) => false,
        };
        if !filled {
            return Some(name.unwrap_or(first));
        }
    }
    segments.next().map(|_| first)
}

/// progenitor's words about a parameter, in better ones.
fn parameter_fault(reason: &str) -> String {
    if let Some(name) = reason.strip_suffix(" was not initialized") {
        return format!("`{name}` is required and was not set");
    }
    if let Some((conversion, rest)) = reason.split_once(" for ")
        && let Some(name) = rest.strip_suffix(" failed")
    {
        // "conversion to `:: uuid :: Uuid`"
        let wanted = conversion.trim_end_matches('`').rsplit([' ', '`']).next().unwrap_or_default();
        return format!("invalid value for `{name}`; it takes `{wanted}`");
    }
    reason.to_owned()
}

/// The request with a body in JSON. reqwest's own is compiled anew for each type of body.
pub(crate) fn with_json(
    request: reqwest::RequestBuilder,
    body: serde_json::Result<Vec<u8>>,
) -> Result<reqwest::RequestBuilder, BuildError> {
    use reqwest::header::{CONTENT_TYPE, HeaderValue};

    let body = body.map_err(|_| BuildError::InvalidRequest("`body` cannot be written as JSON".to_owned()))?;
    Ok(request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body))
}

#[cfg(test)]
mod tests {
    use super::unfilled_segment;

    #[test]
    fn path_without_its_id_is_found() {
        let template = "/v2/zap-sites/{id}/deploy";
        for path in [
            "/v2/zap-sites//deploy",
            "/v2/",
            "/v2/deploy",
            "/v2/zap-sites/deploy",
            "/v2/zap-sites/7",
            "/v2/zap-sites/7/x/deploy",
        ] {
            assert_eq!(unfilled_segment(template, path), Some("id"), "{path}");
        }
        assert_eq!(unfilled_segment(template, "/v2/zap-sites/7/deploy"), None);
        assert_eq!(unfilled_segment("/v2/dns/", "/v2/dns/"), None);
    }
}
