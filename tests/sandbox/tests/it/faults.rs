//! Fault injection.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zapmail_sandbox::{Fault, Sandbox};

use crate::api::{Api, assert_fields, http};

const BUY: &str = "/v2/wallet/buy-addon-mailboxes?quantity=2";

/// Sends a request without validating the response, because faulty responses do not match the document.
async fn text(api: &Api, path: &str) -> reqwest::Result<String> {
    api.request(Method::GET, path).send().await?.text().await
}

#[tokio::test]
async fn status_fault_has_any_body_and_skips_operation() {
    let api = Api::start().await;
    let fault = Fault::Status {
        status: 502,
        body: "<html>Bad gateway</html>".to_owned(),
        content_type: "text/html".to_owned(),
        retry_after: Some(Duration::from_millis(1500)),
    };
    api.sandbox.fail_next("purchase_addon_mailboxes", fault).unwrap();
    let response = api.request(Method::POST, BUY).send().await.unwrap();
    assert_eq!(response.status(), 502);
    assert_eq!(
        (&response.headers()["content-type"], &response.headers()["retry-after"]),
        (&"text/html".parse().unwrap(), &"2".parse().unwrap())
    );
    assert_eq!(response.text().await.unwrap(), "<html>Bad gateway</html>");
    assert!(api.sandbox.ledger().is_empty());
    api.post(BUY, json!({})).await.ok();
    assert_eq!(api.sandbox.ledger().len(), 1);
}

#[tokio::test]
async fn status_fault_has_error_shape_of_service() {
    let api = Api::start().await;
    api.sandbox.fail_next_n("*", Fault::status(503), 2).unwrap();
    api.get("/v2/users").await.refused(503);
    api.get("/v2/wallet/balance").await.refused(503);
    api.get("/v2/users").await.ok();
}

#[tokio::test]
async fn invalid_status_becomes_500() {
    let api = Api::start().await;
    for status in [0, 100, 199, 600, 999, 1000] {
        api.sandbox.fail_next("get_user", Fault::status(status)).unwrap();
        assert_eq!(api.request(Method::GET, "/v2/users").send().await.unwrap().status(), 500, "{status}");
    }
    api.sandbox.fail_next("get_user", Fault::status(599)).unwrap();
    assert_eq!(api.request(Method::GET, "/v2/users").send().await.unwrap().status(), 599);
}

#[tokio::test]
async fn retry_after_can_be_any_duration() {
    let api = Api::start().await;
    let (body, content_type) = (String::new(), "text/plain".to_owned());
    let fault = Fault::Status { status: 503, body, content_type, retry_after: Some(Duration::MAX) };
    api.sandbox.fail_next("get_user", fault).unwrap();
    let response = api.request(Method::GET, "/v2/users").send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], u64::MAX.to_string());
}

/// Sends a request over a new connection and returns all received bytes.
async fn bytes(sandbox: &Sandbox, request: &str) -> Vec<u8> {
    let address = sandbox.base_url().trim_start_matches("http://").trim_end_matches("/api").to_owned();
    let mut connection = tokio::net::TcpStream::connect(&address).await.unwrap();
    let head = format!("host: {address}\r\nx-auth-zapmail: {}\r\n", sandbox.api_key());
    connection.write_all(format!("{request} HTTP/1.1\r\n{head}content-length: 0\r\n\r\n").as_bytes()).await.unwrap();
    let mut response = Vec::new();
    // A connection reset also ends the response.
    let _ = connection.read_to_end(&mut response).await;
    response
}

#[tokio::test]
async fn dropped_connection_sends_no_bytes() {
    for (fault, charges) in [(Fault::DropBeforeRequest, 0), (Fault::DropAfterRequest, 1)] {
        let api = Api::start().await;
        api.sandbox.fail_next_n("purchase_addon_mailboxes", fault.clone(), 2).unwrap();
        assert!(bytes(&api.sandbox, &format!("POST /api{BUY}")).await.is_empty(), "{fault:?}");
        assert_eq!(api.sandbox.ledger().len(), charges);

        let error = api.request(Method::POST, BUY).body("{}").send().await.unwrap_err();
        assert!(error.is_request() && error.status().is_none(), "{error:?}");
        assert_eq!(api.sandbox.ledger().len(), charges * 2);
        let log = api.sandbox.requests_of("purchase_addon_mailboxes");
        assert_eq!(log.iter().map(|entry| entry.status).collect::<Vec<_>>(), [0, 0]);
        api.post(BUY, json!({})).await.ok();
        assert_eq!(api.sandbox.request_counts()["purchase_addon_mailboxes"], 3);
    }
}

