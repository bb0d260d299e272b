//! Webhook endpoints and deliveries.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc;
use zapmail_sandbox::DeliveryOutcome;

use crate::api::{Api, assert_fields, assignment, run_tasks};

const ENDPOINTS: &str = "/v2/webhooks/endpoints";

/// A server that receives the events of an endpoint.
struct Receiver {
    url: String,
    /// The endpoint, with its secret.
    endpoint: Value,
    received: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
}

impl Receiver {
    /// Starts a server that responds to every request with `status`, and creates an endpoint for it.
    async fn start(api: &Api, status: u16, events: &[&str]) -> Self {
        let status = StatusCode::from_u16(status).unwrap();
        let (sender, received) = mpsc::unbounded_channel();
        let take = async move |State(sender): State<mpsc::UnboundedSender<_>>, headers: HeaderMap, body: Bytes| {
            sender.send((headers, body)).unwrap();
            status
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().fallback(take).with_state(sender);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let endpoint = endpoint(api, &url, events).await;
        Self { url, endpoint, received }
    }

    /// Returns the next event, whose signature must be valid now.
    async fn next(&mut self) -> Value {
        let (headers, body) = self.received.recv().await.unwrap();
        verify(&headers, &body, self.endpoint["secret"].as_str().unwrap());
        serde_json::from_slice(&body).unwrap()
    }
}

/// Verifies a signature like a receiver: with the machine's time and a tolerance of 5 minutes.
fn verify(headers: &HeaderMap, body: &[u8], secret: &str) {
    let header = headers["x-zapmail-signature"].to_str().unwrap();
    let (time, digest) = header.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(now.abs_diff(time.parse().unwrap()) <= 300, "signed at {time}, received at {now}");
    let signed = [time.as_bytes(), b".", body].concat();
    let expected: String = hmac_sha256::HMAC::mac(signed, secret).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, expected);
}

async fn endpoint(api: &Api, url: &str, events: &[&str]) -> Value {
    api.post(ENDPOINTS, json!({"url": url, "enabled_events": events})).await.data()
}

#[tokio::test]
async fn endpoints_are_created_listed_and_changed() {
    let api = Api::start().await;
    assert_eq!(api.get(ENDPOINTS).await.data(), json!([]));
    let created = endpoint(&api, "https://hooks.example.com/zapmail", &["export.completed"]).await;
    assert!(created["secret"].as_str().unwrap().len() > 20);
    let mut listed = created.clone();
    listed.as_object_mut().unwrap().remove("secret");
    assert_eq!(api.get(ENDPOINTS).await.data(), json!([listed]));
    // Endpoints belong to the account.
    let elsewhere = api.request(Method::GET, ENDPOINTS).header("x-workspace-key", &api.sandbox.workspaces()[1].id);
    assert_eq!(api.send(elsewhere).await.data(), json!([listed]));

    let path = format!("{ENDPOINTS}/{}", created["id"].as_str().unwrap());
    let change = json!({"url": "http://127.0.0.1:9/", "enabled_events": ["export.failed"], "status": "disabled"});
    let changed = api.patch(&path, &change).await.data();
    assert_fields(&changed, json!({"status": "disabled", "enabled_events": ["export.failed"]}));
    assert_eq!(api.get(ENDPOINTS).await.data(), json!([changed]));

    assert_eq!(api.patch(&format!("{ENDPOINTS}/we_9"), &change).await.refused(404), "Webhook endpoint not found");
    let invalid = json!({"url": "http://127.0.0.1:9/", "enabled_events": [], "status": "lost"});
    api.patch(&path, &invalid).await.refused(422);
    assert_eq!(api.patch(&path, &json!({"url": "", "enabled_events": []})).await.refused(422), "status is required");
}

#[tokio::test]
async fn unknown_event_type_is_refused_with_known_types() {
    let api = Api::start().await;
    let known = api.get("/v2/webhook/events").await.data();
    let unknown = json!({"url": "https://hooks.example.com/", "enabled_events": ["mailbox.status_changed"]});
    let message = api.post(ENDPOINTS, unknown).await.refused(422);
    for event in known.as_array().unwrap() {
        assert!(message.contains(event.as_str().unwrap()), "{message}");
    }
    api.post(ENDPOINTS, json!({"url": "hooks", "enabled_events": []})).await.refused(422);
    assert_eq!(api.get(ENDPOINTS).await.data(), json!([]));
}

#[tokio::test]
async fn delivered_event_is_signed() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 204, &["export.reconnected"]).await;
    assert_eq!(api.sandbox.deliver("export.failed", json!({})), None);
    let id = api.sandbox.deliver("export.reconnected", json!({"export_id": 7})).unwrap();

    // `next` checks the signature.
    let event = receiver.next().await;
    assert_fields(&event, json!({"id": id, "type": "export.reconnected"}));
    assert_eq!(event["data"], json!({"export_id": 7}));
    assert!(id.starts_with("evt_") && event["created"].is_u64() && event["api_version"].is_string());

    let delivered = api.deliveries(1).await.remove(0);
    assert_eq!((delivered.event, delivered.attempt), (id, 1));
    assert_eq!(delivered.outcome, DeliveryOutcome::Responded(204));
}

