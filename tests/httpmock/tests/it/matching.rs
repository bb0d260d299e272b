//! Tests that a mock matches only the requests that it describes.

use zapmail_sdk_ext::{ErrorKind, WorkspaceId, Zapmail};
use zapmail_sdk_httpmock::httpmock::MockServer;
use zapmail_sdk_httpmock::{MockServerExt, types};

use crate::client;

#[tokio::test]
async fn path_parameter_matches_literally() {
    let server = MockServer::start_async().await;
    let site = serde_json::json!({"title": "Acme"}).into();
    let mock = server.get_zap_site(|when, then| {
        when.id(&"site.1 & co".into());
        then.data(200, &site);
    });
    let zapmail = client(&server);

    zapmail.get_zap_site().id("site.1 & co").send().await.unwrap();
    let other = zapmail.get_zap_site().id("site-1 & co").send().await;

    assert_eq!(other.unwrap_err().kind(), ErrorKind::NotFound);
    mock.assert_calls(1);
}

#[tokio::test]
async fn list_in_query_matches_value_by_value() {
    let server = MockServer::start_async().await;
    let page = serde_json::json!({"domains": [], "currentPage": 1, "totalPages": 7});
    let page: types::DnsShieldDomainPage = serde_json::from_value(page).unwrap();
    let mock = server.list_dns_shield_domains(|when, then| {
        when.page(1).limit(10).mailbox_ids(&vec!["m-1".into(), "m-2".into()]);
        then.data(200, &page);
    });
    let zapmail = client(&server);
    let of = |ids: &[&str]| {
        zapmail.list_dns_shield_domains().page(1u32).limit(10u32).mailbox_ids(ids.iter().copied()).send()
    };

    let total = of(&["m-1", "m-2"]).await.unwrap().total_pages;
    assert_eq!(total.and_then(|total| total.as_i64()), Some(7));
    for others in [&["m-1"][..], &["m-1", "m-3"], &["m-1,m-2"], &[]] {
        assert_eq!(of(others).await.unwrap_err().kind(), ErrorKind::NotFound, "{others:?}");
    }
    mock.assert_calls(1);
}

#[tokio::test]
async fn optional_header_set_to_none_matches_its_absence() {
    let server = MockServer::start_async().await;
    let primary = server.get_user(|when, then| {
        when.x_workspace_key(None);
        then.data(200, &user(1));
    });
    let north = server.get_user(|when, then| {
        when.x_workspace_key(&WorkspaceId::from(NORTH));
        then.data(200, &user(2));
    });
    let zapmail = client(&server);

    let purchased = |user: types::User| user.purchased_mailboxes;
    assert_eq!(purchased(zapmail.get_user().send().await.unwrap()), Some(1));
    assert_eq!(purchased(zapmail.workspace(NORTH).get_user().send().await.unwrap()), Some(2));
    primary.assert_calls(1);
    north.assert_calls(1);
}

/// The id of a workspace.
const NORTH: &str = "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f";

/// Returns a user with `mailboxes` purchased mailboxes.
fn user(mailboxes: i64) -> types::User {
    let user = serde_json::json!({"id": NORTH, "purchasedMailboxes": mailboxes});
    serde_json::from_value(user).unwrap()
}

#[tokio::test]
async fn body_matches_as_a_whole() {
    let server = MockServer::start_async().await;
    let mut link = types::PaymentLink::default();
    link.payment_link = Some("https://invoice.example.com/i/7".to_owned());
    let mock = server.add_wallet_balance(|when, then| {
        when.body(&types::WalletTopUp::new(50));
        then.data(200, &link);
    });
    let builder = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url());
    let zapmail = builder.allow_spending().build().unwrap();

    zapmail.add_wallet_balance().body(types::WalletTopUp::new(50)).send().await.unwrap();
    let other = zapmail.add_wallet_balance().body(types::WalletTopUp::new(500)).send().await;

    assert_eq!(other.unwrap_err().kind(), ErrorKind::NotFound);
    mock.assert_calls(1);
}
