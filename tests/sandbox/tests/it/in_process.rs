//! The in-process transport: the same responses, quotas and faults without a network.

use std::time::Duration;

use serde_json::Value;
use zapmail_sandbox::{Fault, Sandbox};
use zapmail_sdk::reqwest::{Body, Client, Method, Request, Url};
use zapmail_sdk::{BufferedResponse, ErrorKind, Operation, Result, Transport, operations};

fn operation(id: &str) -> &'static Operation {
    operations::find(id).unwrap()
}

fn request(sandbox: &Sandbox, method: &Method, path: &str) -> Request {
    let url = Url::parse(&format!("{}{path}", sandbox.base_url())).unwrap();
    let mut request = Request::new(method.clone(), url);
    request.headers_mut().insert("x-auth-zapmail", sandbox.api_key().parse().unwrap());
    request
}

async fn get(sandbox: &Sandbox, id: &str, path: &str) -> Result<BufferedResponse> {
    sandbox.transport().send(request(sandbox, &Method::GET, path), operation(id)).await
}

#[tokio::test]
async fn responses_are_the_same_as_over_http() {
    let (in_process, over_http) = (Sandbox::builder().build().unwrap(), Sandbox::start().await.unwrap());
    for (id, method, path, body) in [
        ("get_user", Method::GET, "/v2/users", ""),
        ("list_mailboxes", Method::GET, "/v2/mailboxes/list?page=2&limit=3", ""),
        ("search_domains", Method::POST, "/v2/domains?limit=2", r#"{"contains": "acme"}"#),
        ("purchase_addon_mailboxes", Method::POST, "/v2/wallet/buy-addon-mailboxes?quantity=2", ""),
        ("get_wallet_balance", Method::GET, "/v2/wallet/balance", ""),
        ("get_authenticator_code", Method::GET, "/v2/mailboxes/authenticator-code", ""),
    ] {
        let mut requests = [request(&in_process, &method, path), request(&over_http, &method, path)];
        for request in requests.iter_mut().filter(|_| !body.is_empty()) {
            *request.body_mut() = Some(body.into());
            request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        }
        let [own, other] = requests;
        let own = in_process.transport().send(own, operation(id)).await.unwrap();
        let other = Client::new().execute(other).await.unwrap();
        assert_eq!(own.status(), other.status(), "{id}");
        // Over HTTP, the date is the machine's time.
        assert!(own.headers()["date"].to_str().unwrap().starts_with("Mon, 23 Nov 2026 09:0"), "{id}");
        assert!(other.headers().contains_key("date"), "{id}");
        let (own, other): (Value, Value) = (serde_json::from_slice(own.bytes()).unwrap(), other.json().await.unwrap());
        assert_eq!(without_times(own), without_times(other), "{id}");
    }
    assert_eq!(in_process.ledger().len(), 1);
    assert_eq!(in_process.requests().len(), 6);
}

/// Replaces timestamps with null, because the two sandboxes were started at different times.
fn without_times(value: Value) -> Value {
    match value {
        Value::String(text) if text.len() == 24 && text.ends_with('Z') => Value::Null,
        Value::Array(elements) => elements.into_iter().map(without_times).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, without_times(value))).collect(),
        other => other,
    }
}

#[tokio::test(start_paused = true)]
async fn faults_quota_and_latency_apply() {
    let sandbox = Sandbox::builder().latency(Duration::from_millis(300)).build().unwrap();
    for fault in [Fault::DropBeforeRequest, Fault::DropAfterRequest, Fault::CutBody] {
        sandbox.fail_next("get_user", fault.clone()).unwrap();
        let error = get(&sandbox, "get_user", "/v2/users").await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::Connection, true), "{fault:?}");
    }
    sandbox.fail_next("get_user", Fault::status(503)).unwrap();
    assert_eq!(get(&sandbox, "get_user", "/v2/users").await.unwrap().status(), 503);

    let started_at = tokio::time::Instant::now();
    let response = get(&sandbox, "get_user", "/v2/users").await.unwrap();
    assert_eq!(started_at.elapsed(), Duration::from_millis(300));
    assert_eq!((response.last_sent_at(), response.connect_time()), (started_at, Some(Duration::ZERO)));

    sandbox.advance(Duration::from_secs(10));
    let all = (0..6).map(|_| get(&sandbox, "get_user", "/v2/users"));
    let statuses = futures::future::join_all(all).await.into_iter().map(|response| response.unwrap().status().as_u16());
    assert_eq!(statuses.collect::<Vec<_>>(), [200, 200, 200, 200, 200, 429]);
}

#[test]
fn build_writes_state_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let sandbox = Sandbox::builder().domains(1).state_file(&path).build().unwrap();
    let restored = Sandbox::builder().state_file(&path).build().unwrap();
    assert_eq!(sandbox.workspaces(), restored.workspaces());
    assert!(path.exists());
}

#[tokio::test]
async fn streamed_body_is_config_error() {
    let sandbox = Sandbox::builder().build().unwrap();
    let mut request = request(&sandbox, &Method::POST, "/v2/domains");
    let chunks = futures::stream::iter([Ok::<_, std::io::Error>(r#"{"contains": "#), Ok(r#""acme"}"#)]);
    *request.body_mut() = Some(Body::wrap_stream(chunks));
    let error = sandbox.transport().send(request, operation("search_domains")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::Config, false));
    assert!(error.to_string().contains("pass the body as bytes"), "{error}");
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn transport_of_dropped_sandbox_responds() {
    let sandbox = Sandbox::builder().build().unwrap();
    let (transport, request) = (sandbox.transport(), request(&sandbox, &Method::GET, "/v2/users"));
    drop(sandbox);
    assert_eq!(transport.send(request, operation("get_user")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn transport_reaches_controls() {
    let sandbox = Sandbox::builder().build().unwrap();
    let root = sandbox.base_url().trim_end_matches("/api").to_owned();
    let url = Url::parse(&format!("{root}/_sandbox/ledger")).unwrap();
    let response = sandbox.transport().send(Request::new(Method::GET, url), operation("get_user")).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(
        format!("{sandbox:?} {:?}", sandbox.transport()),
        "Sandbox { base_url: \"http://localhost/api\", .. } InProcess"
    );
}