#[tokio::test(start_paused = true)]
async fn failed_delivery_is_attempted_eight_times_with_growing_delays() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 500, &["mailbox.updated"]).await;
    let id = api.sandbox.deliver("mailbox.updated", json!({})).unwrap();
    let mut times = Vec::new();
    for _ in 0..8 {
        assert_eq!(receiver.next().await["id"], id);
        times.push(api.sandbox.now());
    }
    let delays: Vec<_> = times.windows(2).map(|pair| pair[1].duration_since(pair[0]).unwrap().as_secs()).collect();
    // The paused clock can jump by the delivery timeout of 10 seconds while a delivery is in flight.
    assert!((50..=80).contains(&delays[0]) && (86_390..=86_420).contains(&delays[6]), "{delays:?}");
    assert!(delays.is_sorted(), "{delays:?}");

    let log = api.deliveries(8).await;
    assert_eq!(log.iter().map(|delivery| delivery.attempt).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8]);
    tokio::time::advance(Duration::from_secs(1_000_000)).await;
    assert_eq!(api.get(ENDPOINTS).await.data()[0]["status"], "active");
    assert!(receiver.received.try_recv().is_err());
}

#[tokio::test]
async fn advance_triggers_due_deliveries() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 503, &["mailbox.updated"]).await;
    api.sandbox.deliver("mailbox.updated", json!({}));
    let first = receiver.next().await;
    api.deliveries(1).await;
    api.sandbox.advance(Duration::from_secs(60));
    assert_eq!(receiver.next().await, first);
}

#[tokio::test]
async fn delivery_after_advance_is_signed_with_machine_time() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 204, &["export.failed"]).await;
    for days in [0, 1, 400] {
        api.sandbox.advance(Duration::from_secs(days * 86_400));
        api.sandbox.deliver("export.failed", json!({})).unwrap();
        // `next` checks the signature. The event itself contains the sandbox's time.
        let created = UNIX_EPOCH + Duration::from_secs(receiver.next().await["created"].as_u64().unwrap());
        assert!(api.sandbox.now().duration_since(created).unwrap() < Duration::from_secs(60));
    }
}

#[tokio::test]
async fn retried_delivery_has_new_signature_with_machine_time() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 500, &["export.failed"]).await;
    let id = api.sandbox.deliver("export.failed", json!({})).unwrap();
    for attempt in 1..=3 {
        // `next` checks the signature.
        assert_eq!(receiver.next().await["id"], id);
        api.deliveries(attempt).await;
        api.sandbox.advance(Duration::from_secs(600));
    }
}

#[tokio::test]
async fn event_is_signed_with_requested_time() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 500, &["export.failed"]).await;
    let check = |headers: &HeaderMap| {
        let signature = headers["x-zapmail-signature"].to_str().unwrap();
        assert!(signature.starts_with("t=1790000000,v1="), "{signature}");
    };
    let time = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    api.sandbox.deliver_signed_at("export.failed", json!({}), time).unwrap();
    for attempt in 1..=2 {
        check(&receiver.received.recv().await.unwrap().0);
        api.deliveries(attempt).await;
        api.sandbox.advance(Duration::from_secs(60));
    }
    let url = format!("{}/_sandbox/deliver", api.sandbox.base_url().trim_end_matches("/api"));
    let event = json!({"type": "export.failed", "signed_at": 1_790_000_000});
    reqwest::Client::new().post(url).json(&event).send().await.unwrap().error_for_status().unwrap();
    check(&receiver.received.recv().await.unwrap().0);
}

#[tokio::test]
async fn event_of_unlisted_group_is_delivered_to_all_endpoints() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 200, &["export.failed"]).await;
    let id = api.sandbox.deliver("workspace.renamed", json!({"name": "Client South"})).unwrap();
    let event = receiver.next().await;
    assert_fields(&event, json!({"id": id, "type": "workspace.renamed"}));
    assert_eq!(api.sandbox.deliver("export.fail", json!({})), None);
}

#[tokio::test]
async fn domain_event_has_health_score() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 200, &["domain.updated"]).await;
    for domain in api.get("/v2/mailboxes/list?limit=24").await.data()["domains"].as_array().unwrap() {
        let id = domain["id"].as_str().unwrap();
        api.post("/v2/domains/catch-all", json!({"email": "all@acme.example", "domainIds": [id]})).await.ok();
        let data = receiver.next().await["data"].take();
        let health = api.get(&format!("/v2/domains/health-score?domainId={id}")).await.data();
        assert_eq!((&data["id"], &data["domainDetails"]["healthScore"]), (&json!(id), &health["score"]));
    }
}

