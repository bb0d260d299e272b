//! Receives webhooks: registers an endpoint, verifies each delivery, and handles each event once.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --features webhook --example webhook -- [ADDRESS]
//! ```
//!
//! With `ZAPMAIL_WEBHOOK_SECRET`, it listens until it is stopped; an HTTPS proxy in front of it must not change the
//! bodies. While one endpoint replaces another, `ZAPMAIL_WEBHOOK_OLD_SECRET` is also accepted. Without a secret, it
//! registers an endpoint in a sandbox, receives events, one of them twice and one forged, and exits.

#[path = "support/connect.rs"]
mod connect;

use std::error::Error;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::json;
use tokio::net::TcpListener;
use zapmail_sdk_ext::types::{SubscriptionStatus, WebhookEventType};
use zapmail_sdk_ext::webhooks::{self, Event, EventData, Received, SeenInMemory, WebhookReceiver, WebhookVerifier};
use zapmail_sdk_ext::{ReqwestTransport, Secret};

/// Handles an event. The response is due within 10 seconds, so put longer work into a queue.
async fn handle(event: &Event) -> Result<(), Box<dyn Error + Send + Sync>> {
    match &event.data {
        EventData::SubscriptionStatusChanged(change) => {
            let (id, status) = (text(&change.subscription_id), text(&change.subscription_status));
            let is_past_due = change.subscription_status == Some(SubscriptionStatus::PastDue);
            println!(
                "{}: subscription {id} is {status}{}",
                event.id,
                if is_past_due { ": pay the invoice" } else { "" }
            );
        }
        EventData::ExportCompleted(export) => println!("{}: export {} is complete", event.id, text(&export.export_id)),
        other => println!("{}: {}", event.id, other.kind()),
    }
    Ok(())
}

/// Formats a field of an event, which may be missing.
fn text(field: &Option<impl ToString>) -> String {
    field.as_ref().map_or_else(|| "(unknown)".to_owned(), ToString::to_string)
}

async fn receive(State(receiver): State<WebhookReceiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let claimed = match receiver.receive(&headers, &body).await {
        Ok(Received::New(claimed)) => claimed,
        Ok(Received::Duplicate(event)) => {
            println!("{}: duplicate", event.id);
            return StatusCode::OK;
        }
        Err(error) => {
            println!("delivery rejected: {error}");
            return error.status();
        }
    };
    if let Err(error) = handle(&claimed.event).await {
        println!("{}: {error}", claimed.event.id);
        // The service delivers the event again.
        _ = claimed.release().await;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    if let Err(error) = claimed.confirm().await {
        println!("the event may be handled again: {error}");
    }
    StatusCode::OK
}

/// A router that remembers events in memory. Use `SeenInRedis` for several processes, or if a process must not handle
/// an event again after a restart.
fn router(verifier: WebhookVerifier) -> Router {
    let receiver = verifier.replay_protection(SeenInMemory::new());
    Router::new().route("/zapmail", post(receive)).with_state(receiver)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = TcpListener::bind(address).await?;
    let url = format!("http://{}/zapmail", listener.local_addr()?);
    if let Ok(secret) = std::env::var("ZAPMAIL_WEBHOOK_SECRET") {
        let mut verifier = WebhookVerifier::new(secret)?;
        if let Ok(old) = std::env::var("ZAPMAIL_WEBHOOK_OLD_SECRET") {
            verifier = verifier.also(old)?;
        }
        println!("listening on {url}");
        return Ok(axum::serve(listener, router(verifier)).await?);
    }

    let (zapmail, sandbox) = connect::connect().await?;
    let Some(sandbox) = sandbox else {
        return Err(
            "set ZAPMAIL_WEBHOOK_SECRET to the endpoint's secret, to receive the events of the live service".into()
        );
    };
    let events = [WebhookEventType::ExportCompleted, WebhookEventType::SubscriptionStatusChanged];
    let endpoint = webhooks::ensure_endpoint(&zapmail, &url, events).await?;
    println!("{}: {:?}", endpoint.id, endpoint.change);
    // Store the secret: it is not returned again.
    let secret: Secret =
        endpoint.secret.ok_or("the endpoint already exists; read its secret from where you stored it")?;
    let server = axum::serve(listener, router(WebhookVerifier::new(secret.clone())?));
    let server = tokio::spawn(async move { server.await });

    sandbox.deliver("export.completed", json!({"app_name": "SMARTLEAD", "export_id": 10421}));
    sandbox
        .deliver("subscription.status_changed", json!({"subscriptionId": "sub_1", "subscriptionStatus": "PAST_DUE"}));
    while sandbox.deliveries().len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let http = ReqwestTransport::new()?.client().clone();
    let post = async |signature: String, body: Vec<u8>| {
        http.post(&url).header(webhooks::SIGNATURE_HEADER, signature).body(body).send().await
    };
    // An event that the service delivers again, because it did not receive the response.
    let body = serde_json::to_vec(&Event::new("evt_1", "mailbox.updated", json!({"status": "ACTIVE"})))?;
    for _ in 0..2 {
        let signature = webhooks::sign(secret.clone(), &body, SystemTime::now());
        let response = post(signature, body.clone()).await?;
        assert_eq!(response.status(), StatusCode::OK);
    }
    // A sender that does not know the secret.
    let signature = webhooks::sign("a-different-secret", &body, SystemTime::now());
    println!("the response to the forged event is {}", post(signature, body).await?.status());
    server.abort();
    Ok(())
}
