//! `zapmail webhooks listen`: verifies webhook deliveries, prints their events, and forwards them.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use clap::Subcommand;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use zapmail_sdk_ext::ReqwestTransport;
use zapmail_sdk_ext::reqwest::{Client, Url};
use zapmail_sdk_ext::webhooks::{SIGNATURE_HEADER, WebhookVerifier};

use crate::arguments::Options;
use crate::catalog;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, Rows, masked};
use crate::terminal::note;

const SECRET: &str = "ZAPMAIL_WEBHOOK_SECRET";

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// Receive and verify webhooks, print their events, and forward them
    ///
    /// The secret of the endpoint is read from ZAPMAIL_WEBHOOK_SECRET. The service delivers webhooks to public HTTPS
    /// URLs only, so use a tunnel or a reverse proxy that does not change the bodies.
    Listen {
        /// Address to listen on
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8081")]
        bind: SocketAddr,
        /// URL that each verified delivery is forwarded to, unchanged
        #[arg(long, value_name = "URL")]
        forward: Option<Url>,
    },
}

struct Listener {
    verifier: WebhookVerifier,
    options: Options,
    forward: Option<(Client, Url)>,
    /// Notified when the reader of the output has ended.
    end: Notify,
}

pub async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let Arguments::Listen { bind, forward } = arguments;
    let secret = std::env::var(SECRET).map_err(|_| {
        Failure::refused(format!("{SECRET} is not set"))
            .hint("set it to the secret of the endpoint, as printed by `webhooks create-endpoint --reveal`")
    })?;
    let client = || ReqwestTransport::new().map(|transport| transport.client().clone());
    let listener = Listener {
        verifier: WebhookVerifier::new(secret)?,
        options: context.options.clone(),
        forward: forward.map(|url| client().map(|client| (client, url))).transpose()?,
        end: Notify::new(),
    };
    let socket =
        TcpListener::bind(bind).await.map_err(|error| Failure::io(format!("cannot listen on {bind}"), error))?;
    let address = socket.local_addr().map_err(|error| Failure::io(format!("cannot listen on {bind}"), error))?;
    context.runs_until_interrupted();
    context.note(format!("listening on http://{address}"));
    let listener = Arc::new(listener);
    let router = Router::new().fallback(receive).with_state(Arc::clone(&listener));
    let end = async move { listener.end.notified().await };
    axum::serve(socket, router)
        .with_graceful_shutdown(end)
        .await
        .map_err(|error| Failure::io("the listener failed", error))
}

async fn receive(State(listener): State<Arc<Listener>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let event = match listener.verifier.verify(&headers, &body) {
        Ok(event) => event,
        Err(rejected) => {
            note(&format!("delivery rejected: {rejected}"));
            return rejected.status();
        }
    };
    let data: Value = serde_json::from_slice(&body).unwrap_or_default();
    let shown =
        json!({"id": event.id, "type": event.kind().as_str(), "created": data["created"], "data": data["data"]});
    let shown = match catalog::document() {
        Some(document) if !listener.options.reveal => masked(document, None, &shown),
        _ => shown,
    };
    match output::print(&listener.options, &Rows::new(shown)) {
        Err(failure) if failure.is_end_of_reader() => listener.end.notify_one(),
        Err(failure) => note(&format!("error: {failure}")),
        Ok(()) => {}
    }
    match &listener.forward {
        Some((client, url)) => forward(client, url.clone(), &headers, body).await,
        None => StatusCode::OK,
    }
}

/// Forwards a delivery, and returns the status of the response: the service retries deliveries that are not accepted.
async fn forward(client: &Client, url: Url, headers: &HeaderMap, body: Bytes) -> StatusCode {
    let mut request = client.post(url).header("content-type", "application/json").body(body);
    if let Some(signature) = headers.get(SIGNATURE_HEADER) {
        request = request.header(SIGNATURE_HEADER, signature);
    }
    match request.send().await {
        Ok(response) => response.status(),
        Err(error) => {
            note(&format!("delivery not forwarded: {}", error.without_url()));
            StatusCode::BAD_GATEWAY
        }
    }
}