#[tokio::test]
async fn twenty_consecutive_failures_disable_endpoint() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 410, &["mailbox.updated"]).await;
    let status = async || api.get(ENDPOINTS).await.data()[0]["status"].clone();
    for nth in 1..=20 {
        assert_eq!(status().await, "active");
        api.sandbox.deliver("mailbox.updated", json!({"nth": nth})).unwrap();
        receiver.next().await;
        api.deliveries(nth).await;
    }
    assert_eq!(status().await, "disabled");
    assert_eq!(api.sandbox.deliver("mailbox.updated", json!({})), None);
    // Pending retries are dropped.
    api.sandbox.advance(Duration::from_secs(86_400));
    run_tasks().await;
    assert_eq!(api.sandbox.deliveries().len(), 20);

    let path = format!("{ENDPOINTS}/{}", receiver.endpoint["id"].as_str().unwrap());
    let body = json!({"url": receiver.url, "enabled_events": ["mailbox.updated"], "status": "active"});
    api.patch(&path, &body).await.data();
    api.sandbox.deliver("mailbox.updated", json!({})).unwrap();
    receiver.next().await;
    api.deliveries(21).await;
    assert_eq!(status().await, "active");
}

#[tokio::test]
async fn delivery_to_other_machine_is_skipped() {
    let api = Api::start().await;
    for url in ["https://hooks.example.com/", "http://192.0.2.1/"] {
        endpoint(&api, url, &["export.failed"]).await;
    }
    api.sandbox.deliver("export.failed", json!({})).unwrap();
    let outcomes: Vec<_> = api.deliveries(2).await.into_iter().map(|delivery| delivery.outcome).collect();
    assert_eq!(outcomes, [DeliveryOutcome::Skipped; 2]);
}

#[tokio::test]
async fn delivery_without_listener_is_unreachable() {
    let api = Api::start().await;
    // The port is bound, so that no other process takes it, but nothing listens on it.
    let port = TcpSocket::new_v4().unwrap();
    port.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/", port.local_addr().unwrap());
    endpoint(&api, &url, &["export.failed"]).await;
    api.sandbox.deliver("export.failed", json!({})).unwrap();
    assert_eq!(api.deliveries(1).await[0].outcome, DeliveryOutcome::Unreachable);
}

#[tokio::test]
async fn exports_cause_started_and_final_events() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 200, &["export.started", "export.completed", "export.failed"]).await;
    let start = async |app: &str| {
        let body = json!({"apps": [app], "contains": "acme-001"});
        api.post("/v2/exports/mailboxes", body).await.data()["exportId"].clone()
    };
    for (app, last, status) in
        [("SMARTLEAD", "export.completed", "COMPLETED"), ("INSTANTLY", "export.failed", "FAILED")]
    {
        let id = start(app).await;
        let started = receiver.next().await;
        assert_eq!((&started["type"], &started["data"]["export_id"]), (&json!("export.started"), &id));
        api.sandbox.advance(Duration::from_secs(30));
        let ended = receiver.next().await;
        assert_eq!((&ended["type"], &ended["data"]["status"]), (&json!(last), &json!(status)));
        assert_fields(&ended["data"], json!({"export_id": id, "app_name": app}));
    }
}

#[tokio::test]
async fn subscription_event_is_flat_and_in_camel_case() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 200, &["subscription.status_changed"]).await;
    let row = api.get("/v2/subscriptions").await.data()[0].clone();
    api.cancel_subscription(&row["subscriptionId"], false).await.ok();
    let data = receiver.next().await["data"].clone();
    for key in ["subscriptionId", "totalMailboxQuantity", "price", "periodEnd"] {
        assert_eq!(data[key], row[key], "{key}");
    }
    assert_eq!(data["subscriptionStatus"], "CANCELLED");
    assert_eq!(data["uniquePlanKey"], "zap_google_growth_monthly");
}

#[tokio::test]
async fn new_endpoint_receives_no_earlier_events() {
    let api = Api::start().await;
    let body = json!({"apps": ["MANUAL"]});
    api.post("/v2/exports/mailboxes", body.clone()).await.ok();
    api.sandbox.advance(Duration::from_secs(30));
    let mut receiver = Receiver::start(&api, 200, &["export.started", "export.completed"]).await;
    let id = api.post("/v2/exports/mailboxes", body).await.data()["exportId"].clone();
    assert_eq!(receiver.next().await["data"]["export_id"], id);
}

#[tokio::test]
async fn assigned_mailbox_causes_event() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 200, &["mailbox.updated"]).await;
    let domain = api.domain(0).await;
    api.post("/v2/mailboxes", assignment(&domain, &["noa.vale"])).await.ok();
    let data = receiver.next().await["data"].clone();
    assert_fields(&data, json!({"email": "noa.vale@acme-001.example.com", "status": "IN_PROGRESS"}));
    assert_eq!(data["domainId"], domain["id"]);
}

#[tokio::test]
async fn dropped_sandbox_stops_delivering() {
    let api = Api::start().await;
    let mut receiver = Receiver::start(&api, 500, &["mailbox.updated"]).await;
    api.sandbox.deliver("mailbox.updated", json!({}));
    receiver.next().await;
    drop(api);
    run_tasks().await;
    // Only the receiver's server remains.
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 1);
}
