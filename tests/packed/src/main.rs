//! An external consumer of the published crates. It fails on any difference from the documentation.

use std::error::Error;

use zapmail_sandbox::Sandbox;
use zapmail_sdk_ext::operations::OPERATIONS;
use zapmail_sdk_ext::{ErrorKind, OtpTarget, Totp, Zapmail, prelude::*};
use zapmail_sdk_httpmock::{MockServerExt, httpmock::MockServer, types};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    read_the_document();
    use_a_sandbox().await?;
    use_a_mock().await?;
    println!("the packed crates work outside the workspace: document, sandbox, list, code, refused purchase, mock");
    Ok(())
}

fn read_the_document() {
    let documented = zapmail_openapi::DOCUMENT.matches("\"operationId\": ").count();
    assert_eq!(documented, OPERATIONS.len(), "the document and the client have different numbers of operations");
}

async fn use_a_sandbox() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;

    let mailboxes: Vec<types::Mailbox> = zapmail.list_mailboxes().items().collect().await?;
    // The sandbox's README: 16 domains with 3 mailboxes each in the workspace `Main`.
    assert_eq!(mailboxes.len(), 48);

    let with_second_factor = mailboxes.iter().find(|mailbox| mailbox.secret.is_some()).ok_or("no second factor")?;
    let code = zapmail.otp(OtpTarget::mailbox(&with_second_factor.id)).current().await?;
    assert_eq!(code.expose().len(), 6);
    assert_eq!(Totp::from_mailbox(with_second_factor)?.now().expose().len(), 6);

    let refused = zapmail.purchase_addon_mailboxes().quantity(5u32).send().await;
    assert_eq!(refused.err().map(|error| error.kind()), Some(ErrorKind::SpendingNotAllowed));
    assert!(sandbox.ledger().is_empty(), "a purchase was made: {:?}", sandbox.ledger());
    Ok(())
}

async fn use_a_mock() -> Result<(), Box<dyn Error>> {
    let server = MockServer::start_async().await;
    let mock = server.get_user(|_, then| {
        let mut error = types::Error::default();
        error.message = Some("Workspace is suspended".to_owned());
        then.client_error(403, &error);
    });

    let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build()?;
    let error = zapmail.get_user().send().await.err().ok_or("no mock returned this response")?;

    assert_eq!((error.kind(), error.status()), (ErrorKind::Forbidden, Some(403)));
    mock.assert();
    Ok(())
}
