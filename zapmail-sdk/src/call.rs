//! Calls: the implementation of `send()`, `send_with_response()` and `prepare()` of every operation's builder.

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

/// A call that is ready to send, implemented by every builder in [`builder`](crate::builder). The trait is sealed and
/// is meant for code that works with any operation; the builders also have its methods as inherent methods.
pub trait Request: Sized + fmt::Debug + private::Sealed {
    /// The data of a successful response.
    type Data: Send + 'static;

    /// The operation.
    const OPERATION: &'static Operation;

    /// The client that the call belongs to.
    fn client(&self) -> &Client;

    /// Builds the request without sending it. Anything that the transport adds, such as the API key, is not included.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if a parameter is missing or invalid.
    fn prepare(self) -> Result<reqwest::Request>;

    /// Decodes the body of a successful response.
    #[doc(hidden)]
    fn decode(body: &Bytes) -> Result<Self::Data, Fault>;

    /// Interprets a response as [`send`](Self::send) does: returns its data, or the error that it reports.
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
    /// The error that the response reports, or [`ErrorKind::Decode`] if the data cannot be decoded.
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

    /// Sends the request and returns the data together with status, headers and metadata.
    ///
    /// # Errors
    ///
    /// The same as [`send`](Self::send).
    fn send_with_response(self) -> Pending<Response<Self::Data>> {
        Pending { exchange: start(self), finish: |response| Ok(Response::new(data::<Self>(&response)?, response)) }
    }
}

pub(crate) mod private {
    pub trait Sealed {}
}

/// The future of a call. Dropping it cancels the call, but a request that was already sent may still be processed.
#[must_use = "nothing is sent until the future is awaited"]
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

/// Sends a prepared request. Not generic, so that it is compiled only once.
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
    const EMPTY_OBJECT: Bytes = Bytes::from_static(b"{}");
    // The response to a successful write may have no content.
    let is_empty = matches!(response.bytes().trim_ascii(), b"" | b"null");
    let may_be_empty = matches!(R::OPERATION.effect, Effect::Write | Effect::Authorize);
    let body = if is_empty && may_be_empty { &EMPTY_OBJECT } else { response.bytes() };
    R::decode(body).map_err(|fault| response.undecodable(fault, R::OPERATION))
}

/// The reason why progenitor's code could not build a request.
pub(crate) enum BuildError {
    /// An invalid parameter, as worded by progenitor.
    InvalidRequest(String),
    Reqwest(reqwest::Error),
}

impl From<reqwest::Error> for BuildError {
    fn from(error: reqwest::Error) -> Self {
        Self::Reqwest(error)
    }
}

/// Builds a request, and rejects unknown values of open enums unless they are allowed.
pub(crate) fn reject_unknown(
    allow_unknown: bool,
    build: impl FnOnce() -> Result<reqwest::Request, BuildError>,
) -> Result<reqwest::Request, BuildError> {
    match open_enum::detect_unknown(build) {
        (Ok(_), Some(violation)) if !allow_unknown => Err(BuildError::InvalidRequest(violation)),
        (request, _) => request,
    }
}

/// Checks a request that was built, or converts the build error into an [`Error`].
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
                    "`{name}` is empty, `.` or `..`, which would address a different resource; set an id"
                ))),
            }
        }
        Err(BuildError::InvalidRequest(reason)) => Err(invalid(parameter_message(&reason))),
        Err(BuildError::Reqwest(error)) => {
            Err(invalid("could not build the request".to_owned()).with_source(error.without_url()))
        }
    }
}

/// Returns the first parameter of a path template that has no value in a path. URL parsers drop segments such as `..`.
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

/// Rewords progenitor's message about an invalid parameter.
fn parameter_message(reason: &str) -> String {
    if let Some(name) = reason.strip_suffix(" was not initialized") {
        return format!("`{name}` is required and was not set");
    }
    if let Some((conversion, rest)) = reason.split_once(" for ")
        && let Some(name) = rest.strip_suffix(" failed")
    {
        // "conversion to `:: uuid :: Uuid`"
        let expected = conversion.trim_end_matches('`').rsplit([' ', '`']).next().unwrap_or_default();
        let expected = EXPECTED.iter().find(|(known, _)| *known == expected).map_or(expected, |(_, words)| words);
        return format!("invalid value for `{name}`; expected {expected}");
    }
    reason.to_owned()
}

/// The values that a parameter of a Rust type accepts, as error messages describe them.
const EXPECTED: [(&str, &str); 5] = [
    ("u32", "a whole number from 0 to 4294967295"),
    ("i64", "a whole number"),
    ("f64", "a number"),
    ("bool", "`true` or `false`"),
    ("Uuid", "a UUID"),
];

/// Sets a JSON body. reqwest's `json` is generic and would be compiled for each type of body.
pub(crate) fn with_json(
    request: reqwest::RequestBuilder,
    body: serde_json::Result<Vec<u8>>,
) -> Result<reqwest::RequestBuilder, BuildError> {
    use reqwest::header::{CONTENT_TYPE, HeaderValue};

    let body = body.map_err(|_| BuildError::InvalidRequest("`body` cannot be serialized as JSON".to_owned()))?;
    Ok(request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body))
}

#[cfg(test)]
mod tests {
    use super::unfilled_segment;

    #[test]
    fn path_with_missing_id_names_the_parameter() {
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
