//! Asks a sandbox, and holds each answer against the document.

use std::sync::OnceLock;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use zapmail_openapi::document::Document;
use zapmail_sandbox::{Delivery, LoggedRequest, Quota, Sandbox};

/// How often a test lets the sandbox's tasks go on before it gives up: far more than any of them needs.
const TURNS: usize = 100_000;

/// A sandbox and a way to ask it.
pub struct Api {
    pub sandbox: Sandbox,
    http: reqwest::Client,
    /// The workspace that requests name.
    workspace: Option<String>,
}

/// An answer.
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Api {
    pub async fn start() -> Self {
        Self::of(Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap())
    }

    pub fn of(sandbox: Sandbox) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { sandbox, http, workspace: None }
    }

    /// The same, with all requests in another workspace.
    pub fn in_workspace(mut self, position: usize) -> Self {
        self.workspace = Some(self.sandbox.workspaces()[position].id.clone());
        self
    }

    /// A request with the key and the workspace, as yet without a body.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.sandbox.base_url()));
        let request = request.header("x-auth-zapmail", self.sandbox.api_key());
        match &self.workspace {
            Some(id) => request.header("x-workspace-key", id),
            None => request,
        }
    }

    /// A request without anything but its path.
    pub fn bare(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("{}{path}", self.sandbox.base_url()))
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into());
        check(&self.sandbox.requests().pop().unwrap(), status, &body);
        Reply { status, headers, body }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// The nth domain of the workspace that has mailboxes.
    pub async fn domain(&self, position: usize) -> Value {
        let list = self.get(&format!("/v2/mailboxes/list?limit=1&page={}", position + 1)).await.data();
        list["domains"][0].clone()
    }

    /// The counters of the workspace's mailboxes.
    pub async fn counter(&self, name: &str) -> u64 {
        self.get("/v2/mailboxes/list?limit=1").await.data()[name].as_u64().unwrap()
    }

    pub async fn balance(&self) -> Value {
        self.get("/v2/wallet/balance").await.ok()["walletBalance"].clone()
    }

    /// What came of the attempts to deliver events, once there are so many.
    pub async fn deliveries(&self, count: usize) -> Vec<Delivery> {
        for _ in 0..TURNS {
            let deliveries = self.sandbox.deliveries();
            if deliveries.len() >= count {
                return deliveries;
            }
            tokio::task::yield_now().await;
        }
        panic!("not {count} deliveries: {:?}", self.sandbox.deliveries());
    }
}

impl Reply {
    /// The body of a success.
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        self.body
    }

    /// The data of a success in the usual envelope.
    pub fn data(self) -> Value {
        let status = self.status;
        let mut body = self.ok();
        assert_eq!(body["status"], status);
        assert!(body["message"].is_string());
        body["data"].take()
    }

    /// What a refusal in the usual form says.
    pub fn refused(self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["errorId"].as_str().unwrap().len(), 36);
        self.body["message"].as_str().unwrap().to_owned()
    }
}

/// Every answer to an operation of the document is one that the document describes.
fn check(request: &LoggedRequest, status: u16, body: &Value) {
    assert_eq!(request.status, status);
    let Some(id) = &request.operation else { return };
    let exact = &document().operation(id).unwrap().value["responses"][status.to_string()];
    let schema = match &exact["content"]["application/json"]["schema"] {
        Value::Null if status >= 400 => &json!({"$ref": "#/components/schemas/Error"}),
        Value::Null if exact.is_null() => panic!("{id} is not documented to answer {status}"),
        Value::Null => return,
        schema => schema,
    };
    let schema = zapmail_openapi::json_schema::standalone(document().value(), schema);
    let validator = jsonschema::draft4::new(&schema).unwrap();
    let faults: Vec<_> = validator.iter_errors(body).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{id} answered {body}: {faults:?}");
}

pub fn document() -> &'static Document {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    DOCUMENT.get_or_init(|| Document::parse(zapmail_openapi::DOCUMENT).unwrap())
}
