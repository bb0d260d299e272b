//! A test client that validates every response of the sandbox against the document.

use std::sync::OnceLock;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use zapmail_openapi::document::Document;
use zapmail_sandbox::{Builder, Delivery, Quota, Sandbox};

/// The number of times that a test yields to the sandbox's tasks before it gives up, far more than any of them needs.
const MAX_YIELDS: usize = 100_000;

/// An id that no resource has.
pub const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

/// A sandbox with an HTTP client for it.
pub struct Api {
    pub sandbox: Sandbox,
    http: reqwest::Client,
    /// Id of the workspace in the header of the requests.
    workspace: Option<String>,
}

/// A response.
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Api {
    /// Starts a sandbox without quotas.
    pub async fn start() -> Self {
        Self::start_with(|builder| builder).await
    }

    /// Starts a sandbox without quotas, and with other settings.
    pub async fn start_with(set: impl FnOnce(Builder) -> Builder) -> Self {
        Self::of(set(Sandbox::builder().quota(Quota::unlimited())).start().await.unwrap())
    }

    pub fn of(sandbox: Sandbox) -> Self {
        Self { sandbox, http: http(), workspace: None }
    }

    /// Sends all requests to the workspace at this position.
    pub fn in_workspace(mut self, position: usize) -> Self {
        self.workspace = Some(self.sandbox.workspaces()[position].id.clone());
        self
    }

    /// Creates a request with the key and the workspace, without a body.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.sandbox.base_url()));
        let request = request.header("x-auth-zapmail", self.sandbox.api_key());
        match &self.workspace {
            Some(id) => request.header("x-workspace-key", id),
            None => request,
        }
    }

    /// Creates a GET request without key and workspace.
    pub fn bare(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("{}{path}", self.sandbox.base_url()))
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into());
        let request = self.sandbox.requests().pop().unwrap();
        assert_eq!(request.status, status);
        request.operation.iter().for_each(|operation| check(operation, status, &body));
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

    pub async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub async fn delete_with(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::DELETE, path).json(&body)).await
    }

    /// Cancels a subscription, or reverts the cancellation.
    pub async fn cancel_subscription(&self, id: &Value, revert: bool) -> Reply {
        let body = json!({"subscriptionId": id, "revertCancellation": revert});
        self.post("/v2/subscriptions/cancel", body).await
    }

    /// Purchases a domain from the wallet. Returns the response.
    pub async fn purchase_domain(&self, name: &str) -> Value {
        let order = json!({"domains": [{"domainName": name}], "useWallet": true, "enableDnsShield": false});
        self.post("/v2/domains/buy", order).await.ok()
    }

    /// Returns the domain at this position among those with mailboxes in the workspace.
    pub async fn domain(&self, position: usize) -> Value {
        let list = self.get(&format!("/v2/mailboxes/list?limit=1&page={}", position + 1)).await.data();
        list["domains"][0].clone()
    }

    /// Returns a counter of the mailbox list.
    pub async fn counter(&self, name: &str) -> u64 {
        self.get("/v2/mailboxes/list?limit=1").await.data()[name].as_u64().unwrap()
    }

    pub async fn balance(&self) -> Value {
        self.get("/v2/wallet/balance").await.ok()["walletBalance"].clone()
    }

    /// Waits until there are at least `count` delivery attempts and returns all of them.
    pub async fn deliveries(&self, count: usize) -> Vec<Delivery> {
        for _ in 0..MAX_YIELDS {
            let deliveries = self.sandbox.deliveries();
            if deliveries.len() >= count {
                return deliveries;
            }
            tokio::task::yield_now().await;
        }
        panic!("fewer than {count} deliveries: {:?}", self.sandbox.deliveries());
    }
}

impl Reply {
    /// Returns the body of a success.
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        self.body
    }

    /// Returns the data of a success in the usual envelope.
    pub fn data(self) -> Value {
        let status = self.status;
        let mut body = self.ok();
        assert_eq!(body["status"], status);
        assert!(body["message"].is_string());
        body["data"].take()
    }

    /// Returns the message of a refusal in the usual shape.
    pub fn refused(self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["errorId"].as_str().unwrap().len(), 36);
        self.body["message"].as_str().unwrap().to_owned()
    }
}

pub fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Returns the body of a request for new mailboxes on one domain.
pub fn assignment(domain: &Value, usernames: &[&str]) -> Value {
    let mailbox = |username: &&str| json!({"firstName": "Noa", "lastName": "Vale", "mailboxUsername": username, "domainName": domain["domain"]});
    json!({domain["id"].as_str().unwrap(): usernames.iter().map(mailbox).collect::<Value>()})
}

/// Checks that an object has these fields, and possibly others.
#[track_caller]
pub fn assert_fields(object: &Value, expected: Value) {
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(object[name], *value, "{name} in {object}");
    }
}

/// Lets the tasks of the sandbox run until they wait for something.
pub async fn run_tasks() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}

/// Checks that the document describes the response of an operation.
pub fn check(id: &str, status: u16, body: &Value) {
    let documented = &document().operation(id).unwrap().value["responses"][status.to_string()];
    let schema = match &documented["content"]["application/json"]["schema"] {
        Value::Null if status >= 400 => &json!({"$ref": "#/components/schemas/Error"}),
        Value::Null if documented.is_null() => panic!("{id} has no documented response with status {status}"),
        Value::Null => return,
        schema => schema,
    };
    let schema = zapmail_openapi::json_schema::standalone(document().value(), schema);
    let validator = jsonschema::draft4::new(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(body).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{id} returned {body}: {errors:?}");
}

pub fn document() -> &'static Document {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    DOCUMENT.get_or_init(|| Document::parse(zapmail_openapi::DOCUMENT).unwrap())
}
