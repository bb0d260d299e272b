//! Tests of a recorder that observes the calls of a client.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use chrono::{NaiveDate, Utc};
use serde_json::{Value, json};
use zapmail_sandbox::{Fault, Sandbox};

use crate::observer::{CallEnd, Observer};
use crate::testing::{Reply, Service, client_of};
use crate::{ErrorKind, Paged, RetryPolicy, ShapeRecorder, Zapmail};

/// An observer that collects all texts in the values of responses.
#[derive(Clone, Default)]
struct Texts(Arc<Mutex<BTreeSet<String>>>);

impl Observer for Texts {
    fn call_ended(&self, end: &CallEnd<'_>) {
        if let Some(body) = end.body() {
            collect(body.expose(), &mut self.0.lock().unwrap());
        }
    }
}

fn collect(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => _ = texts.insert(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(object) => object.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}

fn client(sandbox: &Sandbox, recorder: &ShapeRecorder) -> Zapmail {
    let builder = client_of(sandbox).retry_policy(RetryPolicy::none()).allow_spending();
    builder.observer(recorder.clone()).build().unwrap()
}

/// Collects the recorded strings of a file: names of properties, values of enums and ids of operations.
fn recorded_texts(file: &Value, texts: &mut BTreeSet<String>) {
    match file {
        Value::Object(object) => {
            for (key, value) in object {
                texts.insert(key.clone());
                if key != "types" && key != "keys" && key != "observed" {
                    recorded_texts(value, texts);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| recorded_texts(item, texts)),
        Value::String(text) => _ = texts.insert(text.clone()),
        _ => {}
    }
}

#[tokio::test(start_paused = true)]
async fn calls_of_a_client_are_recorded_without_their_values() {
    let sandbox = Sandbox::builder().build().unwrap();
    let (recorder, texts) = (ShapeRecorder::new(), Texts::default());
    let zapmail = client(&sandbox, &recorder).with_observer(texts.clone());
    zapmail.get_user().send().await.unwrap();
    zapmail.list_domains().items().collect().await.unwrap();
    let mailboxes = zapmail.list_mailboxes().items().collect().await.unwrap();
    zapmail.get_mailbox().id(&mailboxes[0].id).send().await.unwrap();
    zapmail.list_workspaces().items().collect().await.unwrap();
    zapmail.purchase_addon_mailboxes().quantity(1u32).send().await.unwrap();
    let error = zapmail.get_zap_site().id("00000000-0000-4000-8000-000000000000").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);

    let shapes = recorder.shapes();
    let expected = [
        "get_mailbox",
        "get_user",
        "get_zap_site",
        "list_domains",
        "list_mailboxes",
        "list_workspaces",
        "purchase_addon_mailboxes",
    ];
    assert_eq!(shapes.operations().collect::<Vec<_>>(), expected);
    let file = serde_json::to_value(&shapes).unwrap();
    let mailbox = &file["operations"]["list_mailboxes"]["200"]["shape"]["properties"]["data"]["properties"]["domains"]
        ["items"]["properties"]["mailboxes"]["items"]["properties"];
    assert_eq!(mailbox["id"]["types"], "string:uuid", "{file:#}");
    assert_eq!(mailbox["password"]["types"], "string | null");
    let statuses: Vec<_> = file["operations"]["get_zap_site"].as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["404"]);

    let mut written = BTreeSet::new();
    recorded_texts(&file, &mut written);
    let leaked: Vec<_> = texts.0.lock().unwrap().intersection(&written).cloned().collect();
    // Values of enums.
    assert_eq!(leaked, ["ACTIVE", "FAILED", "GOOGLE", "IN_PROGRESS", "MICROSOFT"]);
}

#[tokio::test(start_paused = true)]
async fn response_that_differs_from_the_document_is_recorded_as_received() {
    let sandbox = Sandbox::builder().build().unwrap();
    let recorder = ShapeRecorder::new();
    let zapmail = client(&sandbox, &recorder);
    let body = json!({"walletBalance": "canary", "autoRechargeDetails": [{"threshold": null}], "currency": "USD"});
    let fault = Fault::Status {
        status: 200,
        body: body.to_string(),
        content_type: "application/json".to_owned(),
        retry_after: None,
    };
    sandbox.fail_next("get_wallet_balance", fault).unwrap();
    zapmail.get_wallet_balance().send().await.unwrap();
    let before = Utc::now().date_naive();
    let file = serde_json::to_value(recorder.shapes()).unwrap();
    let response = &file["operations"]["get_wallet_balance"]["200"];
    let details = json!({"types": "object", "objects": 1, "properties": {"threshold": {"seen": 1, "types": "null"}}});
    let properties = json!({
        "walletBalance": {"seen": 1, "types": "string"},
        "autoRechargeDetails": {"seen": 1, "types": "array", "items": details},
        "currency": {"seen": 1, "types": "string"},
    });
    assert_eq!(response["shape"], json!({"types": "object", "objects": 1, "properties": properties}));
    let observed: NaiveDate = serde_json::from_value(response["observed"].clone()).unwrap();
    assert!((before - observed).num_days() <= 1, "{observed}");
}

#[tokio::test]
async fn undocumented_request_is_ignored() {
    let service = Service::replying([Reply::json(200, json!({"data": {"id": 1}}))]).await;
    let recorder = ShapeRecorder::new();
    let zapmail = service.zapmail.with_observer(recorder.clone());
    zapmail.request(http::Method::GET, "/v2/secret/dana").send::<Value>().await.unwrap();
    assert!(recorder.shapes().is_empty());
    // A documented request is recorded, no matter how it is sent.
    zapmail.request(http::Method::GET, "/v2/users").send::<Value>().await.unwrap();
    assert_eq!(recorder.shapes().operations().collect::<Vec<_>>(), ["get_user"]);
}

#[tokio::test]
async fn error_is_recorded_if_it_is_an_object() {
    let replies = [Reply::json(502, json!("<html>canary</html>")), Reply::json(404, json!({"message": "canary"}))];
    let service = Service::replying(replies).await;
    let recorder = ShapeRecorder::new();
    let zapmail = service.zapmail.with_observer(recorder.clone());
    zapmail.get_user().send().await.unwrap_err();
    assert!(recorder.shapes().is_empty());
    zapmail.get_user().send().await.unwrap_err();
    let file = serde_json::to_value(recorder.shapes()).unwrap();
    let statuses: Vec<_> = file["operations"]["get_user"].as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["404"]);
}

#[tokio::test]
async fn call_without_a_response_records_nothing() {
    let service = Service::replying([Reply::json(200, json!({"data": {"id": 1}}))]).await;
    let recorder = ShapeRecorder::new();
    let zapmail = service.zapmail.with_observer(recorder.clone());
    // Spending is not allowed, so nothing is sent.
    zapmail.purchase_addon_mailboxes().quantity(1u32).send().await.unwrap_err();
    assert!(recorder.shapes().is_empty());
}
