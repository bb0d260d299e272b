//! The raw client of the [Zapmail](https://zapmail.ai) API: what progenitor makes of the document in `zapmail-openapi`.
//!
//! Most programs want `zapmail-sdk-ext`, which is built on this crate and adds rate limiting, retries, pagination and a
//! guard against spending.
//!
//! ```no_run
//! use zapmail_sdk::Client;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(std::env::var("ZAPMAIL_API_KEY")?)?;
//! let user = client.get_user().send().await?;
//! println!("{:?}", user.email);
//! # Ok(())
//! # }
//! ```
//!
//! Each operation is a method of [`Client`] that returns a builder. The builder sends the request: `send()` returns the
//! data, `send_with_response()` the data and the rest of the response; `prepare()` builds the request without sending it.
//!
//! # Secrets
//!
//! Credentials in requests and responses are [`Secret`]s and print as `[redacted]`; JSON without a documented schema is
//! [`Untyped`] and prints as `[untyped]`. [`Error`], [`Response`] and [`BufferedResponse`] never print a body.
//!
//! # Features
//!
//! - `rustls` (default): TLS by rustls; `native-tls`: TLS by the platform's library, also if both are enabled. Without
//!   either, only plain HTTP to loopback works.
//! - `schemars`: `JsonSchema` for every type.

#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api_key;
mod base_url;
mod call;
mod checks;
mod client;
#[doc(hidden)]
pub mod clock;
mod connects;
mod credentials;
mod decode;
mod envelope;
mod error;
mod file;
mod http;
pub mod ids;
mod mailbox;
mod money;
mod numeric;
mod open_enum;
pub mod operations;
mod page;
mod proof;
mod redacted;
mod report;
mod response;
mod secret;
mod tls;
mod tolerance;
mod transport;
mod untyped;
mod untyped_map;

/// Written by progenitor and completed by `build/postprocess`.
#[allow(unused_qualifications, clippy::all, clippy::unwrap_used, clippy::panic)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

/// Enums of responses, which keep unknown values.
mod open_enums {
    include!(concat!(env!("OUT_DIR"), "/open_enums.rs"));
}

include!(concat!(env!("OUT_DIR"), "/client_methods.rs"));

pub use api_key::ApiKey;
pub use base_url::BaseUrl;
pub use call::{Pending, Request};
pub use client::Client;
pub use credentials::Credentials;
pub use error::{Error, ErrorKind, Result};
pub use file::FileContents;
pub use generated::builder;
pub use http::ReqwestTransport;
pub use numeric::Numeric;
pub use operations::{BASE_URL, OPERATIONS, Operation, SPEC_SHA256, SPEC_VERSION};
pub use page::{PAGED, Page, PageRequest, RowId};
pub use redacted::Redacted;
pub use reqwest;
pub use response::{BufferedResponse, Response};
pub use rust_decimal::Decimal;
pub use secret::Secret;
pub use tls::TLS;
pub use transport::{SharedTransport, Transport};
pub use untyped::Untyped;
pub use untyped_map::UntypedMap;

/// The types of requests and responses.
pub mod types {
    pub use crate::generated::types::*;
    pub use crate::open_enums::*;
}
