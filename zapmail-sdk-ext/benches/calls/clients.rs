//! Different ways to send the same call: by hand without and with a timeout, with the raw client, and with `Zapmail`.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use zapmail_sdk::{ReqwestTransport, types};
use zapmail_sdk_ext::{RateLimits, Zapmail};

const KEY: &str = "not-a-real-key";

/// A way to call the service.
#[derive(Clone, Copy)]
pub enum Way {
    ByHand,
    /// With a timeout, as `Zapmail` has. A program without one can hang.
    ByHandWithTimeout,
    Raw,
    Ext,
}

/// A call of the service.
#[derive(Clone, Copy)]
pub enum Operation {
    GetUser,
    ListMailboxes,
}

pub const WAYS: [(&str, Way); 4] = [
    ("by hand", Way::ByHand),
    ("by hand, with a timeout", Way::ByHandWithTimeout),
    ("zapmail-sdk", Way::Raw),
    ("zapmail-sdk-ext", Way::Ext),
];

/// The clients of all ways, each with its own connections.
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
        let transport = |headers: HeaderMap| {
            ReqwestTransport::configured(|builder| builder.no_proxy().default_headers(headers)).unwrap()
        };
        let http = transport(headers).client().clone();
        let raw = zapmail_sdk::Client::with_transport(KEY, &base_url, transport(HeaderMap::new())).unwrap();
        let ext = Zapmail::builder().api_key(KEY).base_url(&base_url).rate_limits(RateLimits::unlimited());
        Self { http, raw, ext: ext.build().unwrap(), base_url }
    }

    /// Sends one call and checks the response.
    pub async fn call(&self, way: Way, operation: Operation) {
        match (way, operation) {
            (Way::Raw, Operation::GetUser) => drop(self.raw.get_user().send().await.unwrap()),
            (Way::Ext, Operation::GetUser) => drop(self.ext.get_user().send().await.unwrap()),
            (_, Operation::GetUser) => {
                assert!(self.get::<types::UserEnvelope>(way, "/v2/users").await.data.is_some());
            }

            (Way::Raw, Operation::ListMailboxes) => {
                let page = self.raw.list_mailboxes().limit(100u32).page(1u32).send().await.unwrap();
                assert_eq!(page.domains.len(), 100);
            }
            (Way::Ext, Operation::ListMailboxes) => {
                let page = self.ext.list_mailboxes().limit(100u32).page(1u32).send().await.unwrap();
                assert_eq!(page.domains.len(), 100);
            }
            (_, Operation::ListMailboxes) => {
                let envelope = self.get::<types::MailboxPageEnvelope>(way, "/v2/mailboxes/list?limit=100&page=1").await;
                assert_eq!(envelope.data.unwrap().domains.len(), 100);
            }
        }
    }

    /// Sends a request as a program without a library would.
    async fn get<T: DeserializeOwned>(&self, way: Way, path: &str) -> T {
        let mut request = self.http.get(format!("{}{path}", self.base_url));
        if matches!(way, Way::ByHandWithTimeout) {
            request = request.timeout(Duration::from_secs(60));
        }
        let response = request.send().await.unwrap();
        assert!(response.status().is_success());
        response.json().await.unwrap()
    }
}
