use futures::TryStreamExt;
use zapmail_sdk_ext::{ErrorKind, Retries, Zapmail, prelude::*};
use zapmail_sdk_httpmock::{MockServerExt, httpmock::MockServer, types};

/// What is to be tested: whether the wallet can pay so much.
async fn can_pay(zapmail: &Zapmail, usd: f64) -> zapmail_sdk_ext::Result<bool> {
    let wallet = zapmail.get_wallet_balance().call().await?;
    Ok(wallet.wallet_balance.is_some_and(|balance| balance >= usd))
}

#[tokio::test]
async fn a_wallet_without_a_balance_pays_nothing() -> Result<(), Box<dyn std::error::Error>> {
    let server = MockServer::start_async().await;
    let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build()?;

    let mut mock = server.get_wallet_balance(|_, then| {
        then.success(200, &types::Wallet { wallet_balance: Some(64.5), ..Default::default() });
    });
    assert!(can_pay(&zapmail, 64.5).await?);
    assert!(!can_pay(&zapmail, 64.51).await?);
    mock.assert_calls(2);
    mock.delete();

    server.get_wallet_balance(|_, then| {
        then.success(200, &types::Wallet::default());
    });
    assert!(!can_pay(&zapmail, 1.0).await?);
    Ok(())
}

#[tokio::test]
async fn a_failing_service_is_no_empty_wallet() -> Result<(), Box<dyn std::error::Error>> {
    let server = MockServer::start_async().await;
    let builder = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url());
    let zapmail = builder.retries(Retries::none()).build()?;

    let mock = server.get_wallet_balance(|_, then| {
        then.server_error(503, &types::Error { message: Some("Down".to_owned()), ..Default::default() });
    });
    let error = can_pay(&zapmail, 1.0).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Server, "Down"));
    mock.assert();
    Ok(())
}

#[tokio::test]
async fn a_list_is_read_to_its_end() -> Result<(), Box<dyn std::error::Error>> {
    let server = MockServer::start_async().await;
    let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build()?;

    // What has many fields is shorter as JSON, and still has to fit its type.
    for (number, id) in [(1, "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f"), (2, "2c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f")] {
        let data = serde_json::json!({"domains": [{"id": id}], "currentPage": number, "totalPages": 2});
        let page: types::DomainPageEnvelope = serde_json::from_value(serde_json::json!({"data": data}))?;
        server.list_domains(|when, then| {
            when.page(number);
            then.success(200, &page);
        });
    }
    assert_eq!(zapmail.list_domains().items().try_collect::<Vec<_>>().await?.len(), 2);
    Ok(())
}
