//! Clients of a server on loopback, and one call of each kind.

use serde_json::{Value, json};
use zapmail_sdk_ext::{Builder, Error, Quota, Spending, Zapmail, prelude::*};

/// Key of all clients.
pub const KEY: &str = "0d5f3c1e-not-a-real-key";

const MEMBER: &str = "6e5d4c3b-2a1f-4e0d-9c8b-7a6e5f4d3c2b";

/// An answer that is a success for a call of any [`Kind`].
pub fn success() -> Value {
    json!({"status": 200, "message": "ok", "data": {"id": "3f0c2b1e-6a41-4d7b-9c55-0e1f2a3b4c5d"}})
}

/// A client that may do everything as often as it likes.
pub fn client(url: &str) -> Zapmail {
    builder(url).build().unwrap()
}

/// The same, for a test that changes a setting.
pub fn builder(url: &str) -> Builder {
    Zapmail::builder().api_key(KEY).base_url(url).quota(Quota::unlimited()).spending(Spending::Allowed)
}

/// What a table of retries tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Read,
    RepeatableWrite,
    Write,
    Spend,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Read, Self::RepeatableWrite, Self::Write, Self::Spend];

    /// One call of this kind; the answer is not looked at.
    pub async fn call(self, zapmail: &Zapmail) -> Result<(), Error> {
        match self {
            Self::Read => zapmail.get_user().call().await.map(drop),
            Self::RepeatableWrite => zapmail.revoke_workspace_member().member_id(MEMBER).call().await.map(drop),
            Self::Write => {
                let request = zapmail.remove_connection_requests();
                request.body_map(|body| body.domain_names(["acme-example.com".to_owned()])).call().await.map(drop)
            }
            Self::Spend => zapmail.purchase_addon_mailboxes().quantity(1_u32).call().await.map(drop),
        }
    }
}
