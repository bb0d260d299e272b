//! The raw client of the [Zapmail](https://zapmail.ai) API: what progenitor makes of the document in `zapmail-openapi`.
//!
//! Most people want `zapmail-sdk-ext`, which stands on this crate and adds what a program needs around a call: the key,
//! quotas, retries, lists that end, errors that are safe to print.
//!
//! ```no_run
//! use zapmail_sdk::{Client, SharedTransport};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let mut headers = reqwest::header::HeaderMap::new();
//! let mut key: reqwest::header::HeaderValue = std::env::var("ZAPMAIL_API_KEY")?.parse()?;
//! key.set_sensitive(true);
//! headers.insert("x-auth-zapmail", key);
//! let http = zapmail_sdk::http_client()?.default_headers(headers).build()?;
//!
//! let client = Client::new_with_client(zapmail_sdk::BASE_URL, http, SharedTransport::direct());
//! let user = client.get_user().send().await?;
//! println!("{:?}", user.data);
//! # Ok(())
//! # }
//! ```
//!
//! # Secrets
//!
//! Credentials in requests and answers are [`Secret`]s and print as `[redacted]`. The [`Error`] of this crate is
//! progenitor's, and **prints the whole answer when it cannot be decoded**, passwords included: do not log it.
//! `zapmail-sdk-ext` never lets it out, unless a program calls `send()` on the raw client below it instead of `call()`.
//!
//! # Features
//!
//! - `rustls` (default): TLS by rustls; `native-tls`: TLS by the platform's library, also where both are on. Without either,
//!   [`http_client`] speaks plain HTTP only.
//! - `schemars`: `JsonSchema` for every type.

#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod hooks;
mod numeric;
mod open_enum;
pub mod operations;
mod prepare;
mod secret;
mod tls;
mod tolerance;
mod transport;
mod untyped;

/// What progenitor wrote; see `build/`.
#[allow(unused_qualifications, clippy::all, clippy::unwrap_used, clippy::panic)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

/// Enums of answers, which keep the values they do not know.
mod open_enums {
    include!(concat!(env!("OUT_DIR"), "/open_enums.rs"));
}

pub use generated::{ByteStream, Client, ClientInfo, Error, ResponseValue, builder};
pub use numeric::Numeric;
pub use operations::{BASE_URL, OPERATIONS, Operation, SPEC_SHA256, SPEC_VERSION};
pub use prepare::Prepare;
pub use secret::Secret;
pub use tls::{TLS, http_client};
pub use transport::{Direct, SharedTransport, Transport};
pub use untyped::Untyped;

/// The types of requests and answers.
pub mod types {
    pub use crate::generated::types::*;
    pub use crate::open_enums::*;
}
