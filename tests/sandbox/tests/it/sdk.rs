//! The raw client decodes the sandbox's responses into the generated types.

use zapmail_sandbox::{Quota, Sandbox};
use zapmail_sdk::types::MailboxStatus;
use zapmail_sdk::{Client, Decimal, ReqwestTransport};

#[tokio::test]
async fn raw_client_decodes_responses() {
    let sandbox = Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap();
    let transport = ReqwestTransport::configured(|builder| builder.no_proxy()).unwrap();
    let client = Client::with_transport(sandbox.api_key(), sandbox.base_url(), transport).unwrap();
    let user = client.get_user().send().await.unwrap();
    assert_eq!(user.wallet_balance, Some(Decimal::new(645, 1)));

    let page = client.list_mailboxes().limit(1_u32).send().await.unwrap();
    assert_eq!(page.total_pages.unwrap().as_i64(), Some(16));
    let mailbox = &page.domains[0].mailboxes[0];
    assert_eq!(mailbox.status, Some(MailboxStatus::Active));

    let code = client.get_authenticator_code().mailbox_id(&mailbox.id).send().await.unwrap();
    assert_eq!(code.otp.unwrap().expose().len(), 6);
    let wallet = client.get_wallet_balance().send().await.unwrap();
    assert_eq!(wallet.wallet_balance, Some(Decimal::new(645, 1)));
    client.list_workspaces().send().await.unwrap();
    client.list_domains().send().await.unwrap();
}
