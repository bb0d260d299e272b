//! Responses: the buffered response of a transport, and the decoded response of a call.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::credentials::Credentials;
use crate::decode;
use crate::error::{Error, Result};
use crate::operations::Operation;
use crate::raw_json::RawJson;
use crate::report::{Reasons, Report};

/// A complete HTTP response, as a [`Transport`](crate::Transport) returns it.
///
/// ```
/// use zapmail_sdk::BufferedResponse;
/// use zapmail_sdk::reqwest::{StatusCode, header::HeaderMap};
///
/// let response = BufferedResponse::new(StatusCode::OK, HeaderMap::new(), r#"{"status": 200}"#);
/// assert_eq!(response.status(), StatusCode::OK);
/// ```
#[derive(Clone)]
pub struct BufferedResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    attempts: u32,
    queued: Duration,
    elapsed: Duration,
    sent_at: Instant,
    connect_time: Option<Duration>,
    /// Whether it is known to be a success.
    pub(crate) is_success: bool,
}

impl BufferedResponse {
    /// Creates the response to a single attempt that was sent just now.
    pub fn new(status: StatusCode, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers,
            body: body.into(),
            attempts: 1,
            queued: Duration::ZERO,
            elapsed: Duration::ZERO,
            sent_at: Instant::now(),
            connect_time: None,
            is_success: false,
        }
    }

    /// Sets the time at which the request was sent, from which the elapsed time is counted.
    #[must_use]
    pub fn sent_at(self, sent_at: Instant) -> Self {
        Self { sent_at, elapsed: sent_at.elapsed(), ..self }
    }

    /// Sets the time that the last attempt waited for a new connection; zero if it used an open one.
    ///
    /// The rate limiter uses this measurement. Without it, the limiter allows one second for a request to reach the
    /// service.
    #[must_use]
    pub fn connected_in(self, connect_time: Duration) -> Self {
        Self { connect_time: Some(connect_time), ..self }
    }

    /// Sets the number of attempts, the time spent waiting for the rate limiter, and the total time of the call.
    #[must_use]
    pub fn attempted(self, attempts: u32, queued: Duration, elapsed: Duration) -> Self {
        Self { attempts, queued, elapsed, ..self }
    }

    /// Treats the response as a success, whatever it reports.
    #[must_use]
    pub fn assume_success(self) -> Self {
        Self { is_success: true, ..self }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the number of attempts, including failed connections.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the time that the last attempt waited for a new connection: zero if it used an open one, `None` if the
    /// transport does not report it.
    pub fn connect_time(&self) -> Option<Duration> {
        self.connect_time
    }

    /// Returns the time at which the last attempt was sent.
    pub fn last_sent_at(&self) -> Instant {
        self.sent_at
    }

    /// Decodes the body into a type of your own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the body does not match the type, or
    /// [`ErrorKind::OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) instead if the operation spends. The message
    /// names the path of the value.
    pub fn decode<T: DeserializeOwned>(&self, operation: &'static Operation) -> Result<T> {
        decode::strict(&self.body).map_err(|fault| self.undecodable(fault, operation))
    }

    /// Returns the error for a response that does not match the document. After a purchase, it is
    /// [`ErrorKind::OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown).
    pub(crate) fn undecodable(&self, fault: decode::Fault, operation: &'static Operation) -> Error {
        fault
            .into_error()
            .with_response(self.status, self.headers.clone(), self.body.clone())
            .with_attempts(self.attempts)
            .with_may_have_been_processed(true)
            .with_operation(operation)
    }

    /// Returns the body as JSON, with credentials replaced by `[redacted]`: the credentials of the request, and the
    /// values of properties whose names indicate a credential. Returns an empty body if it is not JSON. Meant for
    /// storing the response to a purchase.
    pub fn without_credentials(&self, credentials: Credentials<'_>) -> Vec<u8> {
        credentials.strip(&self.body)
    }

    /// Returns the body. Take care not to log it.
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }
}

impl Error {
    /// Returns the response that caused the error.
    ///
    /// # Errors
    ///
    /// The error itself, if no response was received.
    pub fn into_response(self) -> Result<BufferedResponse> {
        match self.response_parts() {
            Some((status, headers, body)) => Ok(BufferedResponse::new(status, headers.clone(), body.clone())),
            None => Err(self),
        }
    }
}

impl fmt::Debug for BufferedResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BufferedResponse")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// The response of a call: its data with the status, headers, body and metadata.
///
/// ```no_run
/// # async fn example(client: zapmail_sdk::Client) -> zapmail_sdk::Result<()> {
/// let response = client.get_user().send_with_response().await?;
/// println!("{} after {} attempts in {:?}", response.status(), response.attempts(), response.elapsed());
/// let user = response.into_data();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Response<T> {
    data: T,
    raw: BufferedResponse,
}

impl<T> Response<T> {
    /// Combines data with the response from which it was decoded.
    pub fn new(data: T, raw: BufferedResponse) -> Self {
        Self { data, raw }
    }

    /// Returns the data.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// Returns the data by value.
    pub fn into_data(self) -> T {
        self.data
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.raw.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.raw.headers
    }

    /// Returns the message in the envelope of the response, as worded by the service.
    pub fn message(&self) -> Option<String> {
        Report::of(&self.raw.body, Reasons::Read).message
    }

    /// Returns the whole body as JSON, or as a string if it is not JSON.
    pub fn body(&self) -> RawJson {
        RawJson::from_bytes(&self.raw.body)
    }

    /// Returns the number of attempts, including failed connections.
    pub fn attempts(&self) -> u32 {
        self.raw.attempts
    }

    /// Returns the time spent waiting for the rate limiter, summed over all attempts.
    pub fn queued(&self) -> Duration {
        self.raw.queued
    }

    /// Returns the time that the last attempt waited for a new connection: zero if it used an open one, `None` if the
    /// transport does not report it.
    pub fn connect_time(&self) -> Option<Duration> {
        self.raw.connect_time
    }

    /// Returns the total time of the call, including waiting and retries.
    pub fn elapsed(&self) -> Duration {
        self.raw.elapsed
    }

    /// Returns the time at which the last attempt was sent.
    pub fn sent_at(&self) -> Instant {
        self.raw.sent_at
    }
}

impl<T> fmt::Debug for Response<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Response").field("raw", &self.raw).finish_non_exhaustive()
    }
}
