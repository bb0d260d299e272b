//! A transport that passes requests to a sandbox without a network.

use std::fmt;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::header::DATE;
use axum::http::{HeaderMap, HeaderValue, Uri};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::Instant;
use zapmail_sdk::reqwest::Request;
use zapmail_sdk::{BufferedResponse, Error, ErrorKind, Operation, Result, Transport};

use crate::abortable_stream::ConnectionHandle;
use crate::dispatch;
use crate::service::Service;

/// Passes requests to a sandbox within the process; see [`Sandbox::transport`](crate::Sandbox::transport).
#[derive(Clone)]
pub struct InProcess(Arc<Service>);

impl InProcess {
    pub(crate) fn new(service: Arc<Service>) -> Self {
        Self(service)
    }

    async fn exchange(&self, request: Request) -> Result<BufferedResponse> {
        let sent_at = Instant::now();
        let connection = ConnectionHandle::in_process();
        let response = dispatch::respond(&self.0, &connection, convert(request)?).await;
        let (mut parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|error| closed().with_source(error))?;
        if connection.is_aborted() {
            return Err(closed());
        }
        self.add_date(&mut parts.headers);
        Ok(BufferedResponse::new(parts.status, parts.headers, body).sent_at(sent_at).connected_in(Default::default()))
    }

    /// Adds `Date`, which an HTTP server adds to every response.
    fn add_date(&self, headers: &mut HeaderMap) {
        let now = self.0.state().clock.now().to_system_time();
        if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(now)) {
            headers.entry(DATE).or_insert(date);
        }
    }
}

impl Transport for InProcess {
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        async move { self.exchange(request).await.map_err(|error| error.with_attempts(1).with_operation(operation)) }
            .boxed()
    }
}

/// Converts a request to the form in which a server receives it: its URL is a path and a query.
fn convert(request: Request) -> Result<axum::extract::Request> {
    let invalid = |_| Error::config("the request cannot be passed to the sandbox: its URL has no path");
    let url = request.url();
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let uri: Uri = target.parse().map_err(invalid)?;
    let streamed = || Error::config("the sandbox does not accept a streamed request body; pass the body as bytes");
    let body = request.body().map(|body| body.as_bytes().ok_or_else(streamed)).transpose()?.unwrap_or_default();
    let mut converted = axum::extract::Request::new(Body::from(body.to_vec()));
    *converted.method_mut() = request.method().clone();
    *converted.headers_mut() = request.headers().clone();
    *converted.uri_mut() = uri;
    Ok(converted)
}

fn closed() -> Error {
    let message = "the connection to the sandbox was closed before the response was complete";
    Error::new(ErrorKind::Connection, message).with_may_have_been_processed(true)
}

impl fmt::Debug for InProcess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InProcess")
    }
}