#[tokio::test]
async fn drop_fault_closes_only_connection_of_request() {
    let (api, other) = (Api::start().await, http());
    let ask =
        || other.get(format!("{}/v2/users", api.sandbox.base_url())).header("x-auth-zapmail", api.sandbox.api_key());
    assert_eq!(ask().send().await.unwrap().status(), 200);
    api.sandbox.fail_next("get_wallet_balance", Fault::DropAfterRequest).unwrap();
    api.request(Method::GET, "/v2/wallet/balance").send().await.unwrap_err();
    assert_eq!(ask().send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn cut_body_ends_after_first_half() {
    let api = Api::start().await;
    let whole = text(&api, "/v2/wallet/balance").await.unwrap();
    api.sandbox.fail_next("get_wallet_balance", Fault::CutBody).unwrap();
    let mut response = api.request(Method::GET, "/v2/wallet/balance").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.content_length(), Some(whole.len() as u64));
    let mut received = Vec::new();
    let error = loop {
        match response.chunk().await {
            Ok(chunk) => received.extend(chunk.expect("the body must not end without an error")),
            Err(error) => break error,
        }
    };
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(received, &whole.as_bytes()[..whole.len() / 2]);
}

#[tokio::test]
async fn garbled_body_is_not_json() {
    let api = Api::start().await;
    api.sandbox.fail_next("get_user", Fault::GarbledJson).unwrap();
    let garbled = text(&api, "/v2/users").await.unwrap();
    assert!(!garbled.is_empty() && serde_json::from_str::<Value>(&garbled).is_err(), "{garbled}");
}

#[tokio::test]
async fn one_enum_value_is_unknown() {
    let api = Api::start().await;
    let path = "/v2/mailboxes/list?limit=1";
    let before = text(&api, path).await.unwrap();
    api.sandbox.fail_next("list_mailboxes", Fault::UnknownEnumValue).unwrap();
    let after = text(&api, path).await.unwrap();
    assert_eq!(after.matches("UNDOCUMENTED_VALUE").count(), 1, "{after}");
    assert_ne!(before, after);
}

#[tokio::test]
async fn one_field_is_missing() {
    let api = Api::start().await;
    let fields = |text: &str| text.matches("\":").count();
    let path = "/v2/mailboxes/list?limit=1";
    let before = text(&api, path).await.unwrap();
    api.sandbox.fail_next("list_mailboxes", Fault::MissingField).unwrap();
    let after = text(&api, path).await.unwrap();
    assert_eq!(fields(&after) + 1, fields(&before));
    let (before, after): (Value, Value) =
        (serde_json::from_str(&before).unwrap(), serde_json::from_str(&after).unwrap());
    let mailbox = |list: &Value| list["data"]["domains"][0]["mailboxes"][0].as_object().unwrap().len();
    assert_eq!(mailbox(&after) + 1, mailbox(&before));
}

#[tokio::test]
async fn repeated_page_returns_first_page() {
    let api = Api::start().await;
    let page = |number| format!("/v2/mailboxes/list?limit=2&page={number}");
    let first = api.get(&page(1)).await.data();
    api.sandbox.fail_next("list_mailboxes", Fault::RepeatedPage).unwrap();
    assert_eq!(api.get(&page(2)).await.data(), first);
    assert_ne!(api.get(&page(2)).await.data(), first);
}

#[tokio::test]
async fn error_inside_200_has_status_in_body() {
    let api = Api::start().await;
    let fault = Fault::ErrorInside200 { status: 409, message: "already running".to_owned() };
    api.sandbox.fail_next("get_user", fault).unwrap();
    let response = api.request(Method::GET, "/v2/users").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let body: Value = response.json().await.unwrap();
    assert_fields(&body, json!({"status": 409, "message": "already running"}));
}

#[tokio::test]
async fn redirect_leads_to_given_url() {
    let api = Api::start().await;
    let elsewhere = Sandbox::start().await.unwrap();
    let url = format!("{}/v2/nothing", elsewhere.base_url());
    api.sandbox.fail_next("get_user", Fault::Redirect(url)).unwrap();
    text(&api, "/v2/users").await.unwrap();
    assert_eq!(elsewhere.requests()[0].path, "/api/v2/nothing");
    assert_eq!(api.sandbox.requests()[0].status, 302);
}

#[tokio::test(start_paused = true)]
async fn delay_postpones_response_but_not_operation() {
    let api = Api::start().await;
    api.sandbox.fail_next("purchase_addon_mailboxes", Fault::Delay(Duration::from_secs(50))).unwrap();
    let started = tokio::time::Instant::now();
    api.post(BUY, json!({})).await.ok();
    let elapsed = started.elapsed();
    assert!((50..51).contains(&elapsed.as_secs()), "{elapsed:?}");

    // A caller that does not wait for the response is charged anyway.
    api.sandbox.fail_next("purchase_addon_mailboxes", Fault::Delay(Duration::from_secs(50))).unwrap();
    let timeout = Duration::from_secs(10);
    api.request(Method::POST, BUY).timeout(timeout).send().await.unwrap_err();
    assert_eq!(api.sandbox.ledger().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn latency_delays_every_response() {
    let latency = Duration::from_millis(300);
    let api = Api::start_with(|builder| builder.latency(latency)).await;
    let started = tokio::time::Instant::now();
    for _ in 0..3 {
        api.get("/v2/users").await.ok();
    }
    let elapsed = started.elapsed().as_millis();
    assert!((900..1000).contains(&elapsed), "{elapsed}");
}

#[tokio::test]
async fn faults_apply_in_order_per_operation_until_cleared() {
    let api = Api::start().await;
    api.sandbox.fail_next("get_user", Fault::status(500)).unwrap();
    api.sandbox.fail_next("*", Fault::status(502)).unwrap();
    api.sandbox.fail_next("get_user", Fault::DropBeforeRequest).unwrap();
    api.get("/v2/wallet/balance").await.refused(502);
    api.get("/v2/users").await.refused(500);
    api.sandbox.clear_faults();
    api.get("/v2/users").await.ok();
    let unknown = api.sandbox.fail_next("buy_everything", Fault::CutBody).unwrap_err();
    assert!(unknown.to_string().contains("buy_everything"));
}
