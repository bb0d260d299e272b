//! A scripted service on loopback, for tests under paused time.

#[cfg(feature = "redis")]
pub(crate) mod redis_process;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use zapmail_sandbox::Sandbox;

use crate::{ClientBuilder, RateLimits, RetryPolicy, Zapmail};

/// A builder of a client that uses a sandbox without a network.
pub(crate) fn client_of(sandbox: &Sandbox) -> ClientBuilder {
    Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).transport(sandbox.transport())
}

/// A sandbox, and a client that does not retry.
pub(crate) fn sandbox() -> (Sandbox, Zapmail) {
    let sandbox = Sandbox::builder().build().unwrap();
    let zapmail = client_of(&sandbox).retry_policy(RetryPolicy::none()).build().unwrap();
    (sandbox, zapmail)
}

/// The operations of the requests to a sandbox, in order.
pub(crate) fn operations(sandbox: &Sandbox) -> Vec<String> {
    sandbox.requests().into_iter().filter_map(|request| request.operation).collect()
}

/// A journal in a file, and its folder.
#[cfg(feature = "journal")]
pub(crate) fn journal() -> (tempfile::TempDir, crate::Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = crate::Journal::file(folder.path().join("purchases.journal")).unwrap();
    (folder, journal)
}

/// One response.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    body: Value,
    delay: Duration,
}

impl Reply {
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, body, delay: Duration::ZERO }
    }

    /// A success with this data.
    pub fn data(data: Value) -> Self {
        Self::json(200, json!({"status": 200, "data": data}))
    }

    /// The only page of a list, with its rows under this key.
    pub fn page(key: &str, rows: Value) -> Self {
        Self::data(json!({"currentPage": 1, "nextPage": 2, "totalPages": 1, key: rows}))
    }

    pub fn error(status: u16, message: &str) -> Self {
        Self::json(status, json!({"status": status, "message": message}))
    }

    pub fn is_success(&self) -> bool {
        self.status < 300
    }

    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// A service that returns scripted responses in order and then repeats the last one, with a client that has no rate
/// limits and no retries.
pub(crate) struct Service {
    pub zapmail: Zapmail,
    requests: Arc<Mutex<Vec<(String, Bytes)>>>,
    task: JoinHandle<()>,
}

impl Service {
    pub async fn replying(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies: Vec<_> = replies.into_iter().collect();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let router = Router::new().fallback(move |uri: Uri, body: Bytes| {
            let index = {
                let mut log = log.lock().unwrap();
                log.push((uri.path().to_owned(), body));
                log.len() - 1
            };
            let reply = replies[index.min(replies.len() - 1)].clone();
            async move {
                sleep(reply.delay).await;
                (StatusCode::from_u16(reply.status).unwrap(), axum::Json(reply.body)).into_response()
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let client = Zapmail::builder()
            .api_key("not-a-real-key")
            .base_url(base_url)
            .rate_limits(RateLimits::unlimited())
            .retry_policy(RetryPolicy::none());
        Self { zapmail: client.build().unwrap(), requests, task }
    }

    /// Returns the number of received requests.
    pub fn requests(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// Returns the paths of the received requests.
    pub fn paths(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }

    /// Returns the bodies of the received requests; null for a request without a body.
    pub fn bodies(&self) -> Vec<Value> {
        self.requests.lock().unwrap().iter().map(|(_, body)| serde_json::from_slice(body).unwrap_or_default()).collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Returns the output of a future and the elapsed seconds, rounded to 0.1 s because responses on loopback may take a
/// few milliseconds.
pub(crate) async fn seconds<T>(future: impl IntoFuture<Output = T>) -> (T, f64) {
    let start = Instant::now();
    let output = future.await;
    (output, (start.elapsed().as_secs_f64() * 10.0).round() / 10.0)
}
