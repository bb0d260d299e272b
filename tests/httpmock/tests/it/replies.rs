//! Tests that the client returns a mock's response: errors, files, whole bodies.

use zapmail_sdk_ext::ErrorKind;
use zapmail_sdk_httpmock::httpmock::MockServer;
use zapmail_sdk_httpmock::{MockServerExt, types};

use crate::client;

#[tokio::test]
async fn client_error_has_status_and_id() {
    let server = MockServer::start_async().await;
    let mock = server.get_mailbox(|_, then| {
        let mut error = types::Error::default();
        error.status = Some(404);
        error.message = Some("Mailbox not found".to_owned());
        error.error_id = Some("e-17".into());
        then.client_error(404, &error);
    });

    let error = client(&server).get_mailbox().id("5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a").send().await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!((error.status(), error.error_id()), (Some(404), Some("e-17")));
    assert!(error.message().contains("Mailbox not found"), "{error}");
    mock.assert_calls(1);
}

#[tokio::test]
async fn file_is_returned_as_bytes() {
    const BYTES: [u8; 4] = [0, 159, 146, 150];
    let attachment: types::EmailAttachment = serde_json::from_value(serde_json::json!({
        "attachmentId": "attachment_1",
        "provider": "google",
        "messageId": "message_1",
        "account": "dana@acme-example.com",
        "filename": "offer.pdf",
    }))
    .unwrap();
    let server = MockServer::start_async().await;
    let mock = server.download_attachment(|when, then| {
        when.body(&attachment);
        then.success(200, BYTES);
    });

    let file = client(&server).download_attachment().body(attachment.clone()).send().await.unwrap();

    assert_eq!(file.as_ref(), BYTES);
    mock.assert_calls(1);
}

#[tokio::test]
async fn whole_body_is_returned_unchanged() {
    let server = MockServer::start_async().await;
    let body = serde_json::json!({"status": 200, "message": "As always", "data": {"id": "u-1", "email": "ops@acme.example.com"}});
    let body: types::UserEnvelope = serde_json::from_value(body).unwrap();
    server.get_user(|_, then| {
        then.success(200, &body);
    });

    let response = client(&server).get_user().send_with_response().await.unwrap();

    assert_eq!(response.message().as_deref(), Some("As always"));
    assert_eq!(response.data().email.as_deref(), Some("ops@acme.example.com"));
}

/// Returns the panic message of a mock that is set up.
fn panic_of(set_up: impl FnOnce(&MockServer) + std::panic::UnwindSafe) -> String {
    let server = std::panic::AssertUnwindSafe(MockServer::start());
    let panic = std::panic::catch_unwind(move || set_up(&server)).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn unacceptable_response_panics() {
    let rows = [
        (
            panic_of(|server| {
                server.get_user(|_, then| {
                    then.data(404, &types::User::new("u-1"));
                });
            }),
            "the mock of `get_user` has the status 404; this method accepts 200 to 299",
        ),
        (
            panic_of(|server| {
                server.get_user(|_, then| {
                    then.client_error(200, &types::Error::default());
                });
            }),
            "the mock of `get_user` has the status 200; this method accepts 400 to 499",
        ),
        (
            panic_of(|server| {
                server.download_attachment(|_, then| {
                    then.success(500, b"");
                });
            }),
            "the mock of `download_attachment` has the status 500; this method accepts 200 to 299",
        ),
        (
            panic_of(|server| {
                server.list_dns_records(|_, then| {
                    then.success(200, &types::DnsRecordsEnvelope::default());
                });
            }),
            "the mock of `list_dns_records` has a body that the client does not accept as a success: ",
        ),
        (
            panic_of(|server| {
                server.add_wallet_balance(|_, then| {
                    then.data(200, &types::PaymentLink::default());
                });
            }),
            "the mock of `add_wallet_balance` has a body that the client does not accept as a success: ",
        ),
    ];
    for (panic, expected) in rows {
        assert!(panic.starts_with(expected), "{panic}");
    }
}
