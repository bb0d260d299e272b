//! Clients for a server on loopback, and one call of each kind.

use std::error::Error as _;

use serde_json::{Value, json};
use zapmail_sdk::ReqwestTransport;
use zapmail_sdk_ext::types::DomainConnectionRequestRemoval;
use zapmail_sdk_ext::{ClientBuilder, Error, RateLimits, Zapmail};

use crate::server::Act;

/// The key of all clients.
pub const KEY: &str = "0d5f3c1e-not-a-real-key";

/// The workspace of clients that use one.
pub const WORKSPACE: &str = "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f";

const MEMBER: &str = "6e5d4c3b-2a1f-4e0d-9c8b-7a6e5f4d3c2b";

/// A response that is a success for calls of every [`Kind`].
pub fn success() -> Value {
    let data = json!({"id": "3f0c2b1e-6a41-4d7b-9c55-0e1f2a3b4c5d"});
    json!({"status": 200, "message": "ok", "data": data, "paymentLink": "https://invoice.example.com/i/7"})
}

/// A response with [`success`].
pub fn ok() -> Act {
    Act::json(200, &success())
}

/// Everything that an error and its sources can print.
pub fn printed(error: &Error) -> String {
    let mut printed = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        printed.push_str(&format!(" {cause} {cause:?}"));
        source = cause.source();
    }
    printed
}

/// A client without rate limits that may spend.
pub fn client(url: &str) -> Zapmail {
    builder(url).build().unwrap()
}

/// A builder of [`client`], for a test that changes a setting.
pub fn builder(url: &str) -> ClientBuilder {
    careful_builder(url).allow_spending()
}

/// A client without rate limits that may not spend.
pub fn careful_client(url: &str) -> Zapmail {
    careful_builder(url).build().unwrap()
}

/// A builder of [`careful_client`], for a test that changes a setting.
pub fn careful_builder(url: &str) -> ClientBuilder {
    Zapmail::builder().api_key(KEY).base_url(url).rate_limits(RateLimits::unlimited())
}

/// The client of the crate `zapmail-sdk`, without policies.
pub fn raw_client(url: &str) -> zapmail_sdk::Client {
    zapmail_sdk::Client::with_transport(KEY, url, ReqwestTransport::new().unwrap()).unwrap()
}

/// The kinds of operations that the retry table distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Read,
    IdempotentWrite,
    Write,
    Spend,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Read, Self::IdempotentWrite, Self::Write, Self::Spend];

    /// One call of this kind, without its data.
    pub async fn call(self, zapmail: &Zapmail) -> Result<(), Error> {
        match self {
            Self::Read => zapmail.get_user().send().await.map(drop),
            Self::IdempotentWrite => zapmail.revoke_workspace_member().member_id(MEMBER).send().await.map(drop),
            Self::Write => {
                let body = DomainConnectionRequestRemoval::new(["acme-example.com"]);
                zapmail.remove_connection_requests().body(body).send().await.map(drop)
            }
            Self::Spend => zapmail.purchase_addon_mailboxes().quantity(1_u32).send().await.map(drop),
        }
    }
}
