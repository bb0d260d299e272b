//! A mock means the requests that it describes, and no others.

use zapmail_sdk_ext::{ErrorKind, prelude::*};
use zapmail_sdk_httpmock::httpmock::MockServer;
use zapmail_sdk_httpmock::{MockServerExt, types};

use crate::client;

#[tokio::test]
async fn a_path_parameter_is_taken_literally() {
    let server = MockServer::start_async().await;
    let mock = server.get_zap_site(|when, then| {
        when.id("site.1 & co");
        then.success(200, &types::UntypedEnvelope::default());
    });
    let zapmail = client(&server);

    zapmail.get_zap_site().id("site.1 & co").call().await.unwrap();
    let other = zapmail.get_zap_site().id("site-1 & co").call().await;

    assert_eq!(other.unwrap_err().kind(), ErrorKind::NotFound);
    mock.assert_calls(1);
}

#[tokio::test]
async fn a_list_in_the_query_is_matched_value_by_value() {
    let server = MockServer::start_async().await;
    let mock = server.list_dns_shield_domains(|when, then| {
        when.page(1).limit(10).mailbox_ids(&vec!["m-1".to_owned(), "m-2".to_owned()]);
        then.success(200, &types::DnsShieldDomainPageEnvelope::default());
    });
    let zapmail = client(&server);
    let of = |ids: &[&str]| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        zapmail.list_dns_shield_domains().page(1u32).limit(10u32).mailbox_ids(ids).call()
    };

    // Whether it can be decoded is another matter: the mock answers without data.
    assert_ne!(of(&["m-1", "m-2"]).await.err().map(|error| error.kind()), Some(ErrorKind::NotFound));
    assert_eq!(of(&["m-1"]).await.unwrap_err().kind(), ErrorKind::NotFound);
    mock.assert_calls(1);
}

#[tokio::test]
async fn an_optional_parameter_may_have_to_be_absent() {
    let server = MockServer::start_async().await;
    let primary = server.get_user(|when, then| {
        when.x_workspace_key(None::<&str>);
        then.success(200, &user(1));
    });
    let north = server.get_user(|when, then| {
        when.x_workspace_key(NORTH);
        then.success(200, &user(2));
    });
    let zapmail = client(&server);

    let purchased = |user: types::User| user.purchased_mailboxes;
    assert_eq!(purchased(zapmail.get_user().call().await.unwrap()), Some(1));
    assert_eq!(purchased(zapmail.workspace(NORTH).get_user().call().await.unwrap()), Some(2));
    primary.assert_calls(1);
    north.assert_calls(1);
}

/// A workspace.
const NORTH: &str = "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f";

/// A user with so many mailboxes.
fn user(mailboxes: i64) -> types::UserEnvelope {
    let user = serde_json::json!({"data": {"id": NORTH, "purchasedMailboxes": mailboxes}});
    serde_json::from_value(user).unwrap()
}

#[tokio::test]
async fn a_body_is_matched_as_a_whole() {
    let server = MockServer::start_async().await;
    let top_up =
        |amount: f64| serde_json::from_value::<types::WalletTopUp>(serde_json::json!({"amount": amount})).unwrap();
    let mock = server.add_wallet_balance(|when, then| {
        when.body(&top_up(50.0));
        then.success(200, &types::PaymentLink::default());
    });
    let zapmail = zapmail_sdk_ext::Zapmail::builder()
        .api_key("not-a-real-key")
        .base_url(server.base_url())
        .spending(zapmail_sdk_ext::Spending::Allowed)
        .build()
        .unwrap();

    zapmail.add_wallet_balance().body(top_up(50.0)).call().await.unwrap();
    let other = zapmail.add_wallet_balance().body(top_up(500.0)).call().await;

    assert_eq!(other.unwrap_err().kind(), ErrorKind::NotFound);
    mock.assert_calls(1);
}
