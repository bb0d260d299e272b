//! Receives webhooks: verifies each delivery, answers at once, and takes an event that comes again only once.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --features webhook --example webhook -- [ADDRESS]
//! ```
//!
//! With `ZAPMAIL_WEBHOOK_SECRET` it listens until it is stopped; an HTTPS proxy in front of it has to pass the bodies on
//! unchanged. Without, it registers itself at a sandbox, lets that deliver two events, forges a third, and ends.

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
use zapmail_sdk_ext::{Secret, prelude::*, webhook};

struct Receiver {
    secret: Secret,
    /// Ids of the events that were taken. A real receiver keeps them where they outlive it.
    taken: Mutex<HashSet<String>>,
}

async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get(webhook::SIGNATURE_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match webhook::verify(&receiver.secret, signature, &body, SystemTime::now(), webhook::TOLERANCE) {
        Ok(event) => {
            let new = receiver.taken.lock().unwrap_or_else(PoisonError::into_inner).insert(event.id.clone());
            println!("{} {} {}", event.id, event.kind, if new { "" } else { "(again)" });
            // Within 10 seconds: what takes longer goes into a queue.
            StatusCode::OK
        }
        Err(rejected) => {
            println!("rejected: {rejected}");
            StatusCode::BAD_REQUEST
        }
    }
}

fn router(secret: Secret) -> Router {
    let receiver = Arc::new(Receiver { secret, taken: Mutex::default() });
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
            "export ZAPMAIL_WEBHOOK_SECRET, the endpoint's secret, to receive what the real service sends".into()
        );
    };
    let enabled_events = vec![WebhookEventType::ExportCompleted, WebhookEventType::MailboxUpdated];
    let endpoint =
        zapmail.create_webhook_endpoint().body(NewWebhookEndpoint { url: url.clone(), enabled_events }).call().await?;
    let secret =
        endpoint.secret.ok_or("the service tells the secret once, when the endpoint is created; it did not")?;
    let server = tokio::spawn(async move { axum::serve(listener, router(secret)).await });

    sandbox.deliver("export.completed", json!({"exportId": 10421}));
    sandbox.deliver("mailbox.updated", json!({"status": "ACTIVE"}));
    while sandbox.deliveries().len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Somebody who does not know the secret.
    let http = zapmail_sdk_ext::http_client()?.build()?;
    let forged = http.post(&url).header(webhook::SIGNATURE_HEADER, "t=1,v1=00").body("{}").send().await?;
    println!("the forged one was answered with {}", forged.status());
    server.abort();
    Ok(())
}
