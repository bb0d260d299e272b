//! What is answered arrives typed: data, lists, errors, files.

use futures::TryStreamExt;
use zapmail_sdk_ext::{ErrorKind, Retries, Zapmail, prelude::*};
use zapmail_sdk_httpmock::httpmock::MockServer;
use zapmail_sdk_httpmock::{MockServerExt, types};

use crate::client;

/// One page of a list of two pages: one domain with one mailbox.
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
    let data = types::MailboxPage {
        domains: vec![serde_json::from_value(domain).unwrap()],
        current_page: Some(i64::from(number).into()),
        total_pages: Some("2".into()),
        ..Default::default()
    };
    types::MailboxPageEnvelope { data: Some(data), ..Default::default() }
}

#[tokio::test]
async fn a_list_of_two_pages() {
    let server = MockServer::start_async().await;
    let mocks = [(1, "dana"), (2, "eli")].map(|(number, username)| {
        server.list_mailboxes(|when, then| {
            when.page(number).limit(1).contains("acme");
            then.success(200, &page(number, username));
        })
    });

    let mailboxes: Vec<_> =
        client(&server).list_mailboxes().contains("acme").limit(1u32).items().try_collect().await.unwrap();

    let addresses: Vec<_> = mailboxes.iter().map(|mailbox| mailbox.address()).collect();
    assert_eq!(addresses, ["dana@acme-example.com", "eli@acme-example.com"]);
    mocks.iter().for_each(|mock| mock.assert_calls(1));
}

#[tokio::test]
async fn an_error_of_the_caller() {
    let server = MockServer::start_async().await;
    let mock = server.get_mailbox(|_, then| {
        let error = types::Error {
            status: Some(404),
            message: Some("Mailbox not found".to_owned()),
            error_id: Some("e-17".to_owned()),
            ..Default::default()
        };
        then.client_error(404, &error);
    });

    let error = client(&server).get_mailbox().id("5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a").call().await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!((error.status(), error.error_id()), (Some(404), Some("e-17")));
    assert!(error.message().contains("Mailbox not found"), "{error}");
    mock.assert_calls(1);
}

#[tokio::test]
async fn an_error_of_the_service() {
    let server = MockServer::start_async().await;
    let mock = server.get_user(|_, then| {
        then.server_error(503, &types::Error::default());
    });
    let once = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).retries(Retries::none());

    let error = once.build().unwrap().get_user().call().await.unwrap_err();

    assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(503)));
    mock.assert_calls(1);
}

#[tokio::test]
async fn a_file() {
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

    let file = client(&server).download_attachment().body(attachment.clone()).call().await.unwrap();

    assert_eq!(file.as_ref(), BYTES);
    mock.assert_calls(1);
}

#[test]
#[should_panic(expected = "left: 4")]
fn a_status_of_another_class_is_refused() {
    MockServer::start().get_user(|_, then| {
        then.success(404, &types::UserEnvelope::default());
    });
}
