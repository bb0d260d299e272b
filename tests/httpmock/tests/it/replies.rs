//! Responses of mocks arrive typed: data, lists, errors, files.

use zapmail_sdk_ext::{ErrorKind, RetryPolicy, Zapmail, prelude::*};
use zapmail_sdk_httpmock::httpmock::MockServer;
use zapmail_sdk_httpmock::{MockServerExt, types};

use crate::client;

/// One of two pages: a domain with one mailbox.
fn page(number: u32, username: &str) -> types::MailboxPageEnvelope {
    let domain = serde_json::json!({
        "id": format!("6b2e9d10-4c5f-4a6b-9d8e-00000000000{number}"),
        "domain": "acme-example.com",
        "mailboxes": [{
            "id": format!("5d4c3b2a-1f0e-4d9c-8b7a-00000000000{number}"),
            "username": username,
            "domain": "acme-example.com",
        }],
    });
    let mut data = types::MailboxPage::default();
    data.domains = vec![serde_json::from_value(domain).unwrap()];
    data.current_page = Some(i64::from(number).into());
    data.total_pages = Some("2".into());
    let mut page = types::MailboxPageEnvelope::default();
    page.data = Some(data);
    page
}

#[tokio::test]
async fn list_of_two_pages_is_read_to_its_end() {
    let server = MockServer::start_async().await;
    let mocks = [(1, "dana"), (2, "eli")].map(|(number, username)| {
        server.list_mailboxes(|when, then| {
            when.page(number).limit(1).contains("acme");
            then.success(200, &page(number, username));
        })
    });

    let mailboxes: Vec<_> =
        client(&server).list_mailboxes().contains("acme").limit(1u32).items().collect().await.unwrap();

    let addresses: Vec<_> = mailboxes.iter().map(|mailbox| mailbox.address()).collect();
    assert_eq!(addresses, ["dana@acme-example.com", "eli@acme-example.com"]);
    mocks.iter().for_each(|mock| mock.assert_calls(1));
}

#[tokio::test]
async fn client_error_arrives_with_status_and_id() {
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
async fn server_error_arrives_with_status() {
    let server = MockServer::start_async().await;
    let mock = server.get_user(|_, then| {
        then.server_error(503, &types::Error::default());
    });
    let once =
        Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).retry_policy(RetryPolicy::none());

    let error = once.build().unwrap().get_user().send().await.unwrap_err();

    assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(503)));
    mock.assert_calls(1);
}

#[tokio::test]
async fn file_arrives_as_bytes() {
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

#[test]
#[should_panic(expected = "left: 4")]
fn status_of_another_class_panics() {
    MockServer::start().get_user(|_, then| {
        then.success(404, &types::UserEnvelope::default());
    });
}
