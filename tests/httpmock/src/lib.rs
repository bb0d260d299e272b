//! Typed mocks of the [Zapmail](https://zapmail.ai) API, for the tests of programs that use it.
//!
//! [`MockServerExt`] gives [`httpmock::MockServer`] a method for each operation. What it matches and what it answers
//! are the types of `zapmail-sdk`, so a mock that the service could not be does not compile.
//!
//! ```
//! use zapmail_sdk_ext::{Zapmail, prelude::*};
//! use zapmail_sdk_httpmock::{MockServerExt, httpmock::MockServer, types};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = MockServer::start_async().await;
//! let wallet = server.get_wallet_balance(|_, then| {
//!     then.success(200, &types::Wallet { wallet_balance: Some(64.5), ..Default::default() });
//! });
//!
//! let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(server.base_url()).build()?;
//! assert_eq!(zapmail.get_wallet_balance().call().await?.wallet_balance, Some(64.5));
//! wallet.assert();
//! # Ok(())
//! # }
//! ```
//!
//! For tests that want a service which remembers, use the crate `zapmail-sandbox`.

#![deny(missing_docs)]

/// What progenitor wrote; see `build.rs`.
#[allow(unused_qualifications, clippy::all, clippy::unwrap_used)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/mocks.rs"));
}

pub use generated::{MockServerExt, operations};
pub use httpmock;
pub use zapmail_sdk::types;
