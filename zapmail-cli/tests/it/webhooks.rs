//! Webhooks: verification, printing and forwarding of deliveries.

use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use zapmail_sandbox::{Quota, Sandbox};
use zapmail_sdk_ext::ReqwestTransport;
use zapmail_sdk_ext::webhooks::{SIGNATURE_HEADER, WebhookVerifier, sign};

use crate::run::{Zapmail, zapmail};
use crate::running::{HAS_SIGNALS, Running};

const SECRET: &str = "not-a-real-secret-of-a-webhook";

async fn sandbox() -> Sandbox {
    Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap()
}

fn listen(secret: &str) -> Zapmail {
    zapmail().line("webhooks listen --bind 127.0.0.1:0 -o jsonl").env("ZAPMAIL_WEBHOOK_SECRET", secret)
}

/// Starts the listener, and returns it with the address that it prints.
fn start(zapmail: Zapmail) -> (Running, String) {
    let listener = Running::start(zapmail);
    let line = listener.stderr_line();
    let address = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
    assert!(address.starts_with("http://127.0.0.1:") && !address.ends_with(":0"), "{address}");
    (listener, address)
}

/// Creates a webhook endpoint in a sandbox, and returns its id and secret.
fn endpoint(sandbox: &Sandbox) -> (String, String) {
    let line = "webhooks create-endpoint --url http://127.0.0.1:9/ --enabled-events export.completed,mailbox.updated --reveal -o json";
    let endpoint = zapmail().on(sandbox).line(line).run().json();
    let text = |name: &str| endpoint[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

/// The service shows the secret of an endpoint only once, so a masked secret would be lost.
#[tokio::test(flavor = "multi_thread")]
async fn endpoint_is_not_created_if_its_secret_would_be_masked() {
    let sandbox = Sandbox::start().await.unwrap();
    let line = "webhooks create-endpoint --url http://127.0.0.1:9/ --enabled-events export.completed";
    let refused = zapmail().on(&sandbox).line(line).run();
    assert!(refused.failed(2).contains("--reveal"), "{refused:?}");
    assert!(sandbox.requests().is_empty());
}

/// Changes the URL of an endpoint to `address`.
fn redirect(sandbox: &Sandbox, id: &str, address: &str) {
    let line = ["webhooks", "update-endpoint", "--id", id, "--url", address, "--status", "active"];
    let update =
        zapmail().on(sandbox).args(line).line("--enabled-events export.completed,mailbox.updated -o json").run();
    assert_eq!(update.json()["url"], address);
}

/// Posts a body with a signature, and returns the status of the response.
async fn post(address: &str, body: &str, signature: Option<&str>) -> StatusCode {
    let client = ReqwestTransport::configured(|builder| builder.no_proxy()).unwrap().client().clone();
    let request = client.post(address).body(body.to_owned());
    let request = match signature {
        Some(signature) => request.header(SIGNATURE_HEADER, signature),
        None => request,
    };
    request.send().await.unwrap().status()
}

fn event(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// Starts a server that deliveries are forwarded to, which responds with `status`. Returns its address and the
/// requests.
async fn receiver(status: StatusCode) -> (String, UnboundedReceiver<(HeaderMap, Bytes)>) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hooks/zapmail?from=cli", socket.local_addr().unwrap());
    let (sender, received) = unbounded_channel();
    let router = Router::new().fallback(move |headers: HeaderMap, body: Bytes| {
        let sent = sender.send((headers, body));
        async move { if sent.is_ok() { status } else { StatusCode::GONE } }
    });
    tokio::spawn(async move { axum::serve(socket, router).await });
    (address, received)
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_is_verified_and_printed_as_a_row() {
    let sandbox = sandbox().await;
    let (endpoint, secret) = endpoint(&sandbox);
    let (listener, address) = start(listen(&secret));
    redirect(&sandbox, &endpoint, &address);
    let id = sandbox.deliver("export.completed", json!({"export_id": 10421, "status": "COMPLETED"})).unwrap();
    let row = event(&listener.stdout_line());
    assert_eq!((&row["id"], &row["type"]), (&id.into(), &"export.completed".into()));
    assert_eq!(row["data"], json!({"export_id": 10421, "status": "COMPLETED"}));
    assert!(row["created"].is_string() || row["created"].is_number(), "{row}");
    let names: Vec<_> = row.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["created", "data", "id", "type"]);
    // One row per event, in the order of the deliveries.
    let second = sandbox.deliver("mailbox.updated", json!({"id": "m-1"})).unwrap();
    assert_eq!(event(&listener.stdout_line())["id"], second);
    let ended = listener.interrupt();
    assert_eq!(ended.stdout, "", "{ended:?}");
    if HAS_SIGNALS {
        assert_eq!(ended.code, 130, "{ended:?}");
    }
    assert!(!ended.stderr.contains(&secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_in_events_are_printed_only_with_reveal() {
    let body = json!({
        "id": "evt_1", "type": "mailbox.updated", "created": 1_795_424_400, "data": {"username": "dana", "appPassword": "hush-1", "nested": [{"totp_secret": "hush-2"}]},
    });
    let body = body.to_string();
    for (arguments, password, seed) in [(&[][..], "[redacted]", "[redacted]"), (&["--reveal"], "hush-1", "hush-2")] {
        let (listener, address) = start(listen(SECRET).args(arguments));
        let signature = sign(SECRET, body.as_bytes(), SystemTime::now());
        assert_eq!(post(&address, &body, Some(&signature)).await, 200);
        let data = &event(&listener.stdout_line())["data"];
        assert_eq!(*data, json!({"username": "dana", "appPassword": password, "nested": [{"totp_secret": seed}]}));
        let ended = listener.interrupt();
        assert!(!ended.stderr.contains("hush"), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_delivery_is_rejected_and_reported() {
    let (upstream, mut received) = receiver(StatusCode::OK).await;
    let (listener, address) = start(listen(SECRET).args(["--forward", &upstream]));
    let body = r#"{"id": "evt_forged", "type": "export.completed", "data": {"password": "hush"}}"#;
    let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
    let rejections = [
        (None, "has no X-Zapmail-Signature header"),
        (Some("hello".to_owned()), "does not have the form"),
        (Some(sign("another-secret", body.as_bytes(), SystemTime::now())), "no signature matches"),
        (Some(sign(SECRET, b"{}", SystemTime::now())), "no signature matches"),
        (Some(sign(SECRET, body.as_bytes(), an_hour_ago)), "too old"),
    ];
    for (signature, reason) in rejections {
        assert_eq!(post(&address, body, signature.as_deref()).await, 400, "{reason}");
        let line = listener.stderr_line();
        assert!(line.starts_with("delivery rejected: ") && line.contains(reason), "{line}");
    }
    let not_an_event = "[1, 2]";
    let signature = sign(SECRET, not_an_event.as_bytes(), SystemTime::now());
    assert_eq!(post(&address, not_an_event, Some(&signature)).await, 400);
    assert!(listener.stderr_line().contains("not an event"));
    let ended = listener.interrupt();
    assert_eq!(ended.stdout, "", "a forged event is not printed");
    assert!(received.try_recv().is_err(), "a forged event is not forwarded");
    assert!(!ended.stderr.contains(SECRET) && !ended.stderr.contains("hush"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn forwarded_delivery_is_unchanged_and_status_is_returned() {
    let body =
        "{\"type\":\"export.completed\",  \"id\":\"evt_2\", \"data\":{\"name\":\"Zo\u{eb}\", \"password\":\"hush\"}}\n";
    for status in [StatusCode::NO_CONTENT, StatusCode::SERVICE_UNAVAILABLE] {
        let (upstream, mut received) = receiver(status).await;
        let (listener, address) = start(listen(SECRET).args(["--forward", &upstream]));
        let signature = sign(SECRET, body.as_bytes(), SystemTime::now());
        assert_eq!(post(&address, body, Some(&signature)).await, status);
        let (headers, forwarded) = received.recv().await.unwrap();
        assert_eq!(forwarded, body.as_bytes());
        assert_eq!(headers[SIGNATURE_HEADER], signature);
        assert_eq!(headers["content-type"], "application/json");
        // The receiver can verify the forwarded delivery.
        assert_eq!(WebhookVerifier::new(SECRET).unwrap().verify(&headers, &forwarded).unwrap().id, "evt_2");
        assert_eq!(event(&listener.stdout_line())["id"], "evt_2", "the event is also printed");
        assert!(received.try_recv().is_err(), "the event is forwarded once");
        listener.interrupt();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_that_cannot_be_forwarded_is_rejected() {
    // Nothing listens on port 1, and the system does not assign it.
    let (listener, address) = start(listen(SECRET).args(["--forward", "http://127.0.0.1:1/?token=hush"]));
    let body = r#"{"id": "evt_3", "type": "export.completed", "data": {}}"#;
    let signature = sign(SECRET, body.as_bytes(), SystemTime::now());
    assert_eq!(post(&address, body, Some(&signature)).await, 502, "the service retries the delivery");
    let line = listener.stderr_line();
    assert!(line.starts_with("delivery not forwarded: ") && !line.contains("hush"), "{line}");
}

#[test]
fn missing_and_invalid_settings_are_refused() {
    let without_secret = zapmail().line("webhooks listen").run();
    let report = without_secret.failed(1);
    assert!(report.contains("ZAPMAIL_WEBHOOK_SECRET is not set"), "{report}");
    assert!(report.contains("`webhooks create-endpoint --reveal`"), "{report}");
    let blank = listen(" ").run();
    assert!(blank.failed(1).contains("secret"), "{blank:?}");
    let address = listen(SECRET).args(["--forward", "not a url"]).run();
    assert!(!address.failed(2).contains(SECRET) && address.stderr.contains("--forward"), "{address:?}");
    let occupied = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = occupied.local_addr().unwrap().to_string();
    let outcome = zapmail().args(["webhooks", "listen", "--bind", &bind]).env("ZAPMAIL_WEBHOOK_SECRET", SECRET).run();
    assert!(outcome.failed(1).contains(&format!("cannot listen on {bind}")), "{outcome:?}");
}
