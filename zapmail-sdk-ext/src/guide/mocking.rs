//! Test a single request and its response with `zapmail-sdk-httpmock`: a test defines a typed request and its typed
//! response. Use it for responses that are hard to provoke otherwise.
//!
//! The crate adds a method for every operation to httpmock's `MockServer`. Mocks match and return this crate's
//! [`types`](crate::types), so an impossible mock does not compile, or panics where it is set up. For a program that
//! takes several steps, [the sandbox](super::testing_with_the_sandbox) keeps state between them.
//!
//! ```toml
//! [dev-dependencies]
//! serde_json = "1"
//! tokio = { version = "1", features = ["macros", "rt"] }
//! zapmail-sdk-httpmock = { path = "../zapmail/tests/httpmock" }
//! ```
//!
//! This is a complete file of tests, for example `tests/wallet.rs`. It runs as a test of `zapmail-sdk-httpmock`,
//! because that crate depends on this one.
//!
//! ```text
//! use zapmail_sdk_ext::{Decimal, ErrorKind, RetryPolicy, Zapmail, prelude::*};
//! use zapmail_sdk_httpmock::{MockServerExt, httpmock::MockServer, types};
//!
//! /// The function under test: whether the wallet balance covers an amount.
//! async fn can_pay(zapmail: &Zapmail, usd: Decimal) -> zapmail_sdk_ext::Result<bool> {
//!     let wallet = zapmail.get_wallet_balance().send().await?;
//!     Ok(wallet.wallet_balance.is_some_and(|balance| balance >= usd))
//! }
//!
//! #[tokio::test]
//! async fn wallet_without_balance_pays_nothing() -> Result<(), Box<dyn std::error::Error>> {
//!     let server = MockServer::start_async().await;
//!     let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build()?;
//!
//!     let mut mock = server.get_wallet_balance(|_, then| {
//!         let mut wallet = types::Wallet::default();
//!         wallet.wallet_balance = Some(Decimal::new(6450, 2));
//!         then.data(200, &wallet);
//!     });
//!     assert!(can_pay(&zapmail, Decimal::new(6450, 2)).await?);
//!     assert!(!can_pay(&zapmail, Decimal::new(6451, 2)).await?);
//!     mock.assert_calls(2);
//!     mock.delete();
//!
//!     server.get_wallet_balance(|_, then| {
//!         let mut wallet = types::Wallet::default();
//!         wallet.auto_recharge_enabled = Some(false);
//!         then.data(200, &wallet);
//!     });
//!     assert!(!can_pay(&zapmail, Decimal::ONE).await?);
//!     Ok(())
//! }
//!
//! #[tokio::test]
//! async fn failing_service_is_not_an_empty_wallet() -> Result<(), Box<dyn std::error::Error>> {
//!     let server = MockServer::start_async().await;
//!     let builder = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url());
//!     let zapmail = builder.retry_policy(RetryPolicy::none()).build()?;
//!
//!     let mock = server.get_wallet_balance(|_, then| {
//!         let mut error = types::Error::default();
//!         error.message = Some("Down".to_owned());
//!         then.server_error(503, &error);
//!     });
//!     let error = can_pay(&zapmail, Decimal::ONE).await.unwrap_err();
//!     assert_eq!((error.kind(), error.message()), (ErrorKind::Server, "Down"));
//!     mock.assert();
//!     Ok(())
//! }
//!
//! #[tokio::test]
//! async fn list_is_read_completely() -> Result<(), Box<dyn std::error::Error>> {
//!     let server = MockServer::start_async().await;
//!     let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build()?;
//!
//!     // JSON is shorter for large types. It must still match the type.
//!     for (number, id) in [(1, "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f"), (2, "2c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f")] {
//!         let page = serde_json::json!({"domains": [{"id": id}], "currentPage": number, "totalPages": 2});
//!         let page: types::DomainPage = serde_json::from_value(page)?;
//!         server.list_domains(|when, then| {
//!             when.page(number);
//!             then.data(200, &page);
//!         });
//!     }
//!     assert_eq!(zapmail.list_domains().items().collect().await?.len(), 2);
//!     Ok(())
//! }
//! ```
//!
//! # Matching
//!
//! - `when` has a method for each parameter, including the workspace headers, and `body` for the whole body. Parameters
//!   that are not set match any value.
//! - `None` for an optional parameter matches requests without it: `when.x_workspace_key(None)` matches calls in the
//!   primary workspace only.
//! - A request that no mock matches receives a 404, which the call reports as [`NotFound`](crate::ErrorKind::NotFound).
//!
//! # Responding
//!
//! - `then.data(status, &data)` responds with the data that `send()` returns, in the envelope in which the service
//!   sends it.
//! - `then.success(status, &body)` responds with a whole body, such as a `MailboxPageEnvelope`; `client_error` and
//!   `server_error` respond with an error.
//! - A response that the client would not accept panics where the mock is set up, and the message names the reason: a
//!   success with status 404, an envelope without its data, or a purchase without the field that shows what was bought.
//! - Response types are `#[non_exhaustive]`. Start from `Default` and set the public fields, or decode JSON.
//! - `into_inner()` returns httpmock's own type, for responses that the document does not allow:
//!   `then.into_inner().status(502).body("<html>")`.
//! - The client retries 5xx and 429 where that is safe, with delays of a few seconds. For a test of such a response,
//!   build the client with [`RetryPolicy::none`](crate::RetryPolicy::none), or with a short
//!   [`backoff`](crate::RetryPolicy::backoff).
//! - `mock.assert()` checks that exactly one request was received, and `assert_calls(n)` that `n` requests were.
//!
//! Use real time with httpmock, and do not pause tokio's clock. httpmock responds from its own thread, and a paused
//! clock does not wait for that thread: time jumps ahead, and the call can end with a
//! [`Timeout`](crate::ErrorKind::Timeout).
//!
//! Next: [errors and retries](super::errors_and_retries), to decide what your program does when a call fails.
