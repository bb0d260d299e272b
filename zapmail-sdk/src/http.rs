//! The reqwest transport: sends one request without redirects or retries, and limits the size of the response.

use std::mem;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::future::BoxFuture;
use reqwest::{Client, ClientBuilder, Request, Url};
use tokio::time::{Instant, timeout};

use crate::connect_time;
use crate::error::{Error, ErrorKind, Result};
use crate::operations::Operation;
use crate::response::BufferedResponse;
use crate::tls;
use crate::transport::Transport;

/// Default limit of a JSON response: 8 MiB. Decoded, it can occupy a hundred times as much memory.
const BODY_LIMIT: usize = 8 << 20;

/// Default limit of a file: 64 MiB.
const FILE_LIMIT: usize = 64 << 20;

/// Maximum number of bytes that are allocated for a body before it arrives.
const MAX_PREALLOCATION: usize = 1 << 20;

/// Default timeout of one request.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A transport that sends requests with reqwest over HTTP/1.1, without redirects or retries.
///
/// ```
/// use std::time::Duration;
/// use zapmail_sdk::ReqwestTransport;
///
/// let transport = ReqwestTransport::new()?.timeout(Duration::from_secs(30)).body_limit(1 << 20);
/// # Ok::<(), zapmail_sdk::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    client: Client,
    timeout: Duration,
    body_limit: Option<usize>,
}

impl ReqwestTransport {
    /// Creates a transport with the TLS backend that this crate's features select and the platform's certificates.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the platform has no certificates.
    pub fn new() -> Result<Self> {
        Self::configured(|builder| builder)
    }

    /// Creates a transport with custom reqwest settings, such as a proxy or certificates.
    ///
    /// The client always uses HTTP/1.1 without redirects or retries, whatever `configure` sets: a redirect would send
    /// the API key to another host, and a retry could repeat a purchase.
    ///
    /// ```
    /// use zapmail_sdk::ReqwestTransport;
    ///
    /// let transport = ReqwestTransport::configured(|builder| builder.user_agent("acme-provisioner/1.4"))?;
    /// # Ok::<(), zapmail_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if reqwest cannot build a client with these settings.
    pub fn configured(configure: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<Self> {
        let builder = tls::client_builder()
            .map_err(|error| Error::config(format!("could not set up TLS: {error}")).with_source(error))?;
        let builder =
            configure(builder).http1_only().redirect(reqwest::redirect::Policy::none()).retry(reqwest::retry::never());
        let builder = connect_time::measure(builder);
        let client = builder
            .build()
            .map_err(|error| Error::config(format!("could not build the HTTP client: {}", cause(&error))))?;
        Ok(Self { client, timeout: TIMEOUT, body_limit: None })
    }

    /// Sets the timeout of one request, including the response body. Defaults to 60 seconds.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sets the maximum size of a response, in bytes. Defaults to 8 MiB for JSON and 64 MiB for files.
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit: Some(bytes), ..self }
    }

    /// Returns the HTTP client. Requests sent with it directly are not subject to this transport's size limit and
    /// timeout.
    pub fn client(&self) -> &Client {
        &self.client
    }

    async fn exchange(&self, request: Request, operation: &Operation) -> Result<BufferedResponse> {
        let default_limit = if operation.returns_file { FILE_LIMIT } else { BODY_LIMIT };
        let mut response = self.client.execute(request).await.map_err(request_error)?;
        let body = read(&mut response, self.body_limit.unwrap_or(default_limit)).await?;
        Ok(BufferedResponse::new(response.status(), mem::take(response.headers_mut()), body))
    }
}

impl Transport for ReqwestTransport {
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        Box::pin(async move {
            let sent_at = Instant::now();
            let exchange = connect_time::with_connect_time(self.exchange(request, operation));
            let (outcome, connect_time) = match timeout(self.timeout, exchange).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    let error = Error::new(ErrorKind::Timeout, "timed out waiting for the response");
                    (Err(error.with_may_have_been_processed(true)), Duration::ZERO)
                }
            };
            match outcome {
                Ok(response) => Ok(response.sent_at(sent_at).connected_in(connect_time)),
                Err(error) => Err(error.with_attempts(1).with_operation(operation)),
            }
        })
    }
}

/// Converts reqwest's error for a request that received no response.
fn request_error(error: reqwest::Error) -> Error {
    let address = error.url().map_or_else(|| "the service".to_owned(), address);
    let error = error.without_url();
    let cause = cause(&error);
    if error.is_builder() {
        return Error::config(format!("could not build the request: {cause}"));
    }
    if error.is_connect() {
        let message = format!("could not connect to {address}: {cause}");
        return Error::new(ErrorKind::Connection, message).with_source(error);
    }
    connection_closed(error, &address, &cause)
}

fn connection_closed(error: reqwest::Error, address: &str, cause: &str) -> Error {
    let message = format!("the connection to {address} was closed before the response was complete: {cause}");
    Error::new(ErrorKind::Connection, message).with_source(error).with_may_have_been_processed(true)
}

/// Reads a body of at most `limit` bytes.
async fn read(response: &mut reqwest::Response, limit: usize) -> Result<Bytes> {
    let announced = response.content_length().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    // Most bodies arrive in a single chunk, which is used without copying. At most one of the two buffers has content.
    let (mut body, mut joined) = (Bytes::new(), BytesMut::new());
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => {
                let error = error.without_url();
                let cause = cause(&error);
                return Err(connection_closed(error, &address(response.url()), &cause));
            }
        };
        let length = body.len() + joined.len() + chunk.len();
        if length > limit {
            return Err(too_large(limit));
        }
        if length == chunk.len() {
            body = chunk;
            continue;
        }
        if joined.is_empty() {
            joined.reserve(announced.unwrap_or(length).min(MAX_PREALLOCATION));
            joined.extend_from_slice(&mem::take(&mut body));
        }
        joined.extend_from_slice(&chunk);
    }
    Ok(if joined.is_empty() { body } else { joined.freeze() })
}

fn too_large(limit: usize) -> Error {
    Error::new(ErrorKind::TooLarge, format!("the response exceeds the limit of {limit} bytes"))
        .with_hint("raise `body_limit`, or request smaller pages")
        .with_may_have_been_processed(true)
}

/// Returns the host and port of a URL.
fn address(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Returns the innermost cause, such as `Connection refused`.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
