//! A service without a network: it computes responses from requests, under paused time, and records the requests.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::{Instant, sleep};
use zapmail_sdk_ext::http::{HeaderMap, HeaderName, StatusCode};
use zapmail_sdk_ext::reqwest::Request;
use zapmail_sdk_ext::{BufferedResponse, ClientBuilder, Operation, Result, Transport, Zapmail};

use super::KEY;

/// A request that the service received.
#[derive(Debug, Clone)]
pub struct Sent {
    pub at: Instant,
    /// The id of the operation.
    pub operation: &'static str,
    /// The path below the base URL.
    pub path: String,
    /// The parameters, unescaped and sorted by name: `limit=100&page=1`.
    pub query: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Sent {
    /// The value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    /// The number of the requested page.
    pub fn page(&self) -> u32 {
        self.parameter("page").map_or(1, |page| page.parse().unwrap())
    }
}

/// A response.
#[derive(Debug, Clone)]
pub struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    delay: Duration,
}

impl Reply {
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        let headers =
            HeaderMap::from_iter([(HeaderName::from_static("content-type"), "application/json".parse().unwrap())]);
        Self { status: StatusCode::from_u16(status).unwrap(), headers, body: body.into(), delay: Duration::ZERO }
    }

    /// A success with this data, which is JSON.
    pub fn data(data: impl fmt::Display) -> Self {
        Self::json(200, format!(r#"{{"status":200,"message":"ok","data":{data}}}"#))
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    /// Sends the response after this time.
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// Computes the response to a request, given the number of earlier requests.
type Respond = dyn Fn(&Sent, usize) -> Reply + Send + Sync;

/// The service. Clones share their state.
#[derive(Clone)]
pub struct Service {
    respond: Arc<Respond>,
    requests: Arc<Mutex<Vec<Sent>>>,
}

impl Service {
    pub fn responding(respond: impl Fn(&Sent, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self { respond: Arc::new(respond), requests: Arc::default() }
    }

    /// A service that returns these responses in turn and then repeats the last one.
    pub fn replying(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies: Vec<_> = replies.into_iter().collect();
        Self::responding(move |_, index| replies[index.min(replies.len() - 1)].clone())
    }

    /// A client that may spend, with the default retries and rate limits.
    pub fn client(&self) -> Zapmail {
        self.builder().build().unwrap()
    }

    /// A builder of [`client`](Self::client), for a test that changes a setting.
    pub fn builder(&self) -> ClientBuilder {
        self.careful_builder().allow_spending()
    }

    /// A builder of a client that may not spend.
    pub fn careful_builder(&self) -> ClientBuilder {
        Zapmail::builder().api_key(KEY).base_url("http://127.0.0.1:9/api").transport(self.clone())
    }

    /// The requests received.
    pub fn requests(&self) -> Vec<Sent> {
        self.locked().clone()
    }

    /// The number of requests received.
    pub fn count(&self) -> usize {
        self.locked().len()
    }

    /// The queries of the requests received.
    pub fn queries(&self) -> Vec<String> {
        self.locked().iter().map(|sent| sent.query.clone()).collect()
    }

    /// The operations of the requests received.
    pub fn operations(&self) -> Vec<&'static str> {
        self.locked().iter().map(|sent| sent.operation).collect()
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Sent>> {
        self.requests.lock().unwrap()
    }
}

impl Transport for Service {
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        let mut query: Vec<_> = request.url().query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
        query.sort();
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        let sent = Sent {
            at: Instant::now(),
            operation: operation.id,
            path: request.url().path().trim_start_matches("/api").to_owned(),
            query: query.join("&"),
            headers: request.headers().clone(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        async move {
            let index = {
                let mut requests = self.locked();
                requests.push(sent.clone());
                requests.len() - 1
            };
            let Reply { status, headers, body, delay } = (self.respond)(&sent, index);
            sleep(delay).await;
            Ok(BufferedResponse::new(status, headers, body).sent_at(sent.at))
        }
        .boxed()
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Service")
    }
}
