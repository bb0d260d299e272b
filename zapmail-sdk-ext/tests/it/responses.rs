//! `send_with_response`: the data, with the metadata of the response.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use zapmail_sdk_ext::http::StatusCode;
use zapmail_sdk_ext::prelude::*;
use zapmail_sdk_ext::{ErrorKind, RateLimits};

use crate::cases::service::{Reply, Service};
use crate::clients::{Kind, builder, client, raw_client, success};
use crate::server::{Act, Server};

const SECOND: Duration = Duration::from_secs(1);

fn with_headers(status: u16) -> Act {
    let headers = "content-type: application/json\r\nx-request-id: 2f6d1b0a\r\n";
    Act::answer(status, headers, success().to_string().as_bytes())
}

#[tokio::test(start_paused = true)]
async fn response_has_data_status_headers_message_and_body() {
    let server = Server::acting(vec![with_headers(201)]);
    let responses = [
        client(&server.url()).get_user().send_with_response().await.unwrap(),
        raw_client(&server.url()).get_user().send_with_response().await.unwrap(),
    ];
    for response in responses {
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()["x-request-id"], "2f6d1b0a");
        assert_eq!(response.message().as_deref(), Some("ok"));
        assert_eq!(*response.body().expose(), success());
        assert_eq!((response.attempts(), response.queued()), (1, Duration::ZERO));
        let id = "3f0c2b1e-6a41-4d7b-9c55-0e1f2a3b4c5d";
        assert_eq!(response.data().id.as_str(), id);
        assert_eq!(response.into_data().id.as_str(), id);
    }
}

#[tokio::test(start_paused = true)]
async fn response_without_message_has_none() {
    for (body, message) in [
        (json!({"status": 200, "data": {"id": zapmail_sdk_ext::Uuid::nil()}}), None),
        (json!({"message": "", "data": {"id": zapmail_sdk_ext::Uuid::nil()}}), None),
        (json!({"message": "two words", "data": {"id": zapmail_sdk_ext::Uuid::nil()}}), Some("two words")),
    ] {
        let server = Server::acting(vec![Act::json(200, &body)]);
        let response = client(&server.url()).get_user().send_with_response().await.unwrap();
        assert_eq!(response.message().as_deref(), message);
    }
}

#[tokio::test(start_paused = true)]
async fn retried_call_reports_attempts_and_total_time() {
    let busy = Act::answer(503, "retry-after: 3\r\n", b"");
    let server = Server::acting(vec![busy.clone(), busy, with_headers(200)]);
    let started_at = Instant::now();
    let response = client(&server.url()).get_user().send_with_response().await.unwrap();
    assert_eq!((response.attempts(), response.queued()), (3, Duration::ZERO));
    assert!((6 * SECOND..7 * SECOND).contains(&response.elapsed()), "{:?}", response.elapsed());
    let sent_after = response.sent_at() - started_at;
    assert!((6 * SECOND..7 * SECOND).contains(&sent_after), "the last attempt was sent after {sent_after:?}");
}

#[tokio::test(start_paused = true)]
async fn wait_for_rate_limiter_is_reported_as_queued() {
    let server = Server::acting(vec![with_headers(200)]);
    let limits = RateLimits::unlimited().per_second(1);
    let zapmail = builder(&server.url()).rate_limits(limits).build().unwrap();
    let first = zapmail.get_user().send_with_response().await.unwrap();
    assert_eq!(first.queued(), Duration::ZERO);
    assert!(first.elapsed() < SECOND / 2, "{:?}", first.elapsed());

    let (second, third) =
        tokio::join!(zapmail.get_user().send_with_response(), zapmail.get_user().send_with_response());
    for (response, seconds) in [(second.unwrap(), 1), (third.unwrap(), 2)] {
        let expected = seconds * SECOND - SECOND / 10..seconds * SECOND + SECOND / 10;
        assert!(expected.contains(&response.queued()), "{:?}", response.queued());
        assert!(response.elapsed() >= response.queued(), "{:?} of {:?}", response.queued(), response.elapsed());
        assert_eq!(response.attempts(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn wait_for_rate_limiter_before_retry_is_added_to_queued() {
    let server = Server::acting(vec![Act::answer(503, "retry-after: 1\r\n", b""), with_headers(200)]);
    let limits = RateLimits::unlimited().per_second(1).per_minute(1);
    let zapmail = builder(&server.url()).rate_limits(limits).build().unwrap();
    let response = zapmail.get_user().send_with_response().await.unwrap();
    // One second of the minute passes as the delay that the service requested.
    assert!((58 * SECOND..60 * SECOND).contains(&response.queued()), "{:?}", response.queued());
    assert!((60 * SECOND..61 * SECOND).contains(&response.elapsed()), "{:?}", response.elapsed());
    assert_eq!(response.attempts(), 2);
}

#[tokio::test(start_paused = true)]
async fn debug_output_of_response_contains_no_payload() {
    let body =
        json!({"message": "planted-message", "data": {"id": zapmail_sdk_ext::Uuid::nil(), "email": "planted-email"}});
    let server = Server::acting(vec![Act::answer(200, "x-note: planted-header\r\n", body.to_string().as_bytes())]);
    let response = client(&server.url()).get_user().send_with_response().await.unwrap();
    assert_eq!(response.data().email.as_deref(), Some("planted-email"));
    let printed = format!("{response:?} {:?} {}", response.body(), response.body());
    assert!(printed.contains("200") && !printed.contains("planted"), "{printed}");
}

/// A service in JavaScript sends half of a surrogate pair if it truncates a text in the middle of an emoji.
#[tokio::test(start_paused = true)]
async fn half_of_a_surrogate_pair_does_not_lose_the_response() {
    let mailboxes = r#"[{"id":"m1","firstName":"Zo\u00eb \ud83d"},{"id":"m2","firstName":"\ud83d\ude00 \\ud83d"}]"#;
    let page = format!(r#"{{"totalPages":1,"domains":[{{"id":"d1","mailboxes":{mailboxes}}}]}}"#);
    let service = Service::replying([Reply::data(page)]);
    let mailboxes = service.client().list_mailboxes().items().collect().await.unwrap();
    let names: Vec<_> = mailboxes.iter().filter_map(|mailbox| mailbox.first_name.as_deref()).collect();
    assert_eq!(names, ["Zo\u{eb} \u{fffd}", "\u{1f600} \\ud83d"]);

    let bought = r#"{"message":"For Zo\udc00e","paymentLink":"https://invoice.example.com/i/7"}"#;
    Kind::Spend.call(&Service::replying([Reply::json(200, bought)]).client()).await.unwrap();
    let rejected = r#"{"status":400,"message":"No such name: \ud83d"}"#;
    let error = Kind::Spend.call(&Service::replying([Reply::json(200, rejected)]).client()).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Invalid, "No such name: \u{fffd}"));
}
