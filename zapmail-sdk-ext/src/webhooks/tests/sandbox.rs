//! Tests of the sandbox's deliveries, which the default verifier accepts regardless of the sandbox's time.

use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zapmail_sandbox::Sandbox;
use zapmail_sdk::Secret;
use zapmail_sdk::types::WebhookEventType;

use crate::Zapmail;
use crate::webhooks::{Event, EventData, Rejected, WebhookVerifier, ensure_endpoint};

/// A sandbox with an endpoint that receives every event, and the results of verifying its deliveries.
struct Receiver {
    sandbox: Sandbox,
    verified: UnboundedReceiver<Result<Event, Rejected>>,
}

impl Receiver {
    async fn start() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let endpoint = ensure_endpoint(&zapmail, &url, WebhookEventType::KNOWN.to_vec()).await.unwrap();
        let verified = serve(listener, endpoint.secret.unwrap());
        Self { sandbox, verified }
    }

    async fn next(&mut self) -> Result<Event, Rejected> {
        self.verified.recv().await.unwrap()
    }
}

fn serve(listener: TcpListener, secret: Secret) -> UnboundedReceiver<Result<Event, Rejected>> {
    type Receiving = (WebhookVerifier, UnboundedSender<Result<Event, Rejected>>);
    async fn receive(State((verifier, verified)): State<Receiving>, headers: HeaderMap, body: Bytes) -> StatusCode {
        let event = verifier.verify(&headers, &body);
        let status = event.as_ref().map_or_else(|rejected| rejected.status(), |_| StatusCode::OK);
        verified.send(event).unwrap();
        status
    }
    let (sender, verified) = unbounded_channel();
    let router = Router::new().fallback(receive).with_state((WebhookVerifier::new(secret).unwrap(), sender));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    verified
}

#[tokio::test]
async fn every_event_type_is_delivered_on_demand() {
    let mut receiver = Receiver::start().await;
    let data = serde_json::json!({"export_id": 10421});
    for kind in WebhookEventType::KNOWN {
        let id = receiver.sandbox.deliver(kind.as_str(), data.clone()).unwrap();
        let event = receiver.next().await.unwrap();
        assert_eq!((event.id, event.data), (id, EventData::new(kind.clone(), data.clone())));
    }
    // A type that no endpoint can subscribe to.
    let id = receiver.sandbox.deliver("workspace.renamed", data.clone()).unwrap();
    let event = receiver.next().await.unwrap();
    assert_eq!(event.id, id);
    assert_eq!(event.data, EventData::Unknown { kind: "workspace.renamed".to_owned(), data: data.into() });
}

#[tokio::test]
async fn delivery_is_accepted_after_the_sandbox_was_advanced() {
    let mut receiver = Receiver::start().await;
    for days in [1, 400] {
        receiver.sandbox.advance(Duration::from_secs(days * 86_400));
        receiver.sandbox.deliver("mailbox.updated", serde_json::json!({})).unwrap();
        let event = receiver.next().await.unwrap();
        // The event itself has the sandbox's time.
        let created = SystemTime::UNIX_EPOCH + Duration::from_secs(event.created.unwrap().timestamp() as u64);
        assert!(receiver.sandbox.now().duration_since(created).unwrap() < Duration::from_secs(60));
    }
}

#[tokio::test(start_paused = true)]
async fn delivery_is_accepted_under_a_paused_clock() {
    let mut receiver = Receiver::start().await;
    for days in [1, 400] {
        tokio::time::advance(Duration::from_secs(days * 86_400)).await;
        receiver.sandbox.deliver("mailbox.updated", serde_json::json!({})).unwrap();
        receiver.next().await.unwrap();
    }
}

/// In a simulation, the verifier's clock is the simulated one.
#[cfg(feature = "simulation")]
#[tokio::test]
async fn delivery_is_accepted_in_a_simulation() {
    use zapmail_sdk::clock::set_simulated_time;

    let mut receiver = Receiver::start().await;
    for seconds in [1_000_000_000, 4_000_000_000] {
        set_simulated_time(Some(Box::new(move || super::at(seconds))));
        receiver.sandbox.deliver("mailbox.updated", serde_json::json!({})).unwrap();
        let verified = receiver.next().await;
        set_simulated_time(None);
        assert_eq!(verified.map(|event| event.kind()), Ok(WebhookEventType::MailboxUpdated), "{seconds}");
    }
}

#[tokio::test]
async fn delivery_signed_at_a_different_time_is_rejected() {
    let mut receiver = Receiver::start().await;
    let now = SystemTime::now();
    let hour = Duration::from_secs(60 * 60);
    for (time, rejected) in [(now - hour, Rejected::TooOld), (now + hour, Rejected::InTheFuture)] {
        receiver.sandbox.deliver_signed_at("export.failed", serde_json::json!({}), time).unwrap();
        assert_eq!(receiver.next().await, Err(rejected));
    }
}

#[tokio::test]
async fn sandbox_events_are_typed() {
    let mut receiver = Receiver::start().await;
    let sandbox = &receiver.sandbox;
    let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    let subscription = zapmail.list_subscriptions().send().await.unwrap().remove(0);
    let id = subscription.subscription_id.unwrap();
    let cancel = zapmail_sdk::types::SubscriptionCancellation::new(false, id.clone());
    zapmail.cancel_subscription().body(cancel).send().await.unwrap();
    let event = receiver.next().await.unwrap();
    let EventData::SubscriptionStatusChanged(change) = event.data else { panic!("{event:?}") };
    assert_eq!((change.subscription_id, change.price), (Some(id), subscription.price));
    assert_eq!(change.period_end, subscription.period_end);
    assert_eq!(change.subscription_status.unwrap().as_str(), "CANCELLED");

    let domain = zapmail.list_domains().limit(1u32).send().await.unwrap().domains.remove(0);
    let settings = zapmail_sdk::types::DomainCatchAll::new([domain.id], "all@acme.example");
    zapmail.enable_catch_all().body(settings).send().await.unwrap();
    let event = receiver.next().await.unwrap();
    let EventData::DomainUpdated(domain) = event.data else { panic!("{event:?}") };
    assert_eq!(domain.health_score.unwrap().expose(), &serde_json::json!(90));
}
