//! Ways to make the same call: by hand, without and with a time-out, with the raw client, and with the client people use.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use zapmail_sdk::{SharedTransport, types};
use zapmail_sdk_ext::{Quota, Zapmail, prelude::*};

const KEY: &str = "not-a-real-key";

/// A way to call the service.
#[derive(Clone, Copy)]
pub enum Way {
    ByHand,
    /// What a program needs that is not to hang, and what the client people use has.
    ByHandInTime,
    Raw,
    Ext,
}

/// A call of the service.
#[derive(Clone, Copy)]
pub enum Operation {
    GetUser,
    ListMailboxes,
    /// Answered with 404.
    Fails,
}

pub const WAYS: [(&str, Way); 4] = [
    ("by hand", Way::ByHand),
    ("by hand, with a time-out", Way::ByHandInTime),
    ("zapmail-sdk", Way::Raw),
    ("zapmail-sdk-ext", Way::Ext),
];

/// The clients of all three ways, each with connections of its own.
pub struct Clients {
    base_url: String,
    http: reqwest::Client,
    raw: zapmail_sdk::Client,
    ext: Zapmail,
}

impl Clients {
    pub fn of(base_url: String) -> Self {
        let mut key = HeaderValue::from_static(KEY);
        key.set_sensitive(true);
        let headers = HeaderMap::from_iter([("x-auth-zapmail".parse().unwrap(), key)]);
        let http = || zapmail_sdk::http_client().unwrap().no_proxy().default_headers(headers.clone()).build().unwrap();
        let raw = zapmail_sdk::Client::new_with_client(&base_url, http(), SharedTransport::direct());
        let ext = Zapmail::builder().api_key(KEY).base_url(&base_url).quota(Quota::unlimited());
        Self { http: http(), raw, ext: ext.build().unwrap(), base_url }
    }

    /// Makes one call, and looks at the answer.
    pub async fn call(&self, way: Way, operation: Operation) {
        match (way, operation) {
            (Way::ByHand | Way::ByHandInTime, Operation::GetUser) => {
                let answer = self.get::<types::UserEnvelope>(way, "/v2/users").await.unwrap();
                assert!(answer.data.is_some());
            }
            (Way::Raw, Operation::GetUser) => {
                assert!(self.raw.get_user().send().await.unwrap().into_inner().data.is_some());
            }
            (Way::Ext, Operation::GetUser) => drop(self.ext.get_user().call().await.unwrap()),

            (Way::ByHand | Way::ByHandInTime, Operation::ListMailboxes) => {
                let answer = self.get::<types::MailboxPageEnvelope>(way, "/v2/mailboxes/list?limit=100&page=1").await;
                assert_eq!(answer.unwrap().data.unwrap().domains.len(), 100);
            }
            (Way::Raw, Operation::ListMailboxes) => {
                let answer = self.raw.list_mailboxes().limit(100u32).page(1u32).send().await.unwrap();
                assert_eq!(answer.into_inner().data.unwrap().domains.len(), 100);
            }
            (Way::Ext, Operation::ListMailboxes) => {
                let page = self.ext.list_mailboxes().limit(100u32).page(1u32).call().await.unwrap();
                assert_eq!(page.domains.len(), 100);
            }

            (Way::ByHand | Way::ByHandInTime, Operation::Fails) => {
                assert!(self.get::<types::Wallet>(way, "/v2/wallet/balance").await.is_err());
            }
            (Way::Raw, Operation::Fails) => assert!(self.raw.get_wallet_balance().send().await.is_err()),
            (Way::Ext, Operation::Fails) => assert!(self.ext.get_wallet_balance().call().await.is_err()),
        }
    }

    /// What one writes without a library: the status decides what the body is.
    async fn get<T: DeserializeOwned>(&self, way: Way, path: &str) -> Result<T, types::Error> {
        let request = self.http.get(format!("{}{path}", self.base_url));
        let request = match way {
            Way::ByHandInTime => request.timeout(Duration::from_secs(60)),
            _ => request,
        };
        let answer = request.send().await.unwrap();
        match answer.status().is_success() {
            true => Ok(answer.json().await.unwrap()),
            false => Err(answer.json().await.unwrap()),
        }
    }

    pub fn ext(&self) -> &Zapmail {
        &self.ext
    }
}
