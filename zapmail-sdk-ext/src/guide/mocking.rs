//! The crate `zapmail-sdk-httpmock` answers one request with one answer that the test chooses, both of them typed.
//!
//! It gives httpmock's `MockServer` a method for every operation. What a mock matches and what it answers are the types
//! of this crate's [`types`](crate::types): a mock that the service could not be does not compile. Use it for an answer
//! that is hard to come by otherwise; for a program that goes through several steps, [the
//! sandbox](super::testing_with_the_sandbox) remembers what the steps before have done.
//!
//! ```toml
//! [dev-dependencies]
//! zapmail-sdk-httpmock = "0.1"
//! ```
//!
//! The example runs as a test of that crate, which depends on this one; here it is only shown.
//!
//! ```text
//! use futures::TryStreamExt;
//! use zapmail_sdk_ext::{ErrorKind, Retries, Zapmail, prelude::*};
//! use zapmail_sdk_httpmock::{MockServerExt, httpmock::MockServer, types};
//!
//! /// What is to be tested: whether the wallet can pay so much.
//! async fn can_pay(zapmail: &Zapmail, usd: f64) -> zapmail_sdk_ext::Result<bool> {
//!     let wallet = zapmail.get_wallet_balance().call().await?;
//!     Ok(wallet.wallet_balance.is_some_and(|balance| balance >= usd))
//! }
//!
//! #[tokio::test]
//! async fn a_wallet_without_a_balance_pays_nothing() -> Result<(), Box<dyn std::error::Error>> {
//!     let server = MockServer::start_async().await;
//!     let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build()?;
//!
//!     let mut mock = server.get_wallet_balance(|_, then| {
//!         then.success(200, &types::Wallet { wallet_balance: Some(64.5), ..Default::default() });
//!     });
//!     assert!(can_pay(&zapmail, 64.5).await?);
//!     assert!(!can_pay(&zapmail, 64.51).await?);
//!     mock.assert_calls(2);
//!     mock.delete();
//!
//!     server.get_wallet_balance(|_, then| {
//!         then.success(200, &types::Wallet::default());
//!     });
//!     assert!(!can_pay(&zapmail, 1.0).await?);
//!     Ok(())
//! }
//!
//! #[tokio::test]
//! async fn a_failing_service_is_no_empty_wallet() -> Result<(), Box<dyn std::error::Error>> {
//!     let server = MockServer::start_async().await;
//!     let builder = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url());
//!     let zapmail = builder.retries(Retries::none()).build()?;
//!
//!     let mock = server.get_wallet_balance(|_, then| {
//!         then.server_error(503, &types::Error { message: Some("Down".to_owned()), ..Default::default() });
//!     });
//!     let error = can_pay(&zapmail, 1.0).await.unwrap_err();
//!     assert_eq!((error.kind(), error.message()), (ErrorKind::Server, "Down"));
//!     mock.assert();
//!     Ok(())
//! }
//!
//! #[tokio::test]
//! async fn a_list_is_read_to_its_end() -> Result<(), Box<dyn std::error::Error>> {
//!     let server = MockServer::start_async().await;
//!     let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build()?;
//!
//!     // What has many fields is shorter as JSON, and still has to fit its type.
//!     for (number, id) in [(1, "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f"), (2, "2c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f")] {
//!         let data = serde_json::json!({"domains": [{"id": id}], "currentPage": number, "totalPages": 2});
//!         let page: types::DomainPageEnvelope = serde_json::from_value(serde_json::json!({"data": data}))?;
//!         server.list_domains(|when, then| {
//!             when.page(number);
//!             then.success(200, &page);
//!         });
//!     }
//!     assert_eq!(zapmail.list_domains().items().try_collect::<Vec<_>>().await?.len(), 2);
//!     Ok(())
//! }
//! ```
//!
//! # Matching
//!
//! - `when` has a method for each parameter, and `body` for the whole body. What is not mentioned may be anything.
//! - `None` for an optional parameter means that the request must not have it: `when.x_workspace_key(None::<&str>)`
//!   matches calls in the primary workspace only.
//! - A request that no mock matches is answered with 404, which a call shows as
//!   [`NotFound`](crate::ErrorKind::NotFound).
//!
//! # Answering
//!
//! - `then` has `success`, `client_error` and `server_error`, each with the status and the typed body.
//! - `into_inner()` gives httpmock's own side, for what the document does not allow:
//!   `then.into_inner().status(502).body("<html>")`.
//! - 5xx and 429 are repeated where that is harmless, with pauses of some seconds. A test of such an answer builds its
//!   client with [`Retries::none`](crate::Retries::none), or short [`pauses`](crate::Retries::pauses).
//! - `mock.assert()` says that exactly one request came, `assert_calls(n)` that so many did.
//!
//! httpmock answers from a thread of its own, so a test that has stopped tokio's clock does not wait for it: time jumps
//! on, and the call can end with a [`Timeout`](crate::ErrorKind::Timeout). Use real time with it.
