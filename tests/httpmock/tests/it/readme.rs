use zapmail_sdk_ext::{ErrorKind, Zapmail};
use zapmail_sdk_httpmock::{MockServerExt, httpmock::MockServer, types};

const MAILBOX: &str = "5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a";

#[tokio::test]
async fn unknown_mailbox_is_not_found() {
    let server = MockServer::start_async().await;
    let mock = server.get_mailbox(|when, then| {
        when.id(&MAILBOX.parse().unwrap());
        let mut error = types::Error::default();
        error.message = Some("Mailbox not found".to_owned());
        then.client_error(404, &error);
    });

    let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build().unwrap();
    let error = zapmail.get_mailbox().id(MAILBOX).send().await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::NotFound);
    mock.assert();
}
