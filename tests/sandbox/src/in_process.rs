//! A sandbox as a transport: requests reach it without a network.

use std::fmt;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Uri;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::Instant;
use zapmail_sdk::reqwest::Request;
use zapmail_sdk::{BufferedResponse, Error, ErrorKind, Operation, Result, Transport};

use crate::line::Line;
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
        let line = Line::in_process();
        let response = self.0.respond(&line, converted(request)?).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|error| closed().with_source(error))?;
        if line.is_cut() {
            return Err(closed());
        }
        Ok(BufferedResponse::new(parts.status, parts.headers, body).sent_at(sent_at).connected_in(Default::default()))
    }
}

impl Transport for InProcess {
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        async move { self.exchange(request).await.map_err(|error| error.with_attempts(1).with_operation(operation)) }
            .boxed()
    }
}

/// The request as a server sees it: its URL is a path and a query.
fn converted(request: Request) -> Result<axum::extract::Request> {
    let invalid = |_| Error::config("the request cannot be passed to the sandbox: its URL has no path");
    let url = request.url();
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let uri: Uri = target.parse().map_err(invalid)?;
    let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec();
    let mut converted = axum::extract::Request::new(Body::from(body));
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
