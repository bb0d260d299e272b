//! The sandbox, asked by the raw client: its answers are what the generated types take.

use reqwest::header::{HeaderMap, HeaderValue};
use zapmail_sandbox::{Quota, Sandbox};
use zapmail_sdk::types::MailboxStatus;
use zapmail_sdk::{Client, SharedTransport};

fn client(sandbox: &Sandbox) -> Client {
    let mut headers = HeaderMap::new();
    headers.insert("x-auth-zapmail", HeaderValue::from_str(sandbox.api_key()).unwrap());
    let http = reqwest::Client::builder().no_proxy().default_headers(headers).build().unwrap();
    Client::new_with_client(sandbox.base_url(), http, SharedTransport::direct())
}

#[tokio::test]
async fn the_raw_client_understands_it() {
    let sandbox = Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap();
    let client = client(&sandbox);
    let user = client.get_user().send().await.unwrap().into_inner().data.unwrap();
    assert_eq!(user.wallet_balance, Some(64.5));

    let page = client.list_mailboxes().limit(1_u32).send().await.unwrap().into_inner().data.unwrap();
    assert_eq!(page.total_pages.unwrap().as_i64(), Some(16));
    let mailbox = &page.domains[0].mailboxes[0];
    assert_eq!(mailbox.status, Some(MailboxStatus::Active));

    let code = client.get_authenticator_code().mailbox_id(mailbox.id).send().await.unwrap().into_inner().data.unwrap();
    assert_eq!(code.otp.unwrap().expose().len(), 6);
    let wallet = client.get_wallet_balance().send().await.unwrap().into_inner();
    assert_eq!(wallet.wallet_balance, Some(64.5));
    client.list_workspaces().send().await.unwrap();
    client.list_domains().send().await.unwrap();
}
