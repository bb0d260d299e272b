//! Responses: the buffered one of a transport, and the decoded one of a call.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::credentials::Credentials;
use crate::decode;
use crate::envelope;
use crate::error::{Error, Result};
use crate::operations::Operation;
use crate::untyped::Untyped;

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
    /// Creates a response of one attempt that was sent just now.
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

    /// Sets when the request was sent. The elapsed time is counted from then.
    #[must_use]
    pub fn sent_at(self, sent_at: Instant) -> Self {
        Self { sent_at, elapsed: sent_at.elapsed(), ..self }
    }

    /// Sets how long the last attempt waited for a new connection: zero if it used an open one.
    ///
    /// The rate limiter learns from it. Without it, a request is given a second to reach the service.
    #[must_use]
    pub fn connected_in(self, connect_time: Duration) -> Self {
        Self { connect_time: Some(connect_time), ..self }
    }

    /// Sets the number of attempts, the time spent waiting for the rate limiter, and the total time of the call.
    #[must_use]
    pub fn attempted(self, attempts: u32, queued: Duration, elapsed: Duration) -> Self {
        Self { attempts, queued, elapsed, ..self }
    }

    /// Takes the response for a success, whatever it reports.
    #[must_use]
    pub fn assume_success(self) -> Self {
        Self { is_success: true, ..self }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The number of attempts, including failed connections.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How long the last attempt waited for a new connection: zero if it used an open one, `None` if the transport does not
    /// tell.
    pub fn connect_time(&self) -> Option<Duration> {
        self.connect_time
    }

    /// When the last attempt was sent.
    pub fn last_sent_at(&self) -> Instant {
        self.sent_at
    }

    /// Decodes the body into a type of your own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode), or
    /// [`ErrorKind::OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) if the operation spends; the message names the place.
    pub fn decode<T: DeserializeOwned>(&self, operation: &'static Operation) -> Result<T> {
        decode::strict(&self.body).map_err(|fault| self.undecodable(fault, operation))
    }

    /// The error of a response that does not match the document. After a purchase, the outcome is unknown.
    pub(crate) fn undecodable(&self, fault: decode::Fault, operation: &'static Operation) -> Error {
        fault
            .into_error()
            .with_response(self.status, self.headers.clone(), self.body.clone())
            .with_attempts(self.attempts)
            .with_may_have_been_processed(true)
            .with_operation(operation)
    }

    /// The body as JSON in which credentials are replaced by `[redacted]`: those of the request, and what the names of
    /// properties say. Empty if it is not JSON. For storing what was bought.
    pub fn without_credentials(&self, credentials: Credentials<'_>) -> Vec<u8> {
        credentials.strip(&self.body)
    }

    /// The body. Take care not to log it.
    pub fn bytes(&self) -> &Bytes {
        &self.body
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

/// The response of a call: its data, and what else arrived with it.
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
    /// Combines data with the response that it was decoded from.
    pub fn new(data: T, raw: BufferedResponse) -> Self {
        Self { data, raw }
    }

    /// The data.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// The data, by value.
    pub fn into_data(self) -> T {
        self.data
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.raw.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.raw.headers
    }

    /// The message of the response's envelope, in the service's words.
    pub fn message(&self) -> Option<String> {
        envelope::message(&self.raw.body)
    }

    /// The whole body: JSON, or the text of a body that is not JSON.
    pub fn body(&self) -> Untyped {
        Untyped::from_bytes(&self.raw.body)
    }

    /// The number of attempts, including failed connections.
    pub fn attempts(&self) -> u32 {
        self.raw.attempts
    }

    /// The time spent waiting for the rate limiter, over all attempts.
    pub fn queued(&self) -> Duration {
        self.raw.queued
    }

    /// How long the last attempt waited for a new connection: zero if it used an open one, `None` if the transport does not
    /// tell.
    pub fn connect_time(&self) -> Option<Duration> {
        self.raw.connect_time
    }

    /// The total time of the call, including waiting and retries.
    pub fn elapsed(&self) -> Duration {
        self.raw.elapsed
    }

    /// When the last attempt was sent.
    pub fn sent_at(&self) -> Instant {
        self.raw.sent_at
    }
}

impl<T> fmt::Debug for Response<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Response").field("raw", &self.raw).finish_non_exhaustive()
    }
}
