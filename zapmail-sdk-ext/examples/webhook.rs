//! Receives webhooks: verifies each delivery, responds at once, and handles an event only once if it is delivered again.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --features webhook --example webhook -- [ADDRESS]
//! ```
//!
//! With `ZAPMAIL_WEBHOOK_SECRET`, it listens until it is stopped; an HTTPS proxy in front of it must not change the bodies.
//! Without it, it registers an endpoint in a sandbox, receives two events, forges a third, and ends.

#[path = "support/connect.rs"]
mod connect;

use std::collections::HashSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::json;
use tokio::net::TcpListener;
use zapmail_sdk_ext::types::{NewWebhookEndpoint, WebhookEventType};
use zapmail_sdk_ext::{ReqwestTransport, Secret, webhook};

struct Receiver {
    secret: Secret,
    /// The ids of the handled events. A real receiver stores them durably.
    handled: Mutex<HashSet<String>>,
}

async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get(webhook::SIGNATURE_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match webhook::verify(&receiver.secret, signature, &body, SystemTime::now(), webhook::TOLERANCE) {
        Ok(event) => {
            let new = receiver.handled.lock().unwrap_or_else(PoisonError::into_inner).insert(event.id.clone());
            println!("{} {} {}", event.id, event.kind, if new { "" } else { "(again)" });
            // The response is due within 10 seconds: put longer work into a queue.
            StatusCode::OK
        }
        Err(rejected) => {
            println!("rejected: {rejected}");
            StatusCode::BAD_REQUEST
        }
    }
}

fn router(secret: Secret) -> Router {
    let receiver = Arc::new(Receiver { secret, handled: Mutex::default() });
    Router::new().route("/zapmail", post(receive)).with_state(receiver)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = TcpListener::bind(address).await?;
    let url = format!("http://{}/zapmail", listener.local_addr()?);
    if let Ok(secret) = std::env::var("ZAPMAIL_WEBHOOK_SECRET") {
        println!("listening at {url}");
        return Ok(axum::serve(listener, router(Secret::from(secret))).await?);
    }

    let (zapmail, sandbox) = connect::connect().await?;
    let Some(sandbox) = sandbox else {
        return Err(
            "export ZAPMAIL_WEBHOOK_SECRET, the endpoint's secret, to receive the events of the live service".into()
        );
    };
    let events = [WebhookEventType::ExportCompleted, WebhookEventType::MailboxUpdated];
    let endpoint = zapmail.create_webhook_endpoint().body(NewWebhookEndpoint::new(events, url.as_str())).send().await?;
    let secret =
        endpoint.secret.ok_or("the response has no secret, which is returned only when an endpoint is created")?;
    let server = tokio::spawn(async move { axum::serve(listener, router(secret)).await });

    sandbox.deliver("export.completed", json!({"exportId": 10421}));
    sandbox.deliver("mailbox.updated", json!({"status": "ACTIVE"}));
    while sandbox.deliveries().len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // A sender that does not know the secret.
    let http = ReqwestTransport::new()?.client().clone();
    let forged = http.post(&url).header(webhook::SIGNATURE_HEADER, "t=1,v1=00").body("{}").send().await?;
    println!("the response to the forged event is {}", forged.status());
    server.abort();
    Ok(())
}
