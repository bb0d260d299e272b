use zapmail_sdk_ext::{Decimal, ErrorKind, RetryPolicy, Zapmail, prelude::*};
use zapmail_sdk_httpmock::{MockServerExt, httpmock::MockServer, types};

/// The function under test: whether the wallet balance covers an amount.
async fn can_pay(zapmail: &Zapmail, usd: Decimal) -> zapmail_sdk_ext::Result<bool> {
    let wallet = zapmail.get_wallet_balance().send().await?;
    Ok(wallet.wallet_balance.is_some_and(|balance| balance >= usd))
}

#[tokio::test]
async fn wallet_without_balance_pays_nothing() -> Result<(), Box<dyn std::error::Error>> {
    let server = MockServer::start_async().await;
    let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build()?;

    let mut mock = server.get_wallet_balance(|_, then| {
        let mut wallet = types::Wallet::default();
        wallet.wallet_balance = Some(Decimal::new(6450, 2));
        then.data(200, &wallet);
    });
    assert!(can_pay(&zapmail, Decimal::new(6450, 2)).await?);
    assert!(!can_pay(&zapmail, Decimal::new(6451, 2)).await?);
    mock.assert_calls(2);
    mock.delete();

    server.get_wallet_balance(|_, then| {
        let mut wallet = types::Wallet::default();
        wallet.auto_recharge_enabled = Some(false);
        then.data(200, &wallet);
    });
    assert!(!can_pay(&zapmail, Decimal::ONE).await?);
    Ok(())
}

#[tokio::test]
async fn failing_service_is_not_an_empty_wallet() -> Result<(), Box<dyn std::error::Error>> {
    let server = MockServer::start_async().await;
    let builder = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url());
    let zapmail = builder.retry_policy(RetryPolicy::none()).build()?;

    let mock = server.get_wallet_balance(|_, then| {
        let mut error = types::Error::default();
        error.message = Some("Down".to_owned());
        then.server_error(503, &error);
    });
    let error = can_pay(&zapmail, Decimal::ONE).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Server, "Down"));
    mock.assert();
    Ok(())
}

#[tokio::test]
async fn list_is_read_completely() -> Result<(), Box<dyn std::error::Error>> {
    let server = MockServer::start_async().await;
    let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build()?;

    // JSON is shorter for large types. It must still match the type.
    for (number, id) in [(1, "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f"), (2, "2c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f")] {
        let page = serde_json::json!({"domains": [{"id": id}], "currentPage": number, "totalPages": 2});
        let page: types::DomainPage = serde_json::from_value(page)?;
        server.list_domains(|when, then| {
            when.page(number);
            then.data(200, &page);
        });
    }
    assert_eq!(zapmail.list_domains().items().collect().await?.len(), 2);
    Ok(())
}
