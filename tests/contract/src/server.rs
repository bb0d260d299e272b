//! A server on loopback that records requests and sends a fixed response.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request that the server received.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub method: String,
    /// The path below the base URL.
    pub path: String,
    /// The query parameters in their original order, decoded.
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The response to every request.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Bytes,
}

impl Reply {
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, content_type: "application/json", body: body.to_string().into() }
    }
}

/// A recording server, which stops when it is dropped.
pub struct Server {
    base_url: String,
    requests: Arc<Mutex<Vec<Recorded>>>,
    task: JoinHandle<()>,
}

/// The path of the base URL, as in the live service.
const BASE: &str = "/api";

impl Server {
    /// Starts a server on a free port.
    ///
    /// # Panics
    ///
    /// If loopback is unavailable.
    pub async fn responding(reply: Reply) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&requests);
        let router = Router::new().fallback(move |request: Request| {
            let (written, reply) = (Arc::clone(&written), reply.clone());
            async move {
                let recorded = record(request).await;
                written.lock().expect("no test panics while it holds the lock").push(recorded);
                respond(&reply)
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
        let address = listener.local_addr().expect("the port just taken");
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("serving on loopback") });
        Self { base_url: format!("http://{address}{BASE}"), requests, task }
    }

    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The requests so far.
    ///
    /// # Panics
    ///
    /// Never: no code panics while it holds the lock.
    pub fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().expect("no test panics while it holds the lock").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn record(request: Request) -> Recorded {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    Recorded {
        method: parts.method.to_string(),
        path: below_base(parts.uri.path()).to_owned(),
        query: url::form_urlencoded::parse(query).into_owned().collect(),
        headers: parts.headers,
        body: axum::body::to_bytes(body, usize::MAX).await.expect("a whole body"),
    }
}

/// The path without its prefix `BASE`. Only one prefix is removed, so that a doubled prefix is found.
fn below_base(path: &str) -> &str {
    path.strip_prefix(BASE).unwrap_or(path)
}

fn respond(reply: &Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body.clone()));
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("a status");
    response.headers_mut().insert("content-type", reply.content_type.parse().expect("a media type"));
    response
}

#[cfg(test)]
mod tests {
    use super::below_base;

    #[test]
    fn below_base_removes_one_prefix() {
        let rows = [("/api/v2/users", "/v2/users"), ("/api/api/v2/users", "/api/v2/users"), ("/v2/users", "/v2/users")];
        for (path, below) in rows {
            assert_eq!(below_base(path), below, "{path}");
        }
    }
}
